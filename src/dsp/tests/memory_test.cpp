// Long tracks must not need more memory than short ones.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <vector>

#include "audiomuse/base/random.h"
#include "audiomuse/dsp/track_features.h"

namespace audiomuse::dsp {
namespace {

std::size_t bytes_in_use() {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/// The most memory in use after any block of `minutes` of noise.
std::size_t peak_of(int minutes) {
    Random random(1);
    std::vector<float> second(16000);
    for (float& sample : second)
        sample = static_cast<float>(0.1 * random.normal());
    const std::size_t before = bytes_in_use();
    std::size_t peak = 0;
    FeatureExtractor extractor;
    for (int s = 0; s < 60 * minutes; ++s) {
        extractor.push(second);
        peak = std::max(peak, bytes_in_use() - before);
    }
    EXPECT_EQ(extractor.finish().samples, 16000 * 60 * minutes);
    return peak;
}

TEST(Memory, OfAnHourIsThatOfFiveMinutes) {
    const std::size_t before = bytes_in_use();
    const std::vector<char> megabyte(1 << 20);
    if (bytes_in_use() < before + megabyte.size()) GTEST_SKIP() << "this allocator does not say what is in use";
    const std::size_t brief = peak_of(5);
    const std::size_t lengthy = peak_of(60);
    std::cout << "5 minutes " << brief / 1000 << " kB, an hour " << lengthy / 1000 << " kB\n";
    EXPECT_LT(static_cast<double>(lengthy), 1.1 * static_cast<double>(brief));
}

/// The statistics of a long track run on over its sections.
TEST(Memory, SectionsAreMerged) {
    Random random(2);
    std::vector<float> minute(60 * 16000);
    for (float& sample : minute)
        sample = static_cast<float>(0.1 * random.normal());
    const auto features_of = [&](int minutes) {
        FeatureExtractor extractor;
        for (int m = 0; m < minutes; ++m)
            extractor.push(minute);
        return extractor.finish();
    };
    const TrackFeatures one_section = features_of(10);
    const TrackFeatures three_sections = features_of(25);
    // The padded first and last frames weigh less in more minutes.
    for (std::size_t c = 0; c < one_section.mfcc.size(); ++c) {
        EXPECT_NEAR(three_sections.mfcc[c].mean, one_section.mfcc[c].mean, 0.03) << c;
        EXPECT_NEAR(three_sections.mfcc[c].std, one_section.mfcc[c].std, 0.03) << c;
    }
    for (std::size_t b = 0; b < one_section.contrast.size(); ++b)
        EXPECT_NEAR(three_sections.contrast[b].mean, one_section.contrast[b].mean, 0.01) << b;
    EXPECT_NEAR(three_sections.onset_strength.mean, one_section.onset_strength.mean, 0.001);
    EXPECT_NEAR(three_sections.onsets_per_second, one_section.onsets_per_second, 0.05);
    EXPECT_NEAR(three_sections.energy, one_section.energy, 1e-4);
}

}  // namespace
}  // namespace audiomuse::dsp
