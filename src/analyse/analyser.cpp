#include "audiomuse/analyse/analyser.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <utility>

#include "audiomuse/analyse/descriptors.h"
#include "audiomuse/analyse/other_features.h"
#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "audiomuse/decode/decoder.h"
#include "audiomuse/dsp/log_mel_patches.h"
#include "audiomuse/dsp/track_features.h"

namespace audiomuse::analyse {
namespace {

constexpr int kSampleRate = 16000;
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

class ModelAnalyser final : public Analyser {
public:
    ModelAnalyser(std::shared_ptr<const models::EmbeddingModel> model, const AnalyserOptions& options,
                  std::shared_ptr<const models::MoodNetworks> moods, std::function<AnalyserOptions()> now)
        : model_(std::move(model)), moods_(std::move(moods)), options_(options), now_(std::move(now)) {}

    ModelTag model() const override { return model_->tag(); }
    std::size_t networks_beside() const override { return moods_ ? moods_->complete() : 0; }
    std::string decoder() const override { return decode::decoder_version(); }

    std::variant<TrackAnalysis, AnalysisFailure> analyse(const std::filesystem::path& file,
                                                         const CancelToken& cancel) override {
        std::string_view stage = "decode";
        try {
            return listen(file, cancel, stage);
        } catch (const Error& error) {
            if (error.code() == ErrorCode::cancelled) throw;
            return AnalysisFailure{error.code(), std::string(stage), error.what()};
        } catch (const std::exception& error) {
            return AnalysisFailure{ErrorCode::internal, std::string(stage),
                                   fmt::format("'{}' could not be analysed: {}.", name(file), error.what())};
        }
    }

private:
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

    /// `stage` tells the caller what was going on when an exception left.
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
        const decode::DecodeSummary decoded = decode::decode_file(
            file, {.sample_rate = kSampleRate, .stretch = options.stretch, .max_seconds = options.max_seconds},
            [&](std::span<const float> samples) {
                stage = "analyse";
                extractor.push(samples);
                if (has_network) patches.push(samples);
                stage = "decode";
            },
            cancel);

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
        analysis.decode_settings = describe_stretch(decoded, options);
        analysis.warning = decoded.warning;
        analysis.elapsed_ms = (steady_now() - start) * 1000;
        return analysis;
    }

    std::shared_ptr<const models::EmbeddingModel> model_;
    std::shared_ptr<const models::MoodNetworks> moods_;
    const AnalyserOptions options_;
    const std::function<AnalyserOptions()> now_;
};

}  // namespace

std::unique_ptr<Analyser> create_analyser(std::shared_ptr<const models::EmbeddingModel> model,
                                          const AnalyserOptions& options,
                                          std::shared_ptr<const models::MoodNetworks> moods,
                                          std::function<AnalyserOptions()> now) {
    return std::make_unique<ModelAnalyser>(std::move(model), options, std::move(moods), std::move(now));
}

}  // namespace audiomuse::analyse
