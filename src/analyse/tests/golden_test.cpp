// Whole files against the golden values of the reference implementation.
#include <gmock/gmock.h>

#include <filesystem>
#include <map>

#include "audiomuse/analyse/analyser.h"
#include "test_tools.h"

namespace audiomuse::analyse {
namespace {

namespace fs = std::filesystem;
using models::ModelChoice;
using models::ModelPlaces;

struct Tolerance {
    double embedding;
    double tags;
};

/// The columns of the goldens' table: reference decoders gave 16-bit AAC and WMA, and another Opus decoder.
Tolerance tolerance_of(const fs::path& fixture) {
    const std::string extension = fixture.extension().string();
    if (extension == ".opus") return {2e-2, 2e-3};
    if (extension == ".aac" || extension == ".wma" || fixture == "song_110bpm_g_major_cover.m4a" ||
        fixture == "corrupt_tail.mp3") {
        return {5e-4, 5e-5};
    }
    return {1e-4, 5e-6};
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
    EXPECT_EQ(a.size(), b.size());
    double largest = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        largest = std::max(largest, std::abs(double(a[i]) - double(b[i])));
    return largest;
}

std::vector<std::string> fixtures(const std::vector<std::string>& expectations) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(kShared / "goldens")) {
        if (entry.path().extension() != ".json") continue;
        const std::string name = entry.path().stem().string();
        const std::string expected(golden(name).at("expect").as_string());
        if (std::find(expectations.begin(), expectations.end(), expected) != expectations.end()) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

TEST(Musicnn, EveryFixtureGivesItsGoldenValues) {
    REQUIRE_SHARED("goldens", "audio", "models/musicnn_embedding.onnx");
    const auto analyser = create_analyser(open_model(ModelChoice::musicnn, ModelPlaces{kShared / "models", {}}));
    double worst = 0;
    int compared = 0;
    for (const std::string& name : fixtures({"ok", "ok_partial"})) {
        SCOPED_TRACE(name);
        const auto result = analyser->analyse(kShared / "audio" / name, {});
        if (const auto* failure = std::get_if<AnalysisFailure>(&result)) {
            ADD_FAILURE() << failure->message;
            continue;
        }
        // How much of it can be decoded depends on the decoder.
        if (name == "corrupt_middle.mp3") continue;
        const auto& analysis = std::get<TrackAnalysis>(result);
        const auto expected = golden(name);
        const Tolerance tolerance = tolerance_of(name);
        const double embedding = largest_difference(analysis.embedding, floats(expected.at("embedding")));
        const double tags = largest_difference(analysis.moods, floats(expected.at("tags")));
        EXPECT_LT(embedding, tolerance.embedding);
        EXPECT_LT(tags, tolerance.tags);
        // AudioMuse-AI's second sigmoid: what it stores can be had from the probabilities.
        const std::vector<float> scores = floats(expected.at("audiomuse_current").at("mood_scores"));
        for (std::size_t i = 0; i < scores.size(); ++i)
            EXPECT_NEAR(1 / (1 + std::exp(-double(analysis.moods[i]))), double(scores[i]), tolerance.tags / 4 + 1e-7);
        EXPECT_DOUBLE_EQ(analysis.duration_s, expected.at("duration").to_number<double>());
        worst = std::max({worst, embedding / tolerance.embedding, tags / tolerance.tags});
        ++compared;
    }
    EXPECT_GT(compared, 35);
    std::cout << compared << " fixtures, the worst at " << 100 * worst << " % of its tolerance\n";
}

TEST(Musicnn, InstalledMoodNetworksJudgeFiveOfTheSixFeatures) {
    REQUIRE_SHARED("goldens", "audio", "models/musicnn_embedding.onnx", "models/mood_sad.onnx");
    const ModelPlaces places{kShared / "models", {}};
    const auto model = open_model(ModelChoice::musicnn, places);
    const auto with = create_analyser(model, {}, open_mood_networks(model->tag(), places));
    const auto without = create_analyser(model, {});
    for (const char* name : {"sir_duke_slow.ogg", "length_96000_samples_16k.wav"}) {
        SCOPED_TRACE(name);
        const auto judged = std::get<TrackAnalysis>(with->analyse(kShared / "audio" / name, {}));
        const auto formula = std::get<TrackAnalysis>(without->analyse(kShared / "audio" / name, {}));
        const auto expected = golden(name).at("moods");
        const double tolerance = tolerance_of(name).tags;
        EXPECT_NEAR(double(judged.other_features[0]), expected.at("danceability").at(0).to_number<double>(), tolerance);
        EXPECT_NEAR(double(judged.other_features[1]), expected.at("mood_aggressive").at(0).to_number<double>(),
                    tolerance);
        EXPECT_NEAR(double(judged.other_features[2]), expected.at("mood_happy").at(0).to_number<double>(), tolerance);
        EXPECT_EQ(judged.other_features[3], formula.other_features[3]) << "party has no network";
        EXPECT_NEAR(double(judged.other_features[4]), expected.at("mood_relaxed").at(1).to_number<double>(), tolerance);
        EXPECT_NEAR(double(judged.other_features[5]), expected.at("mood_sad").at(1).to_number<double>(), tolerance);
        EXPECT_EQ(judged.embedding, formula.embedding);
    }
}

TEST(Mini, IsCloseToItsTeacher) {
    REQUIRE_SHARED("goldens", "audio");
    const auto analyser = create_analyser(open_model(ModelChoice::mini, {}));
    std::vector<double> cosines;
    std::map<std::string, double> by_name;
    for (const std::string& name : fixtures({"ok", "ok_partial"})) {
        const auto result = analyser->analyse(kShared / "audio" / name, {});
        ASSERT_TRUE(std::holds_alternative<TrackAnalysis>(result)) << name;
        cosines.push_back(cosine(std::get<TrackAnalysis>(result).embedding, floats(golden(name).at("embedding"))));
        by_name[name] = cosines.back();
    }
    std::sort(cosines.begin(), cosines.end());
    const double median = cosines[cosines.size() / 2];
    std::cout << cosines.size() << " fixtures, cosine to the teacher: median " << median << ", worst "
              << cosines.front() << "\n";
    EXPECT_GT(median, 0.9);
    EXPECT_GT(cosines.front(), 0.7);
    // The figures of models/README.md.
    EXPECT_NEAR(by_name["minuet_anna_magdalena.mp3"], 0.979, 0.002);
    EXPECT_NEAR(by_name["sine_440hz_16k.wav"], 0.759, 0.002);
}

TEST(Fixtures, ThatCannotBeAnalysedSayWhy) {
    REQUIRE_SHARED("goldens", "audio");
    const std::map<std::string, std::vector<ErrorCode>> codes = {
        {"too_short", {ErrorCode::too_short}},
        {"silent", {ErrorCode::silent}},
        {"rejected", {ErrorCode::empty, ErrorCode::unsupported_format, ErrorCode::damaged}}};
    const auto analyser = create_analyser(open_model(ModelChoice::mini, {}));
    for (const auto& [expectation, allowed] : codes) {
        const auto names = fixtures({expectation});
        EXPECT_FALSE(names.empty()) << expectation;
        for (const std::string& name : names) {
            const auto result = analyser->analyse(kShared / "audio" / name, {});
            const auto* failure = std::get_if<AnalysisFailure>(&result);
            ASSERT_TRUE(failure) << name << " was analysed";
            EXPECT_THAT(allowed, testing::Contains(failure->code)) << name << ": " << failure->message;
            EXPECT_EQ(failure->stage, expectation == "rejected" ? "decode" : "analyse") << name;
            EXPECT_THAT(failure->message, testing::HasSubstr(name));
        }
    }
}

TEST(Fixtures, DamageThatWasPassedOverIsAWarning) {
    REQUIRE_SHARED("audio");
    const auto analyser = create_analyser(open_model(ModelChoice::descriptors, {}));
    const auto result = analyser->analyse(kShared / "audio" / "truncated_tail.flac", {});
    ASSERT_TRUE(std::holds_alternative<TrackAnalysis>(result));
    EXPECT_NE(std::get<TrackAnalysis>(result).warning, "");
}

}  // namespace
}  // namespace audiomuse::analyse
