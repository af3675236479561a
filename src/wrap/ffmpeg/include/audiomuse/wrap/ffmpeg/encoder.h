// Writes audio files and PNG pictures, the same bytes for the same input.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace audiomuse::wrap::ffmpeg {

/// Stereo samples, both channels of the same length, nominally within -1..1.
struct StereoView {
    std::span<const float> left;
    std::span<const float> right;
    int sample_rate = 44100;
};

/// Writes `audio` to `file`. `container` is "flac" (16 bits), "mp3", "ogg" (Vorbis), "opus" (at 48 kHz) or "m4a" (AAC);
/// the file's name plays no role. One thread, and no time stamp, version text or random number in the file: the same
/// samples give the same bytes. An existing file is replaced. Throws Error: invalid_argument for another container,
/// empty or unequal channels; io when the file can't be written; internal with FFmpeg's message otherwise. A file half
/// written is removed.
void encode_audio(const std::filesystem::path& file, std::string_view container, const StereoView& audio);

/// A PNG picture of `width` x `height` pixels of 3 bytes (red, green, blue), row by row. Throws Error(invalid_argument)
/// when the sizes don't match, Error(internal) with FFmpeg's message otherwise.
std::string encode_png(int width, int height, std::span<const std::uint8_t> rgb);

}  // namespace audiomuse::wrap::ffmpeg
