// Bytes of any format in, mono float samples at a wanted rate out, streaming.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/decode/stretch.h"

namespace audiomuse::decode {

struct AudioInfo {
    std::string container;  ///< FFmpeg's short name, told by content, e.g. "flac"
    std::string codec;
    int sample_rate = 0;
    int channels = 0;
    double container_duration_s = 0;  ///< as the container claims; 0 when unknown
};

struct DecodeOptions {
    int sample_rate = 16000;
    Stretch stretch = Stretch::first;
    double max_seconds = 600;  ///< of audio, with Stretch first and spread; 0 = no limit
    // Limits that end the work on a file which would not end by itself; see wrap/ffmpeg/audio_reader.h.
    double stall_seconds = 60;                  ///< without a sample
    double slow_seconds = 600;                  ///< that decoding may take beyond the duration of the audio
    double max_passes = 8;                      ///< bytes read, in sizes of the file
    std::int64_t max_values = 100'000'000'000;  ///< decoded samples, all channels together
};

struct DecodeSummary {
    AudioInfo info;
    std::int64_t samples = 0;    ///< handed to the sink
    bool reached_limit = false;  ///< there is more audio than was handed out
    int windows = 1;             ///< more where a long file was listened to in parts
    double window_seconds = 0;   ///< of each of several windows
    double file_seconds = 0;     ///< of the whole file: counted at its end, else as the container claims
    std::string warning;         ///< empty, or one sentence about damage that was passed over
};

/// Takes the next block of mono samples, nominally in -1..1 and not clipped (lossy codecs may exceed 1).
using SampleSink = std::function<void(std::span<const float>)>;

/// Decodes the first audio stream (never a cover picture), mixes to mono by the plain mean of all channels, then
/// resamples with libsoxr HQ: ceil(frames * sample_rate / native_rate) samples in all. Damage in the middle is passed
/// over with a warning. With Stretch::spread, windows of a file longer than `max_seconds` are found by seeking where
/// the file can be entered reliably, by decoding and passing over what lies between elsewhere; each is resampled by
/// itself and fades into the next for 0.25 s, so that the seams, though heard as a change, are no clicks. A file whose
/// length is unknown is taken from its start. Memory does not grow with the length of the file. Throws Error:
/// not_found, permission_denied, empty (zero bytes, or a header without samples), unsupported_format (no audio that
/// FFmpeg can read), damaged (nothing could be decoded), io, cancelled, timeout (no progress, or too slow),
/// limit_exceeded (bytes or samples without end).
DecodeSummary decode_file(const std::filesystem::path& file, const DecodeOptions& options, const SampleSink& sink,
                          const CancelToken& cancel = {});

/// One of several rates at which one decoding hands out its samples.
struct Output {
    int sample_rate = 0;
    SampleSink sink;
};
/// The same for each of `outputs`, of which there is at least one, from one decoding. `options.sample_rate` does not
/// count; the summary's samples are those of the first.
DecodeSummary decode_file(const std::filesystem::path& file, const DecodeOptions& options,
                          std::span<const Output> outputs, const CancelToken& cancel = {});

/// Names everything that decides whether and how a file decodes: FFmpeg's libraries and this module's own revision,
/// e.g. "avformat 59.27.100, avcodec 59.37.100, audiomuse 1". A file that failed is worth another try once this has
/// changed.
std::string decoder_version();

/// Reads only the container's head. Throws as decode_file.
AudioInfo probe_file(const std::filesystem::path& file);

}  // namespace audiomuse::decode
