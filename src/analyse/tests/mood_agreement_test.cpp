// Does the formula rank tracks as the mood networks do? Spearman's rank correlation per feature, over the fixtures and
// over rendered music of which the formula's weights have seen none.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <numeric>
#include <string>
#include <vector>

#include "audiomuse/analyse/other_features.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/decode/decoder.h"
#include "audiomuse/demo/demo_library.h"
#include "audiomuse/dsp/log_mel_patches.h"
#include "audiomuse/models/mood_networks.h"
#include "mood_evidence.h"
#include "test_tools.h"

namespace audiomuse::analyse {
namespace {

namespace fs = std::filesystem;
using models::ModelChoice;

constexpr int kRenderedTracks = 120;
constexpr std::uint64_t kRenderedSeed = 7;  // the weights were fitted with seed 101
constexpr double kRenderedSeconds = 9.1;    // three patches
constexpr double kLeast = 0.6;
constexpr std::size_t kSad = 4;  // in kJudgedFeatures

/// What the formula is given besides the signal.
enum Tags : std::size_t { of_musicnn, of_mini, none };
constexpr std::array<std::string_view, 3> kTagsNames = {"MusiCNN's tags", "audiomuse-mini's tags", "no tags"};

struct Track {
    std::array<double, kJudgedFeatures.size()> networks{};
    std::array<std::array<float, 6>, 3> formula{};  ///< per Tags
};

using Values = std::vector<double>;

/// Ranks from 0; equal values get the mean of theirs.
Values ranks(const Values& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    Values result(values.size());
    for (std::size_t first = 0; first < order.size();) {
        std::size_t end = first + 1;
        while (end < order.size() && values[order[end]] == values[order[first]])
            ++end;
        for (std::size_t i = first; i < end; ++i)
            result[order[i]] = static_cast<double>(first + end - 1) / 2;
        first = end;
    }
    return result;
}

double rank_correlation(const Values& a, const Values& b) {
    const Values x = ranks(a);
    const Values y = ranks(b);
    const double mean = static_cast<double>(x.size() - 1) / 2;
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xy += (x[i] - mean) * (y[i] - mean);
        xx += (x[i] - mean) * (x[i] - mean);
        yy += (y[i] - mean) * (y[i] - mean);
    }
    return xy / std::sqrt(xx * yy);
}

Values by_networks(const std::vector<Track>& tracks, std::size_t feature) {
    Values values;
    for (const Track& track : tracks)
        values.push_back(track.networks[feature]);
    return values;
}

Values by_formula(const std::vector<Track>& tracks, std::size_t six, Tags tags) {
    Values values;
    for (const Track& track : tracks)
        values.push_back(static_cast<double>(track.formula[tags][six]));
    return values;
}

double agreement(const std::vector<Track>& tracks, std::size_t feature, Tags tags) {
    return rank_correlation(by_networks(tracks, feature), by_formula(tracks, kJudgedFeatures[feature], tags));
}

Values two_decimals(Values values) {
    for (double& value : values)
        value = std::round(100 * value);
    return values;
}

std::string quantiles(Values values) {
    std::sort(values.begin(), values.end());
    std::string text;
    for (const double share : {0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0}) {
        const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
        text += fmt::format(" {:.2f}", values[at]);
    }
    return text;
}

void print(const std::string& what, const std::vector<Track>& tracks) {
    fmt::print("{} ({}): rank correlation of formula and networks\n", what, tracks.size());
    for (std::size_t i = 0; i < kJudgedFeatures.size(); ++i) {
        fmt::print("  {:<11}", kOtherFeatureNames[kJudgedFeatures[i]]);
        for (const Tags tags : {of_musicnn, of_mini, none})
            fmt::print(" {:.2f} with {}{}", agreement(tracks, i, tags), kTagsNames[tags], tags == none ? "\n" : ",");
    }
}

std::vector<float> decoded(const fs::path& file, double max_seconds) {
    std::vector<float> samples;
    decode::decode_file(file, {.max_seconds = max_seconds}, [&](std::span<const float> block) {
        samples.insert(samples.end(), block.begin(), block.end());
    });
    return samples;
}

std::vector<std::vector<float>> patches_of(const std::vector<float>& samples) {
    std::vector<std::vector<float>> patches;
    dsp::LogMelPatches cut([&](std::span<const float> patch) { patches.emplace_back(patch.begin(), patch.end()); });
    cut.push(samples);
    return patches;
}

/// Means over the patches; `embeddings`, one row per patch, is written.
std::vector<float> mean_tags(const models::EmbeddingModel& model, const std::vector<std::vector<float>>& patches,
                             std::vector<float>& embeddings) {
    std::vector<float> sum(kMoodNames.size());
    std::vector<float> tags(kMoodNames.size());
    embeddings.resize(patches.size() * model.dimension());
    for (std::size_t p = 0; p < patches.size(); ++p) {
        model.run(patches[p], 1, std::span(embeddings).subspan(p * model.dimension(), model.dimension()), tags);
        for (std::size_t i = 0; i < tags.size(); ++i)
            sum[i] += tags[i] / static_cast<float>(patches.size());
    }
    return sum;
}

std::array<std::array<float, 6>, 3> formula(const std::vector<float>& samples, const std::vector<float>& musicnn_tags,
                                            const std::vector<float>& mini_tags) {
    dsp::FeatureExtractor extractor;
    extractor.push(samples);
    const dsp::TrackFeatures features = extractor.finish();
    return {other_features(features, musicnn_tags), other_features(features, mini_tags), other_features(features, {})};
}

/// Networks and MusiCNN's tags as the goldens have them.
std::vector<Track> fixtures() {
    constexpr std::array<const char*, kJudgedFeatures.size()> kNetworks = {"danceability", "mood_aggressive",
                                                                           "mood_happy", "mood_relaxed", "mood_sad"};
    const auto mini = open_model(ModelChoice::mini, {});
    const auto labels = [] {
        std::ifstream file(kShared / "models" / "labels.json");
        return boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {})).at("moods");
    }();
    std::vector<Track> tracks;
    for (const auto& entry : fs::directory_iterator(kShared / "goldens")) {
        if (entry.path().extension() != ".json") continue;
        const std::string name = entry.path().stem().string();
        const auto expected = golden(name);
        // How much of corrupt_middle.mp3 can be decoded depends on the decoder.
        if (!expected.at("expect").as_string().starts_with("ok") || name == "corrupt_middle.mp3") continue;
        Track& track = tracks.emplace_back();
        for (std::size_t i = 0; i < kNetworks.size(); ++i) {
            const bool first = labels.at(kNetworks[i]).at(0).as_string() == kOtherFeatureNames[kJudgedFeatures[i]];
            track.networks[i] = expected.at("moods").at(kNetworks[i]).at(first ? 0 : 1).to_number<double>();
        }
        const std::vector<float> samples = decoded(kShared / "audio" / name, 0);
        std::vector<float> unused;
        track.formula = formula(samples, floats(expected.at("tags")), mean_tags(*mini, patches_of(samples), unused));
    }
    return tracks;
}

