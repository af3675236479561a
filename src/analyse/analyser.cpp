#include "audiomuse/analyse/analyser.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <utility>

#include "audiomuse/analyse/descriptors.h"
#include "audiomuse/analyse/other_features.h"
#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "audiomuse/decode/decoder.h"
#include "audiomuse/dsp/clap_mel.h"
#include "audiomuse/dsp/log_mel_patches.h"
#include "audiomuse/dsp/track_features.h"

namespace audiomuse::analyse {
namespace {

constexpr int kSampleRate = 16000;
constexpr int kClapRate = static_cast<int>(dsp::ClapMelSegments::kSampleRate);
// One patch of log-mel frames: a window of 512 and 186 hops of 256. Shorter audio has no embedding.
constexpr std::int64_t kFewestSamples = 512 + 186 * 256;

std::string name(const std::filesystem::path& file) {
    return to_valid_utf8(file.filename().string());
}

/// Runs a model over patches as they come and keeps the mean of its outputs, not the outputs.
class ModelMeans {
public:
    ModelMeans(const models::EmbeddingModel& model, const models::MoodNetworks* moods)
        : model_(model),
          moods_(moods),
          embedding_sum_(model.dimension()),
          tag_sum_(kMoodNames.size()),
          embeddings_(model.batch() * model.dimension()),
          tags_(model.batch() * kMoodNames.size()) {
        if (moods_) mood_sums_.fill(0.0);
        waiting_.reserve(model.batch() * kPatch);
    }

    void add(std::span<const float> patch) {
        waiting_.insert(waiting_.end(), patch.begin(), patch.end());
        if (waiting_.size() == model_.batch() * kPatch) flush();
    }

    void flush() {
        const std::size_t count = waiting_.size() / kPatch;
        if (count == 0) return;
        const auto embeddings = std::span(embeddings_).first(count * model_.dimension());
        const auto tags = std::span(tags_).first(count * kMoodNames.size());
        model_.run(waiting_, count, embeddings, tags);
        for (std::size_t i = 0; i < embeddings.size(); ++i)
            embedding_sum_[i % model_.dimension()] += static_cast<double>(embeddings[i]);
        for (std::size_t i = 0; i < tags.size(); ++i)
            tag_sum_[i % kMoodNames.size()] += static_cast<double>(tags[i]);
        if (moods_) add_moods(moods_->run(waiting_, embeddings, count));
        waiting_.clear();
        patches_ += count;
    }

    /// After flush(), with at least one patch.
    std::vector<float> embedding() const { return mean(embedding_sum_); }
    std::vector<float> tags() const { return mean(tag_sum_); }
    /// Replaces the features for which a network judged every patch.
    void judge(std::array<float, kOtherFeatureNames.size()>& features) const {
        for (std::size_t i = 0; i < features.size(); ++i) {
            if (mood_sums_[i]) features[i] = static_cast<float>(*mood_sums_[i] / static_cast<double>(patches_));
        }
    }

private:
    static constexpr std::size_t kPatch = dsp::LogMelPatches::kFrames * dsp::LogMelPatches::kBands;

    void add_moods(const models::MoodSums& sums) {
        for (std::size_t i = 0; i < sums.size(); ++i) {
            if (mood_sums_[i] && sums[i]) {
                *mood_sums_[i] += *sums[i];
            } else {
                mood_sums_[i].reset();
            }
        }
    }

    std::vector<float> mean(const std::vector<double>& sum) const {
        std::vector<float> values;
        values.reserve(sum.size());
        for (const double value : sum)
            values.push_back(static_cast<float>(value / static_cast<double>(patches_)));
        return values;
    }

    const models::EmbeddingModel& model_;
    const models::MoodNetworks* moods_;
    std::vector<float> waiting_;
    std::size_t patches_ = 0;
    std::vector<double> embedding_sum_;
    std::vector<double> tag_sum_;
    models::MoodSums mood_sums_;
    std::vector<float> embeddings_;
    std::vector<float> tags_;
};

/// Runs CLAP over segments as they come and keeps their mean, which need not be kept when the network fails.
class ClapMean {
public:
    explicit ClapMean(const models::ClapAudio& clap)
        : clap_(clap), sum_(models::kClapDimension), vector_(models::kClapDimension) {}

    void add(std::span<const float> decibels) {
        clap_.run(decibels, vector_);
        // Each segment counts alike, however loud it is: the network's vectors are of length 1, or should be.
        for (std::size_t i = 0; i < sum_.size(); ++i)
            sum_[i] += static_cast<double>(vector_[i]);
    }

