// CLAP beside a model, and alone: the same decoding, the same mean.
#include <gmock/gmock.h>

#include <numbers>

#include "audiomuse/analyse/analyser.h"
#include "audiomuse/base/error.h"
#include "audiomuse/decode/decoder.h"
#include "audiomuse/dsp/clap_mel.h"
#include "support/clap_files.h"
#include "test_tools.h"

namespace audiomuse::analyse {
namespace {

using models::ModelChoice;
using testing::HasSubstr;

/// Its vectors are the level of each band; fails on segments from `fails_from` on.
class LevelClap final : public models::ClapAudio {
public:
    explicit LevelClap(int fails_from = 1000) : fails_from_(fails_from) {}
    ModelTag tag() const override { return {"dclap", "test"}; }
    void run(std::span<const float> decibels, std::span<float> vector) const override {
        if (segments++ >= fails_from_) throw Error(ErrorCode::model_failed, "The network failed.");
        std::fill(vector.begin(), vector.end(), 0.0F);
        for (std::size_t band = 0; band < kBands; ++band) {
            for (std::size_t t = 0; t < kFrames; ++t)
                vector[band] += decibels[band * kFrames + t] / static_cast<float>(kFrames);
        }
    }
    mutable int segments = 0;

private:
    int fails_from_;
};

std::unique_ptr<Analyser> with(std::shared_ptr<const models::ClapAudio> clap, const AnalyserOptions& options = {}) {
    return create_analyser(models::open_model(ModelChoice::mini, {}), options, nullptr, std::move(clap));
}

TrackAnalysis analysed(Analyser& analyser, const std::filesystem::path& file) {
    auto result = analyser.analyse(file, {});
    EXPECT_TRUE(std::holds_alternative<TrackAnalysis>(result)) << file;
    return std::get<TrackAnalysis>(result);
}

/// Mean over segments by the public front end, over the whole of a file.
Embedding expected_mean(const std::filesystem::path& file) {
    const LevelClap clap;
    std::vector<double> sum(models::kClapDimension);
    Embedding vector(models::kClapDimension);
    dsp::ClapMelSegments segments([&](std::size_t, std::span<const float> decibels) {
        clap.run(decibels, vector);
        for (std::size_t i = 0; i < sum.size(); ++i)
            sum[i] += static_cast<double>(vector[i]);
    });
    decode::decode_file(file, {.sample_rate = 48000}, [&](std::span<const float> block) { segments.push(block); });
    segments.finish();
    double squares = 0;
    for (const double value : sum)
        squares += value * value;
    for (std::size_t i = 0; i < sum.size(); ++i)
        vector[i] = static_cast<float>(sum[i] / std::sqrt(squares));
    return vector;
}

TEST(ClapStage, GivesTheUnitMeanOfItsSegmentsBesideAnUnchangedAnalysis) {
    const TempFolder folder;
    const auto file = write_wav(folder, "long.wav", melody(23));
    const auto clap = std::make_shared<LevelClap>();
    const TrackAnalysis both = analysed(*with(clap), file);
    EXPECT_EQ(clap->segments, 4) << "from 0, 5 and 10 s, and the last ten seconds";
    ASSERT_TRUE(both.sound);
    EXPECT_EQ(both.sound->model, clap->tag());
    EXPECT_EQ(both.sound->vector, expected_mean(file));
    EXPECT_NEAR(cosine(both.sound->vector, both.sound->vector), 1, 1e-6);
    const TrackAnalysis without = analysed(*with(nullptr), file);
    EXPECT_FALSE(without.sound);
    EXPECT_EQ(both.embedding, without.embedding);
    EXPECT_EQ(both.moods, without.moods);
    EXPECT_EQ(both.descriptors, without.descriptors);
    EXPECT_EQ(both.tempo_bpm, without.tempo_bpm);
    EXPECT_EQ(both.decode_settings, without.decode_settings);
}

TEST(ClapStage, AloneHearsTheSame) {
    const TempFolder folder;
    const auto file = write_wav(folder, "long.wav", melody(23));
    for (const AnalyserOptions& options : {AnalyserOptions{}, AnalyserOptions{.max_seconds = 12},
                                           AnalyserOptions{.stretch = decode::Stretch::spread, .max_seconds = 12}}) {
        const auto analyser = with(std::make_shared<LevelClap>(), options);
        const TrackAnalysis both = analysed(*analyser, file);
        const auto alone = analyser->hear(file, {});
        ASSERT_TRUE(std::holds_alternative<SoundVector>(alone));
        EXPECT_EQ(std::get<SoundVector>(alone).vector, both.sound->vector);
    }
}

TEST(ClapStage, ItsFailureIsNoFailureOfTheTrack) {
    const TempFolder folder;
    const auto file = write_wav(folder, "long.wav", melody(23));
    const auto clap = std::make_shared<LevelClap>(1);
    testing::internal::CaptureStderr();
    const auto analyser = with(clap);
    const TrackAnalysis analysis = analysed(*analyser, file);
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("'long.wav' can't be found by texts"));
    EXPECT_EQ(clap->segments, 2) << "it is not asked again";
    ASSERT_TRUE(analysis.sound);
    EXPECT_TRUE(analysis.sound->vector.empty());
    EXPECT_EQ(analysis.embedding.size(), 200U);
    const auto alone = analyser->hear(file, {});
    ASSERT_TRUE(std::holds_alternative<AnalysisFailure>(alone));
    EXPECT_EQ(std::get<AnalysisFailure>(alone).stage, "model");
}

TEST(ClapStage, CancellingAndBrokenFilesAreAsElsewhere) {
    const TempFolder folder;
    const auto analyser = with(std::make_shared<LevelClap>());
    const auto file = write_wav(folder, "long.wav", melody(23));
    CancelSource source;
    source.cancel();
    EXPECT_THROW(analyser->hear(file, source.token()), Error);
    std::ofstream(folder / "broken.flac") << "no music";
    const auto result = analyser->hear(folder / "broken.flac", {});
    ASSERT_TRUE(std::holds_alternative<AnalysisFailure>(result));
    EXPECT_EQ(std::get<AnalysisFailure>(result).stage, "decode");
    EXPECT_THROW(with(nullptr)->hear(file, {}), Error);
    EXPECT_EQ(with(nullptr)->sound_model(), std::nullopt);
}

// With a network, so that what the front end hands on and what the network takes are known to fit.
TEST(ClapStage, RunsANetworkOfTheRealShape) {
    const TempFolder folder;
    testing_support::write_clap(folder.path());
    const auto analyser = with(models::open_clap_audio({folder.path(), {}}));
    const auto tone = [&](const char* name, double pitch) {
        std::vector<float> samples(16000 * 12);
        for (std::size_t i = 0; i < samples.size(); ++i) {
            const double t = static_cast<double>(i) / 16000;
            samples[i] = static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * pitch * t));
        }
        return analysed(*analyser, write_wav(folder, name, samples)).sound->vector;
    };
    const auto text = models::open_clap_text({folder.path(), {}});
    const Embedding low = tone("low.wav", 100);
    const Embedding middle = tone("middle.wav", 1500);
    EXPECT_GT(cosine(low, text->embed("bass")), cosine(middle, text->embed("bass")));
    EXPECT_GT(cosine(middle, text->embed("middle")), cosine(low, text->embed("middle")));
}

}  // namespace
}  // namespace audiomuse::analyse