std::vector<Track> rendered(const fs::path& folder) {
    demo::write_demo_library(folder, {.tracks = kRenderedTracks, .seed = kRenderedSeed});
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        for (const char* extension : {".flac", ".mp3", ".ogg", ".opus", ".m4a"}) {
            if (entry.path().extension() == extension) files.push_back(entry.path());
        }
    }
    const models::ModelPlaces places{kShared / "models", {}};
    const auto musicnn = open_model(ModelChoice::musicnn, places);
    const auto mini = open_model(ModelChoice::mini, places);
    const auto moods = open_mood_networks(musicnn->tag(), places);
    std::vector<Track> tracks(files.size());
    parallel_for(files.size(), allowed_cores(), [&](std::size_t f) {
        const std::vector<float> samples = decoded(files[f], kRenderedSeconds);
        const auto patches = patches_of(samples);
        std::vector<float> embeddings;
        const std::vector<float> mini_tags = mean_tags(*mini, patches, embeddings);
        const std::vector<float> musicnn_tags = mean_tags(*musicnn, patches, embeddings);
        for (std::size_t p = 0; p < patches.size(); ++p) {
            const auto sums = moods->run(patches[p], std::span(embeddings).subspan(p * 200, 200), 1);
            for (std::size_t i = 0; i < kJudgedFeatures.size(); ++i)
                tracks[f].networks[i] += sums[kJudgedFeatures[i]].value() / static_cast<double>(patches.size());
        }
        tracks[f].formula = formula(samples, musicnn_tags, mini_tags);
    });
    return tracks;
}

