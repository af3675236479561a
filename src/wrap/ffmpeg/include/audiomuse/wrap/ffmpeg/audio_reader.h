// Reads the first audio stream of a file, whatever its container and codec.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "audiomuse/base/cancel.h"

namespace audiomuse::wrap::ffmpeg {

struct AudioStream {
    std::string container;  ///< FFmpeg's short name of the demuxer
    std::string codec;      ///< FFmpeg's name of the codec
    int sample_rate = 0;
    int channels = 0;
    double duration_s = 0;        ///< as the container claims; 0 when unknown
    bool duration_exact = false;  ///< false when the claim is an estimate from the bit rate
};

/// Decoded samples, one pointer per channel to `frames` floats, nominally in -1..1 and not clipped. Rate and number of
/// channels may change from block to block. Valid until the next call of the reader.
struct AudioBlock {
    int sample_rate = 0;
    std::size_t frames = 0;
    std::span<const float* const> channels;
};

/// What was wrong with a file that could be read nevertheless.
struct Damage {
    std::int64_t pieces = 0;         ///< packets that were cut, did not decode or decoded with concealed errors
    double first_at_s = 0;           ///< where the first of them was
    std::int64_t leading_bytes = 0;  ///< of rubbish before the first audio of an mp3
    bool cut_off = false;            ///< an Ogg file without its last page; known at the end
};

/// Limits within which every file of music lies, and which end the work on one that would not end by itself.
struct ReadOptions {
    double stall_seconds = 60;  ///< give up when no sample arrives for this long
    /// Give up when decoding has taken this much longer than the audio lasts; time between calls does not count.
    double slow_seconds = 600;
    /// Give up when the bytes read are more than this times the file's size (and 64 MB for a look at its beginning).
    double max_passes = 8;
    /// Give up after so many values, all channels together: 1e11 are 290 hours of stereo at 48 kHz.
    std::int64_t max_values = 100'000'000'000;
    CancelToken cancel;
};

/// The format is told by content alone; the file's name plays no role, and nothing but this file is ever opened
/// (playlists and streaming manifests can't reach other files or the network). The encoder's delay and padding are cut
/// off where the container states them. One instance per thread. All functions throw Error: not_found,
/// permission_denied, empty (no bytes, no samples), unsupported_format (not audio, or a codec or layout that can't be
/// read), damaged, io, cancelled, timeout and limit_exceeded (ReadOptions). Only formats and codecs of music are tried.
class AudioReader {
public:
    explicit AudioReader(const std::filesystem::path& file, const ReadOptions& options = {});
    ~AudioReader();
    AudioReader(AudioReader&&) noexcept;
    AudioReader& operator=(AudioReader&&) noexcept;

    const AudioStream& stream() const;
    /// The next samples, never an empty block; nothing at the end.
    std::optional<AudioBlock> read();
    /// Goes on at `seconds` from the beginning, and returns where the next block really begins: up to a frame before
    /// it, never more than 1 s after it. Nothing when the file can't be entered there reliably; the reader is then of
    /// no further use.
    std::optional<double> seek(double seconds);
    /// So far.
    const Damage& damage() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace audiomuse::wrap::ffmpeg
