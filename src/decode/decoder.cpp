#include "audiomuse/decode/decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "audiomuse/wrap/ffmpeg/audio_reader.h"
#include "audiomuse/wrap/ffmpeg/version.h"
#include "audiomuse/wrap/soxr/resampler.h"
#include "joiner.h"

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
constexpr double kFadeSeconds = 0.25;
// Reading on costs less than seeking.
constexpr double kShortestSeek = 2;
// Of this module and its wraps: count up with a change that may turn a failure into a success.
constexpr int kRevision = 2;

AudioInfo to_info(const AudioStream& stream) {
    return {stream.container, stream.codec, stream.sample_rate, stream.channels, stream.duration_s};
}

/// The plain mean of all channels of `frames` frames from `first` on. Returns how many samples were not usable numbers
/// (now zero).
std::size_t mix_to_mono(const AudioBlock& block, std::size_t first, std::size_t frames, std::vector<float>& mono) {
    mono.assign(block.channels[0] + first, block.channels[0] + first + frames);
    for (const float* channel : block.channels.subspan(1)) {
        for (std::size_t i = 0; i < frames; ++i)
            mono[i] += channel[first + i];
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

/// One decoding of one file.
class Listening {
public:
    Listening(const std::filesystem::path& file, const DecodeOptions& options, std::span<const Output> outputs,
              const CancelToken& cancel)
        : file_(file),
          options_(options),
          read_options_{.stall_seconds = options.stall_seconds,
                        .slow_seconds = options.slow_seconds,
                        .max_passes = options.max_passes,
                        .max_values = options.max_values,
                        .cancel = cancel},
          outputs_(outputs),
          reader_(file, read_options_) {}

    DecodeSummary run() {
        DecodeSummary summary;
        summary.info = to_info(reader_.stream());
        std::vector<Window> windows;
        if (options_.stretch == Stretch::spread) {
            windows = spread_windows(summary.info.container_duration_s, options_.max_seconds);
        }
        if (windows.empty()) {
            const bool all = options_.stretch == Stretch::whole || options_.max_seconds <= 0;
            std::vector<Joiner> joiners = make_joiners(0);
            summary.reached_limit =
                listen({0, all ? std::numeric_limits<double>::infinity() : options_.max_seconds}, joiners);
            finish(joiners);
            summary.samples = joiners.front().samples();
            summary.file_seconds = static_cast<double>(summary.samples) / outputs_.front().sample_rate;
            // A claim is worth more than what was heard only where the end was not reached.
            if (summary.reached_limit) {
                summary.file_seconds = std::max(summary.file_seconds, summary.info.container_duration_s);
            }
        } else {
            std::vector<Joiner> joiners = make_joiners(kFadeSeconds);
            for (const Window& window : windows) {
                go_to(window.start);
                for (Joiner& joiner : joiners)
                    joiner.start_window();
                listen(window, joiners);
            }
            finish(joiners);
            summary.samples = joiners.front().samples();
            summary.reached_limit = true;
            summary.windows = static_cast<int>(windows.size());
            summary.window_seconds = windows.front().length;
            summary.file_seconds = summary.info.container_duration_s;
        }
        summary.warning = describe_damage(summary.reached_limit);
        return summary;
    }

private:
    /// One for each output.
    std::vector<Joiner> make_joiners(double fade_seconds) const {
        std::vector<Joiner> joiners;
        for (const Output& output : outputs_)
            joiners.emplace_back(output.sink, static_cast<std::size_t>(fade_seconds * output.sample_rate));
        return joiners;
    }
    static void finish(std::vector<Joiner>& joiners) {
        for (Joiner& joiner : joiners)
            joiner.finish();
    }

    /// Whether or not the reader can be moved there; listen() passes over what lies before.
    void go_to(double seconds) {
        if (!seekable_ || seconds - position_s_ < kShortestSeek) return;
        if (const auto position = reader_.seek(seconds)) {
            position_s_ = *position;
            return;
        }
        seekable_ = false;
        reader_ = AudioReader(file_, read_options_);
        position_s_ = 0;
    }

    /// True when the file goes on after the window.
    bool listen(const Window& window, std::vector<Joiner>& joiners) {
        std::vector<Resampler> resamplers;  // one for each output
        int rate = 0;
        double seconds = 0;
        bool goes_on = false;
        std::vector<float> mono;
        std::vector<float> out;
        const auto end_resamplers = [&] {
            for (std::size_t i = 0; i < resamplers.size(); ++i) {
                resamplers[i].finish(out);
                joiners[i].push(out);
                out.clear();
            }
            resamplers.clear();
        };
        while (const auto block = goes_on ? std::nullopt : reader_.read()) {
            const double begin = position_s_;
            position_s_ += static_cast<double>(block->frames) / block->sample_rate;
            const auto first = static_cast<std::size_t>(std::clamp<double>(
                std::round((window.start - begin) * block->sample_rate), 0, static_cast<double>(block->frames)));
            std::size_t frames = block->frames - first;
            if (frames == 0) continue;
            if (block->sample_rate != rate) {
                end_resamplers();
                rate = block->sample_rate;
                for (const Output& output : outputs_)
                    resamplers.emplace_back(rate, output.sample_rate);
            }
            const double left = std::round(std::max(0.0, window.length - seconds) * rate);
            if (static_cast<double>(frames) > left) {
                frames = static_cast<std::size_t>(left);
                goes_on = true;
            }
            unusable_ += mix_to_mono(*block, first, frames, mono);
            for (std::size_t i = 0; i < resamplers.size(); ++i) {
                resamplers[i].push(mono, out);
                joiners[i].push(out);
                out.clear();
            }
            seconds += static_cast<double>(frames) / rate;
        }
        end_resamplers();
        heard_s_ += seconds;
        return goes_on;
    }

    std::string describe_damage(bool reached_limit) const {
        std::vector<std::string> parts;
        const auto& damage = reader_.damage();
        const auto& stream = reader_.stream();
        if (damage.leading_bytes > 0)
            parts.push_back(fmt::format("{} bytes before the audio were skipped", damage.leading_bytes));
        if (damage.pieces > 0) {
            parts.push_back(fmt::format("damage from {:.1f} s on was passed over ({} {})", damage.first_at_s,
                                        damage.pieces, damage.pieces == 1 ? "place" : "places"));
        }
        if (unusable_ > 0) parts.push_back(fmt::format("{} samples were not numbers and became silence", unusable_));
        if (!reached_limit && stream.duration_exact && heard_s_ < stream.duration_s - kDurationToleranceSeconds) {
            parts.push_back(fmt::format("it ends after {:.1f} s of {:.1f} s", heard_s_, stream.duration_s));
        } else if (damage.cut_off) {
            parts.push_back("its end is missing");
        }
        return parts.empty() ? "" : fmt::format("The file is damaged: {}.", fmt::join(parts, "; "));
    }

    const std::filesystem::path& file_;
    const DecodeOptions& options_;
    const wrap::ffmpeg::ReadOptions read_options_;
    const std::span<const Output> outputs_;
    AudioReader reader_;
    bool seekable_ = true;
    double position_s_ = 0;  // where the next block begins
    double heard_s_ = 0;
    std::size_t unusable_ = 0;
};

}  // namespace

DecodeSummary decode_file(const std::filesystem::path& file, const DecodeOptions& options, const SampleSink& sink,
                          const CancelToken& cancel) {
    const Output only{options.sample_rate, sink};
    return decode_file(file, options, std::span(&only, 1), cancel);
}

DecodeSummary decode_file(const std::filesystem::path& file, const DecodeOptions& options,
                          std::span<const Output> outputs, const CancelToken& cancel) {
    return Listening(file, options, outputs, cancel).run();
}

std::string decoder_version() {
    return fmt::format("{}, audiomuse {}", wrap::ffmpeg::version(), kRevision);
}

AudioInfo probe_file(const std::filesystem::path& file) {
    return to_info(AudioReader(file).stream());
}

}  // namespace audiomuse::decode