TEST(MoodAgreement, RanksOfEqualValuesAreShared) {
    EXPECT_EQ(ranks({3, 1, 3, 2}), (Values{2.5, 0, 2.5, 1}));
    EXPECT_DOUBLE_EQ(rank_correlation({1, 2, 3, 4}, {10, 20, 40, 30}), 0.8);
    EXPECT_DOUBLE_EQ(rank_correlation({1, 2, 3}, {3, 2, 1}), -1);
}

TEST(MoodAgreement, EveryTagOfAFamilyExists) {
    ASSERT_EQ(evidence_list().size(), kSignalEvidence + kTagEvidence);
    for (std::size_t i = 0; i < evidence_list().size(); ++i) {
        const Evidence& evidence = evidence_list()[i];
        EXPECT_EQ(evidence.tags[0].empty(), i < kSignalEvidence) << evidence.name;
        for (const std::string_view tag : evidence.tags) {
            EXPECT_TRUE(tag.empty() || std::find(kMoodNames.begin(), kMoodNames.end(), tag) != kMoodNames.end()) << tag;
        }
    }
}

// Of the fixtures, 34 of 39 are sadder than 0.98 to the network (chords, clicks and white noise are), and half of them
// are variants of one chord sequence and one song: their order is that of the fourth decimal. So "sad" is asserted over
// fixtures and rendered music together, and alone at the two decimals that a user sees.
TEST(MoodAgreement, OverTheFixturesAndRenderedMusic) {
    REQUIRE_SHARED("goldens", "audio", "models/musicnn_embedding.onnx", "models/mood_sad.onnx");
    const std::vector<Track> plain = fixtures();
    const TempFolder folder;
    const std::vector<Track> music = rendered(folder.path() / "demo");
    ASSERT_GE(plain.size(), 38U);
    ASSERT_EQ(music.size(), static_cast<std::size_t>(kRenderedTracks));
    std::vector<Track> both = plain;
    both.insert(both.end(), music.begin(), music.end());
    print("fixtures", plain);
    print("rendered", music);
    print("together", both);
    for (std::size_t i = 0; i < kJudgedFeatures.size(); ++i) {
        SCOPED_TRACE(kOtherFeatureNames[kJudgedFeatures[i]]);
        for (const Tags tags : {of_musicnn, of_mini}) {
            SCOPED_TRACE(kTagsNames[tags]);
            EXPECT_GE(agreement(music, i, tags), kLeast);
            EXPECT_GE(agreement(both, i, tags), kLeast);
            if (i != kSad) {
                EXPECT_GE(agreement(plain, i, tags), kLeast);
            }
        }
        EXPECT_GE(agreement(both, i, none), kLeast) << "without tags";
    }
    for (const Tags tags : {of_musicnn, of_mini}) {
        const double shown = rank_correlation(two_decimals(by_networks(plain, kSad)),
                                              two_decimals(by_formula(plain, kJudgedFeatures[kSad], tags)));
        fmt::print("sad, fixtures, at two decimals: {:.2f} with {}\n", shown, kTagsNames[tags]);
        EXPECT_GE(shown, 0.5) << kTagsNames[tags];
    }
    fmt::print("rendered, least, 10 %, 25 %, 50 %, 75 %, 90 %, most (audiomuse-mini's tags):\n");
    for (std::size_t six = 0; six < kOtherFeatureNames.size(); ++six) {
        const Values values = by_formula(music, six, of_mini);
        fmt::print("  {:<11}{}\n", kOtherFeatureNames[six], quantiles(values));
        // Playlists are named and filtered by thresholds: each must part the library.
        const auto above = std::count_if(values.begin(), values.end(), [](double value) { return value >= 0.5; });
        EXPECT_GT(above, kRenderedTracks / 20) << kOtherFeatureNames[six];
        EXPECT_LT(above, kRenderedTracks * 2 / 3) << kOtherFeatureNames[six];
    }
}

}  // namespace
}  // namespace audiomuse::analyse
