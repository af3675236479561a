#include "audiomuse/analyse/analyser.h"

#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <thread>

#include "audiomuse/analyse/descriptors.h"
#include "test_tools.h"

namespace audiomuse::analyse {
namespace {

using models::ModelChoice;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::size_t kPatch = 187 * 96;
constexpr std::size_t kPatchSamples = 187 * 256;  // from the start of a patch to that of the next

/// A model whose answers can be worked out: an embedding is {mean of the patch, 1}, all tags are half that mean.
class MeanModel : public models::EmbeddingModel {
public:
    explicit MeanModel(std::size_t batch = 1) : batch_(batch) {}
    ModelTag tag() const override { return {"mean", "3"}; }
    std::size_t dimension() const override { return 2; }
    std::size_t batch() const override { return batch_; }
    void run(std::span<const float> patches, std::size_t count, std::span<float> embeddings,
             std::span<float> tags) const override {
        ASSERT_EQ(patches.size(), count * kPatch);
        ASSERT_EQ(embeddings.size(), count * 2);
        ASSERT_EQ(tags.size(), count * 50);
        for (std::size_t i = 0; i < count; ++i) {
            double sum = 0;
            for (const float value : patches.subspan(i * kPatch, kPatch))
                sum += double(value);
            embeddings[2 * i] = static_cast<float>(sum / kPatch);
            embeddings[2 * i + 1] = 1;
            for (float& tag : tags.subspan(50 * i, 50))
                tag = embeddings[2 * i] / 2;
        }
        runs.push_back(count);
    }
    mutable std::vector<std::size_t> runs;

private:
    std::size_t batch_;
};

TrackAnalysis expect_analysis(Analyser& analyser, const std::filesystem::path& file) {
    auto result = analyser.analyse(file, {});
    if (const auto* failure = std::get_if<AnalysisFailure>(&result)) {
        ADD_FAILURE() << file << ": " << failure->message;
        return {};
    }
    return std::get<TrackAnalysis>(result);
}

AnalysisFailure expect_failure(Analyser& analyser, const std::filesystem::path& file) {
    auto result = analyser.analyse(file, {});
    if (std::holds_alternative<TrackAnalysis>(result)) {
        ADD_FAILURE() << file << " was analysed";
        return {};
    }
    return std::get<AnalysisFailure>(result);
}

TEST(Analyser, BatchesDoNotChangeTheMeansAndAnIncompletePatchIsDropped) {
    const TempFolder folder;
    const auto file = write_wav(folder, "five.wav", melody((5 * double(kPatchSamples) + 2000) / 16000));
    const auto single = std::make_shared<MeanModel>(1);
    const auto pairs = std::make_shared<MeanModel>(2);
    const TrackAnalysis a = expect_analysis(*create_analyser(single), file);
    const TrackAnalysis b = expect_analysis(*create_analyser(pairs), file);
    EXPECT_EQ(single->runs, (std::vector<std::size_t>{1, 1, 1, 1, 1}));
    EXPECT_EQ(pairs->runs, (std::vector<std::size_t>{2, 2, 1}));
    EXPECT_EQ(a.embedding, b.embedding);
    EXPECT_EQ(a.moods, b.moods);
    EXPECT_GT(a.embedding.at(0), 0);
    EXPECT_EQ(a.embedding.at(1), 1);
    EXPECT_FLOAT_EQ(a.moods.at(49), a.embedding[0] / 2);
}

TEST(Analyser, SaysWhatWasListenedToAndHow) {
    const TempFolder folder;
    const auto file = write_wav(folder, "ten.wav", melody(10));
    const TrackAnalysis whole = expect_analysis(*create_analyser(std::make_shared<MeanModel>()), file);
    EXPECT_EQ(whole.decode_settings, "16000 Hz, first 600 s");
    EXPECT_EQ(whole.duration_s, 10);
    EXPECT_EQ(whole.model, (ModelTag{"mean", "3"}));
    EXPECT_EQ(whole.warning, "");
    EXPECT_GT(whole.elapsed_ms, 0);
    EXPECT_EQ(whole.descriptors.size(), kDescriptorCount);
    EXPECT_NEAR(whole.tempo_bpm, 120, 6);

    const auto short_model = std::make_shared<MeanModel>();
    const TrackAnalysis part = expect_analysis(*create_analyser(short_model, {.max_seconds = 4}), file);
    AnalyserOptions told{.max_seconds = 4};
    const auto following = create_analyser(std::make_shared<MeanModel>(), {}, nullptr, nullptr, [&] { return told; });
    EXPECT_EQ(expect_analysis(*following, file).decode_settings, part.decode_settings);
    told.max_seconds = 600;
    EXPECT_EQ(expect_analysis(*following, file).decode_settings, whole.decode_settings);
    EXPECT_EQ(part.decode_settings, "16000 Hz, first 4 s");
    EXPECT_EQ(part.duration_s, 10);
    EXPECT_EQ(short_model->runs.size(), 1U);
    const TrackAnalysis all =
        expect_analysis(*create_analyser(std::make_shared<MeanModel>(), {.max_seconds = 0}), file);
    EXPECT_EQ(all.decode_settings, "16000 Hz, all of it");
    const auto analyse_as = [&](const AnalyserOptions& options, const std::filesystem::path& path) {
        return expect_analysis(*create_analyser(std::make_shared<MeanModel>(), options), path);
    };
    EXPECT_EQ(analyse_as({.stretch = decode::Stretch::whole, .max_seconds = 4}, file).decode_settings,
              "16000 Hz, all of it");
    EXPECT_EQ(analyse_as({.stretch = decode::Stretch::spread, .max_seconds = 30}, file).decode_settings,
              "16000 Hz, all of it");
    const TrackAnalysis spread = analyse_as({.stretch = decode::Stretch::spread, .max_seconds = 40},
                                            write_wav(folder, "hundred.wav", melody(100)));
    EXPECT_EQ(spread.decode_settings, "16000 Hz, 4 windows of 10 s over 100 s");
    EXPECT_EQ(spread.duration_s, 100);
    EXPECT_NEAR(spread.tempo_bpm, 120, 6);
}

TEST(Analyser, TheShortestTrackHasOnePatch) {
    const TempFolder folder;
    const auto analyser = create_analyser(std::make_shared<MeanModel>());
    auto samples = melody(3.1);
    samples.resize(48128);
    EXPECT_EQ(expect_analysis(*analyser, write_wav(folder, "enough.wav", samples)).embedding.at(1), 1);
    samples.resize(48127);
    const AnalysisFailure failure = expect_failure(*analyser, write_wav(folder, "short.wav", samples));
    EXPECT_EQ(failure.code, ErrorCode::too_short);
    EXPECT_EQ(failure.stage, "analyse");
    EXPECT_THAT(failure.message, AllOf(HasSubstr("short.wav"), HasSubstr("3.01 s")));
}

TEST(Analyser, SilenceIsAFailureWithItsOwnCode) {
    const TempFolder folder;
    const auto file = write_wav(folder, "silent.wav", std::vector<float>(80000));
    const AnalysisFailure failure = expect_failure(*create_analyser(std::make_shared<MeanModel>()), file);
    EXPECT_EQ(failure.code, ErrorCode::silent);
    EXPECT_THAT(failure.message, HasSubstr("silent.wav"));
    EXPECT_EQ(expect_failure(*create_analyser(models::open_model(ModelChoice::descriptors, {})), file).code,
              ErrorCode::silent);
}

TEST(Analyser, WhatIsWrongWithAFileIsDataNotAnException) {
    const TempFolder folder;
    const auto analyser = create_analyser(std::make_shared<MeanModel>());
    const AnalysisFailure missing = expect_failure(*analyser, "/nowhere/a.flac");
    EXPECT_EQ(missing.code, ErrorCode::not_found);
    EXPECT_EQ(missing.stage, "decode");
    EXPECT_THAT(missing.message, HasSubstr("a.flac"));
    EXPECT_EQ(expect_failure(*analyser, write_wav(folder, "no samples.wav", {})).code, ErrorCode::empty);
}

TEST(Analyser, AModelsFailureIsToldFromTheDecoders) {
    class FailingModel : public MeanModel {
        void run(std::span<const float>, std::size_t, std::span<float>, std::span<float>) const override {
            throw Error(ErrorCode::model_failed, "The model is out of order.");
        }
    };
    const TempFolder folder;
    const AnalysisFailure failure =
        expect_failure(*create_analyser(std::make_shared<FailingModel>()), write_wav(folder, "a.wav", melody(4)));
    EXPECT_EQ(failure.code, ErrorCode::model_failed);
    EXPECT_EQ(failure.stage, "model");
    EXPECT_EQ(failure.message, "The model is out of order.");
}

TEST(Analyser, MoodNetworksReplaceTheFormulaWhereTheyJudgedEveryPatch) {
    class SomeMoods final : public models::MoodNetworks {
    public:
        std::size_t complete() const override { return 0; }
        models::MoodSums run(std::span<const float> patches, std::span<const float> embeddings,
                             std::size_t count) const override {
            EXPECT_EQ(patches.size(), count * 187 * 96);
            EXPECT_FALSE(embeddings.empty());
            models::MoodSums sums;
            sums[0] = runs == 0 ? 0.25 : 0.75;             // danceable
            if (runs == 0) sums[1] = 0.5;                  // aggressive: fails at the second patch
            sums[5] = 0.125 * static_cast<double>(count);  // sad
            ++runs;
            return sums;
        }
        mutable int runs = 0;
    };
    const TempFolder folder;
    const auto file = write_wav(folder, "two.wav", melody(6.5));
    const TrackAnalysis plain = expect_analysis(*create_analyser(std::make_shared<MeanModel>()), file);
    const auto moods = std::make_shared<SomeMoods>();
    const TrackAnalysis judged = expect_analysis(*create_analyser(std::make_shared<MeanModel>(), {}, moods), file);
    ASSERT_EQ(moods->runs, 2);
    EXPECT_FLOAT_EQ(judged.other_features[0], 0.5F);
    EXPECT_FLOAT_EQ(judged.other_features[5], 0.125F);
    for (const std::size_t formula : {1, 2, 3, 4})
        EXPECT_EQ(judged.other_features[formula], plain.other_features[formula]) << formula;
}

TEST(Analyser, CancellingStopsWithinAPatch) {
    class CancellingModel : public MeanModel {
    public:
        void run(std::span<const float> patches, std::size_t count, std::span<float> embeddings,
                 std::span<float> tags) const override {
            MeanModel::run(patches, count, embeddings, tags);
            source.cancel();
        }
        mutable CancelSource source;
    };
    const TempFolder folder;
    const auto file = write_wav(folder, "long.wav", melody(30));
    const auto model = std::make_shared<CancellingModel>();
    try {
        create_analyser(model)->analyse(file, model->source.token());
        ADD_FAILURE() << "was not cancelled";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::cancelled);
    }
    EXPECT_EQ(model->runs.size(), 1U);
}

TEST(Analyser, ThreadsGetTheSameValues) {
    const TempFolder folder;
    const auto file = write_wav(folder, "twelve.wav", melody(12));
    const auto analyser = create_analyser(models::open_model(ModelChoice::mini, {}));
    const TrackAnalysis expected = expect_analysis(*analyser, file);
    ASSERT_EQ(expected.embedding.size(), 200U);
    std::array<TrackAnalysis, 2> results;
    std::vector<std::thread> threads;
    for (TrackAnalysis& result : results)
        threads.emplace_back([&] { result = expect_analysis(*analyser, file); });
    for (auto& thread : threads)
        thread.join();
    for (const TrackAnalysis& result : results) {
        EXPECT_EQ(result.embedding, expected.embedding);
        EXPECT_EQ(result.moods, expected.moods);
        EXPECT_EQ(result.descriptors, expected.descriptors);
        EXPECT_EQ(result.other_features, expected.other_features);
    }
}

TEST(Analyser, WithoutANetworkTheDescriptorsAreTheEmbedding) {
    const TempFolder folder;
    const auto analyser = create_analyser(models::open_model(ModelChoice::descriptors, {}));
    const TrackAnalysis analysis = expect_analysis(*analyser, write_wav(folder, "a.wav", melody(6)));
    EXPECT_EQ(analysis.model, (ModelTag{"descriptors", "1"}));
    EXPECT_EQ(analysis.embedding, analysis.descriptors);
    EXPECT_EQ(analysis.embedding.size(), kDescriptorCount);
    EXPECT_THAT(analysis.moods, IsEmpty());
    EXPECT_THAT(analysis.other_features, testing::Each(AllOf(testing::Ge(0.0F), testing::Le(1.0F))));
}

}  // namespace
}  // namespace audiomuse::analyse
