#include "audiomuse/decode/decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "audiomuse/wrap/ffmpeg/audio_reader.h"
#include "audiomuse/wrap/ffmpeg/version.h"
#include "audiomuse/wrap/soxr/resampler.h"

namespace audiomuse::decode {

namespace {

using wrap::ffmpeg::AudioBlock;
using wrap::ffmpeg::AudioReader;
using wrap::ffmpeg::AudioStream;
using wrap::soxr::Resampler;

// A float file may hold anything; beyond this it is not sound, and its square would leave the range of a float.
constexpr float kLargestSample = 1e6F;
// Decoded lengths differ from the claimed ones by a few frames of the codec.
constexpr double kDurationToleranceSeconds = 1.0;
// Of this module and its wraps: count up with a change that may turn a failure into a success.
constexpr int kRevision = 1;

AudioInfo to_info(const AudioStream& stream) {
    return {stream.container, stream.codec, stream.sample_rate, stream.channels, stream.duration_s};
}

/// The plain mean of all channels of the first `frames` frames. Returns how many samples were not usable numbers (now
/// zero).
std::size_t mix_to_mono(const AudioBlock& block, std::size_t frames, std::vector<float>& mono) {
    mono.assign(block.channels[0], block.channels[0] + frames);
    for (const float* channel : block.channels.subspan(1)) {
        for (std::size_t i = 0; i < frames; ++i)
            mono[i] += channel[i];
    }
    if (block.channels.size() > 1) {
        const auto count = static_cast<float>(block.channels.size());
        for (float& sample : mono)
            sample /= count;
    }
    std::size_t unusable = 0;
    for (float& sample : mono) {
        if (!(std::abs(sample) <= kLargestSample)) {  // also true of NaN
            sample = 0;
            ++unusable;
        }
    }
    return unusable;
}

std::string describe_damage(const AudioReader& reader, double seconds, bool reached_limit, std::size_t unusable) {
    std::vector<std::string> parts;
    const auto& damage = reader.damage();
    const auto& stream = reader.stream();
    if (damage.leading_bytes > 0)
        parts.push_back(fmt::format("{} bytes before the audio were skipped", damage.leading_bytes));
    if (damage.pieces > 0) {
        parts.push_back(fmt::format("damage from {:.1f} s on was passed over ({} {})", damage.first_at_s, damage.pieces,
                                    damage.pieces == 1 ? "place" : "places"));
    }
    if (unusable > 0) parts.push_back(fmt::format("{} samples were not numbers and became silence", unusable));
    if (!reached_limit && stream.duration_exact && seconds < stream.duration_s - kDurationToleranceSeconds) {
        parts.push_back(fmt::format("it ends after {:.1f} s of {:.1f} s", seconds, stream.duration_s));
    } else if (damage.cut_off) {
        parts.push_back("its end is missing");
    }
    return parts.empty() ? "" : fmt::format("The file is damaged: {}.", fmt::join(parts, "; "));
}

}  // namespace

DecodeSummary decode_file(const std::filesystem::path& file, const DecodeOptions& options, const SampleSink& sink,
                          const CancelToken& cancel) {
    AudioReader reader(file, {options.stall_seconds, cancel});
    DecodeSummary summary;
    summary.info = to_info(reader.stream());

    std::optional<Resampler> resampler;
    int rate = 0;
    double seconds = 0;
    std::size_t unusable = 0;
    std::vector<float> mono;
    std::vector<float> out;
    const auto hand_out = [&] {
        if (out.empty()) return;
        summary.samples += static_cast<std::int64_t>(out.size());
        sink(out);
        out.clear();
    };

    while (const auto block = reader.read()) {
        if (block->sample_rate != rate) {
            if (resampler) resampler->finish(out);
            rate = block->sample_rate;
            resampler.emplace(rate, options.sample_rate);
        }
        std::size_t frames = block->frames;
        if (options.max_seconds > 0) {
            const auto left = std::llround(std::max(0.0, options.max_seconds - seconds) * rate);
            if (static_cast<long long>(frames) > left) {
                frames = static_cast<std::size_t>(left);
                summary.reached_limit = true;
            }
        }
        unusable += mix_to_mono(*block, frames, mono);
        resampler->push(mono, out);
        seconds += static_cast<double>(frames) / rate;
        hand_out();
        if (summary.reached_limit) break;
    }
    if (resampler) resampler->finish(out);
    hand_out();
    summary.warning = describe_damage(reader, seconds, summary.reached_limit, unusable);
    return summary;
}

std::string decoder_version() {
    return fmt::format("{}, audiomuse {}", wrap::ffmpeg::version(), kRevision);
}

AudioInfo probe_file(const std::filesystem::path& file) {
    return to_info(AudioReader(file).stream());
}

}  // namespace audiomuse::decode
