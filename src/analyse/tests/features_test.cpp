#include <gmock/gmock.h>

#include <limits>

#include "audiomuse/analyse/descriptors.h"
#include "audiomuse/analyse/other_features.h"
#include "mood_weights.h"
#include "test_tools.h"

namespace audiomuse::analyse {
namespace {

using testing::AllOf;
using testing::Each;
using testing::Ge;
using testing::Le;

enum : std::size_t { danceable, aggressive, happy, party, relaxed, sad };

dsp::TrackFeatures plain_track() {
    dsp::TrackFeatures features;
    features.peak = 0.8;
    features.energy = 0.1;
    features.rms = {0.1, 0.03};
    features.tempo_bpm = 110;
    features.pulse_clarity = 0.3;
    features.chroma = {1, 0.1F, 0.4F, 0.1F, 0.7F, 0.4F, 0.1F, 0.8F, 0.1F, 0.4F, 0.1F, 0.3F};
    features.key_strength = 0.8;
    features.centroid_hz = {1500, 400};
    for (auto& band : features.contrast)
        band = {20, 4};
    features.bandwidth_hz = {1400, 300};
    features.rolloff_hz = {3000, 900};
    features.flatness = {0.01, 0.01};
    features.zero_crossing_rate = {0.08, 0.04};
    features.onset_strength = {1.2, 1.5};
    features.onsets_per_second = 2;
    return features;
}

std::vector<float> tags(std::string_view name, float probability) {
    std::vector<float> moods(kMoodNames.size(), 0.01F);
    const auto found = std::find(kMoodNames.begin(), kMoodNames.end(), name);
    EXPECT_NE(found, kMoodNames.end()) << name;
    moods[static_cast<std::size_t>(found - kMoodNames.begin())] = probability;
    return moods;
}

TEST(OtherFeatures, GrowWithTheirTags) {
    const auto track = plain_track();
    const auto value = [&](std::string_view tag, float probability, std::size_t feature) {
        return other_features(track, tags(tag, probability))[feature];
    };
    for (const auto& [tag, feature] : std::vector<std::pair<std::string_view, std::size_t>>{{"House", danceable},
                                                                                            {"metal", aggressive},
                                                                                            {"happy", happy},
                                                                                            {"party", party},
                                                                                            {"ambient", relaxed},
                                                                                            {"sad", sad}}) {
        EXPECT_LT(value(tag, 0.1F, feature), value(tag, 0.3F, feature)) << tag;
        EXPECT_LT(value(tag, 0.3F, feature), value(tag, 0.6F, feature)) << tag;
    }
    EXPECT_LE(value("metal", 0.6F, relaxed), value("metal", 0.1F, relaxed));
}

TEST(OtherFeatures, FollowTheSignal) {
    auto quiet = plain_track();
    quiet.energy = 0.01;
    quiet.onsets_per_second = 0.5;
    quiet.centroid_hz.mean = 700;
    quiet.tempo_bpm = 60;
    quiet.scale = Scale::minor;
    auto lively = plain_track();
    lively.energy = 0.2;
    lively.onsets_per_second = 6;
    lively.centroid_hz.mean = 2500;
    lively.flatness.mean = 0.1;
    lively.tempo_bpm = 125;
    lively.onset_strength.mean = 1.8;
    for (const auto& moods : {std::vector<float>{}, std::vector<float>(kMoodNames.size(), 0.05F)}) {
        const auto calm = other_features(quiet, moods);
        const auto loud = other_features(lively, moods);
        for (const std::size_t feature : {danceable, aggressive, happy, party})
            EXPECT_LT(calm[feature] + 0.2F, loud[feature]) << kOtherFeatureNames[feature];
        for (const std::size_t feature : {relaxed, sad})
            EXPECT_GT(calm[feature], loud[feature] + 0.2F) << kOtherFeatureNames[feature];
    }
}

TEST(OtherFeatures, AreTheDocumentedSum) {
    // Without tags and at the reference points of every scale only the constant, and the key's strength, remain.
    dsp::TrackFeatures track;
    track.energy = 0.1;
    track.centroid_hz.mean = 1500;
    track.flatness.mean = 1e-3;
    track.onsets_per_second = 3;
    track.pulse_clarity = 0.35;
    for (auto& band : track.contrast)
        band.mean = 20;
    track.onset_strength.mean = 1.3;
    track.tempo_bpm = 110;
    EXPECT_THAT(mood_evidence(track, {}), Each(testing::DoubleNear(0, 1e-12)));
    const auto values = other_features(track, {});
    for (std::size_t i = 0; i < kJudgedFeatures.size(); ++i)
        EXPECT_NEAR(double(values[kJudgedFeatures[i]]), 1 / (1 + std::exp(-kSignalWeights[i].constant)), 1e-6);
    EXPECT_NEAR(double(values[party]), std::sqrt(double(values[danceable] * (values[happy] + 1 - values[relaxed])) / 2),
                1e-6);

    std::vector<float> moods(kMoodNames.size(), 1 / (1 + std::exp(4.0F)));  // log-odds -4: no evidence either way
    EXPECT_THAT(mood_evidence(track, moods), Each(testing::DoubleNear(0, 1e-5)));
    moods = tags("ambient", 0.5F);
    EXPECT_NEAR(mood_evidence(track, moods)[kSignalEvidence + 4], 4, 1e-6);
}

TEST(OtherFeatures, NoWeightPointsAgainstItsSign) {
    for (std::size_t f = 0; f < kJudgedFeatures.size(); ++f) {
        for (std::size_t i = 0; i < evidence_list().size(); ++i) {
            const Sign sign = evidence_list()[i].signs[f];
            const double weight = kWeights[f].weights[i];
            EXPECT_TRUE(weight >= 0 || sign == Sign::any || sign == Sign::less) << evidence_list()[i].name;
            EXPECT_TRUE(weight <= 0 || sign != Sign::less) << evidence_list()[i].name;
        }
    }
}

TEST(OtherFeatures, StayBetweenZeroAndOne) {
    EXPECT_THAT(other_features({}, {}), Each(AllOf(Ge(0.0F), Le(1.0F))));
    auto odd = plain_track();
    odd.energy = odd.centroid_hz.mean = odd.contrast[2].mean = std::numeric_limits<double>::quiet_NaN();
    odd.onset_strength.mean = std::numeric_limits<double>::infinity();
    EXPECT_THAT(other_features(odd, {}), Each(AllOf(Ge(0.0F), Le(1.0F))));
    auto loud = plain_track();
    loud.energy = 10;
    loud.pulse_clarity = 1;
    loud.onsets_per_second = 100;
    loud.flatness.mean = 1;
    loud.centroid_hz.mean = 8000;
    EXPECT_THAT(other_features(loud, std::vector<float>(50, 1.0F)), Each(AllOf(Ge(0.0F), Le(1.0F))));
}

TEST(Descriptors, GroupsCoverTheVectorAndShareItsLength) {
    std::size_t next = 0;
    double share = 0;
    for (const DescriptorGroup& group : kDescriptorGroups) {
        EXPECT_EQ(group.first, next) << group.name;
        next += group.count;
        share += group.share;
    }
    EXPECT_EQ(next, kDescriptorCount);
    EXPECT_NEAR(share, 1, 1e-12);
}

TEST(Descriptors, DoNotChangeWhenThePieceIsTransposed) {
    const auto original = plain_track();
    auto transposed = original;
    std::rotate(transposed.chroma.begin(), transposed.chroma.begin() + 5, transposed.chroma.end());
    transposed.key = 7;
    const auto a = descriptors(original);
    const auto b = descriptors(transposed);
    for (std::size_t i = 0; i < kDescriptorCount; ++i)
        EXPECT_NEAR(a[i], b[i], 1e-5) << i;
}

TEST(Descriptors, DoNotChangeWhenTheTempoIsHalved) {
    auto track = plain_track();
    const auto a = descriptors(track);
    track.tempo_bpm /= 2;
    const auto b = descriptors(track);
    for (std::size_t i = 0; i < kDescriptorCount; ++i)
        EXPECT_NEAR(a[i], b[i], 1e-5) << i;
    track.tempo_bpm *= 1.3;
    EXPECT_NE(descriptors(track), a);
}

TEST(Descriptors, StayFiniteAndBoundedForAnyFeatures) {
    auto odd = plain_track();
    odd.mfcc[3].mean = std::numeric_limits<double>::quiet_NaN();
    odd.contrast[2].mean = std::numeric_limits<double>::infinity();
    odd.energy = odd.rms.mean = odd.peak = 0;
    odd.mfcc[5].mean = 1e9;
    for (const auto& features : {odd, dsp::TrackFeatures{}}) {
        const auto vector = descriptors(features);
        ASSERT_EQ(vector.size(), kDescriptorCount);
        for (const DescriptorGroup& group : kDescriptorGroups) {
            const double limit = 4 * std::sqrt(group.share / double(group.count)) + 1e-6;
            for (std::size_t i = group.first; i < group.first + group.count; ++i)
                EXPECT_LE(std::abs(vector[i]), limit) << i;
        }
    }
}

TEST(Standardise, GivesMeanAndDeviationPerDescriptor) {
    std::vector<std::array<double, kDescriptorCount>> corpus(2);
    corpus[0].fill(1);
    corpus[1].fill(1);
    corpus[1][3] = 5;
    const auto table = standardise(corpus);
    ASSERT_EQ(table.size(), kDescriptorCount);
    EXPECT_DOUBLE_EQ(table[3].mean, 3);
    EXPECT_DOUBLE_EQ(table[3].deviation, 2);
    EXPECT_DOUBLE_EQ(table[0].mean, 1);
    EXPECT_DOUBLE_EQ(table[0].deviation, 1);
}

}  // namespace
}  // namespace audiomuse::analyse