    /// Of length 1; empty where the mean has no direction, or there was no segment.
    SoundVector sound() const {
        double squares = 0;
        for (const double value : sum_)
            squares += value * value;
        SoundVector sound{.model = clap_.tag(), .vector = {}};
        if (squares == 0) return sound;
        for (const double value : sum_)
            sound.vector.push_back(static_cast<float>(value / std::sqrt(squares)));
        return sound;
    }

private:
    const models::ClapAudio& clap_;
    std::vector<double> sum_;
    std::vector<float> vector_;
};

/// CLAP beside another model: it shares the decoding, and its failure is no failure of the track. Without CLAP,
/// nothing.
class ClapBeside {
public:
    ClapBeside(const models::ClapAudio* clap, const std::filesystem::path& file, const CancelToken& cancel)
        : file_(file), cancel_(cancel) {
        if (clap == nullptr) return;
        mean_.emplace(*clap);
        segments_.emplace([this](std::size_t, std::span<const float> decibels) { hear(decibels); });
    }
    ClapBeside(const ClapBeside&) = delete;
    ClapBeside& operator=(const ClapBeside&) = delete;

    void push(std::span<const float> samples) {
        if (!failed_) segments_->push(samples);
    }

    std::optional<SoundVector> finish() {
        if (!mean_) return std::nullopt;
        if (!failed_) segments_->finish();
        SoundVector sound = mean_->sound();
        if (failed_) sound.vector.clear();
        return sound;
    }

private:
    void hear(std::span<const float> decibels) {
        cancel_.check();
        if (failed_) return;
        try {
            mean_->add(decibels);
        } catch (const Error& error) {
            failed_ = true;
            log::warn("'{}' can't be found by texts: {}", name(file_), error.what());
        }
    }

    const std::filesystem::path& file_;
    const CancelToken& cancel_;
    std::optional<ClapMean> mean_;
    std::optional<dsp::ClapMelSegments> segments_;
    bool failed_ = false;
};

class ModelAnalyser final : public Analyser {
public:
    ModelAnalyser(std::shared_ptr<const models::EmbeddingModel> model, const AnalyserOptions& options,
                  std::shared_ptr<const models::MoodNetworks> moods, std::shared_ptr<const models::ClapAudio> clap,
                  std::function<AnalyserOptions()> now)
        : model_(std::move(model)),
          moods_(std::move(moods)),
          clap_(std::move(clap)),
          options_(options),
          now_(std::move(now)) {}

    ModelTag model() const override { return model_->tag(); }
    std::optional<ModelTag> sound_model() const override { return clap_ ? std::optional(clap_->tag()) : std::nullopt; }
    std::size_t networks_beside() const override { return moods_ ? moods_->complete() : 0; }
    std::string decoder() const override { return decode::decoder_version(); }

    std::variant<TrackAnalysis, AnalysisFailure> analyse(const std::filesystem::path& file,
                                                         const CancelToken& cancel) override {
        return guarded<TrackAnalysis>(file, [&](std::string_view& stage) { return listen(file, cancel, stage); });
    }

    std::variant<SoundVector, AnalysisFailure> hear(const std::filesystem::path& file,
                                                    const CancelToken& cancel) override {
        if (!clap_) throw Error(ErrorCode::model_missing, "CLAP's audio branch is not installed.");
        return guarded<SoundVector>(file, [&](std::string_view& stage) { return hear_alone(file, cancel, stage); });
    }

private:
    /// `work` tells by the stage what was going on when an exception left it.
    template <class Result, class Work>
    static std::variant<Result, AnalysisFailure> guarded(const std::filesystem::path& file, const Work& work) {
        std::string_view stage = "decode";
        try {
            return work(stage);
        } catch (const Error& error) {
            if (error.code() == ErrorCode::cancelled) throw;
            return AnalysisFailure{error.code(), std::string(stage), error.what()};
        } catch (const std::exception& error) {
            return AnalysisFailure{ErrorCode::internal, std::string(stage),
                                   fmt::format("'{}' could not be analysed: {}.", name(file), error.what())};
        }
    }

    SoundVector hear_alone(const std::filesystem::path& file, const CancelToken& cancel,
                           std::string_view& stage) const {
        ClapMean mean(*clap_);
        dsp::ClapMelSegments segments([&](std::size_t, std::span<const float> decibels) {
            cancel.check();
            stage = "model";
            mean.add(decibels);
            stage = "decode";
        });
        const AnalyserOptions options = now_ ? now_() : options_;
        decode::decode_file(
            file, {.sample_rate = kClapRate, .stretch = options.stretch, .max_seconds = options.max_seconds},
            [&](std::span<const float> samples) { segments.push(samples); }, cancel);
        segments.finish();
        return mean.sound();
    }

