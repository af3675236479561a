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

struct ReadOptions {
    double stall_seconds = 60;  ///< give up when no sample arrives for this long
    CancelToken cancel;
};

/// The format is told by content alone; the file's name plays no role, and nothing but this file is ever opened
/// (playlists and streaming manifests can't reach other files or the network). The encoder's delay and padding are cut
/// off where the container states them. One instance per thread. All functions throw Error: not_found,
/// permission_denied, empty (no bytes, no samples), unsupported_format (not audio, or a codec or layout that can't be
/// read), damaged, io, cancelled, timeout.
class AudioReader {
public:
    explicit AudioReader(const std::filesystem::path& file, const ReadOptions& options = {});
    ~AudioReader();
    AudioReader(AudioReader&&) noexcept;
    AudioReader& operator=(AudioReader&&) noexcept;

    const AudioStream& stream() const;
    /// The next samples, never an empty block; nothing at the end.
    std::optional<AudioBlock> read();
    /// So far.
    const Damage& damage() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace audiomuse::wrap::ffmpeg