    static std::string describe_stretch(const decode::DecodeSummary& decoded, const AnalyserOptions& options) {
        if (decoded.windows > 1) {
            return fmt::format("{} Hz, {} windows of {:g} s over {:.0f} s", kSampleRate, decoded.windows,
                               decoded.window_seconds, decoded.file_seconds);
        }
        // A file that was to be taken in windows is taken whole when it is short, from its start when its length is
        // not known.
        const bool first = options.stretch == decode::Stretch::first ||
                           (options.stretch == decode::Stretch::spread && decoded.reached_limit);
        return first && options.max_seconds > 0 ? fmt::format("{} Hz, first {:g} s", kSampleRate, options.max_seconds)
                                                : fmt::format("{} Hz, all of it", kSampleRate);
    }

    TrackAnalysis listen(const std::filesystem::path& file, const CancelToken& cancel, std::string_view& stage) const {
        const double start = steady_now();
        const AnalyserOptions options = now_ ? now_() : options_;
        const bool has_network = model_->dimension() > 0;
        dsp::FeatureExtractor extractor;
        ModelMeans means(*model_, moods_.get());
        dsp::LogMelPatches patches([&](std::span<const float> patch) {
            cancel.check();
            stage = "model";
            means.add(patch);
            stage = "analyse";
        });
        ClapBeside clap(clap_.get(), file, cancel);
        std::vector<decode::Output> outputs = {{kSampleRate, [&](std::span<const float> samples) {
                                                    stage = "analyse";
                                                    extractor.push(samples);
                                                    if (has_network) patches.push(samples);
                                                    stage = "decode";
                                                }}};
        if (clap_) outputs.push_back({kClapRate, [&](std::span<const float> samples) { clap.push(samples); }});
        const decode::DecodeSummary decoded = decode::decode_file(
            file, {.stretch = options.stretch, .max_seconds = options.max_seconds}, outputs, cancel);

        stage = "analyse";
        const double seconds = static_cast<double>(decoded.samples) / kSampleRate;
        if (decoded.samples < kFewestSamples) {
            // Rounded down and up, so that the first never looks like enough.
            throw Error(
                ErrorCode::too_short,
                fmt::format("'{}' has only {:.2f} s of audio; at least {:.2f} s are needed.", name(file),
                            std::floor(100 * seconds) / 100, std::ceil(100.0 * kFewestSamples / kSampleRate) / 100));
        }
        cancel.check();
        const dsp::TrackFeatures features = extractor.finish();
        if (features.silent) {
            throw Error(ErrorCode::silent,
                        fmt::format("'{}' is silent: every sample of its {:.1f} s is zero.", name(file), seconds));
        }

        TrackAnalysis analysis;
        if (has_network) {
            stage = "model";
            means.flush();
            analysis.embedding = means.embedding();
            analysis.moods = means.tags();
            stage = "analyse";
        }
        analysis.duration_s = decoded.file_seconds;
        analysis.tempo_bpm = features.tempo_bpm;
        analysis.tempo_confidence = features.tempo_confidence;
        analysis.energy = features.energy;
        analysis.loudness = features.loudness;
        analysis.key = features.key;
        analysis.scale = features.scale;
        analysis.key_confidence = features.key_confidence;
        analysis.chroma = features.chroma;
        analysis.descriptors = descriptors(features);
        if (!has_network) analysis.embedding = analysis.descriptors;
        analysis.other_features = other_features(features, analysis.moods);
        if (has_network) means.judge(analysis.other_features);
        analysis.model = model_->tag();
        analysis.sound = clap.finish();
        analysis.decode_settings = describe_stretch(decoded, options);
        analysis.warning = decoded.warning;
        analysis.elapsed_ms = (steady_now() - start) * 1000;
        return analysis;
    }

    std::shared_ptr<const models::EmbeddingModel> model_;
    std::shared_ptr<const models::MoodNetworks> moods_;
    std::shared_ptr<const models::ClapAudio> clap_;
    const AnalyserOptions options_;
    const std::function<AnalyserOptions()> now_;
};

}  // namespace

std::unique_ptr<Analyser> create_analyser(std::shared_ptr<const models::EmbeddingModel> model,
                                          const AnalyserOptions& options,
                                          std::shared_ptr<const models::MoodNetworks> moods,
                                          std::shared_ptr<const models::ClapAudio> clap,
                                          std::function<AnalyserOptions()> now) {
    return std::make_unique<ModelAnalyser>(std::move(model), options, std::move(moods), std::move(clap),
                                           std::move(now));
}

}  // namespace audiomuse::analyse
