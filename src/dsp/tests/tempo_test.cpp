#include "tempo.h"

#include <gtest/gtest.h>

#include <time.h>

#include <cmath>
#include <cstdio>

#include "audiomuse/base/random.h"
#include "rhythm.h"

namespace audiomuse::dsp {
namespace {

/// Onsets at `bpm`, each seen by three frames; `strengths` go round, one per step of 1 / `steps` of a beat.
std::vector<OnsetFrame> pulses(double bpm, double seconds, const std::vector<float>& strengths, double steps = 1) {
    std::vector<OnsetFrame> frames(static_cast<std::size_t>(seconds * kEnvelopeRate));
    const double period = 60 * kEnvelopeRate / bpm / steps;
    std::size_t step = 0;
    for (double at = 5; at < static_cast<double>(frames.size()); at += period, ++step) {
        for (int side = -1; side <= 1; ++side) {
            const auto frame = static_cast<std::size_t>(std::lround(at) + side);
            if (frame >= frames.size()) continue;
            const double distance = std::abs(static_cast<double>(frame) - at);
            for (float& rise : frames[frame].rise)
                rise += strengths[step % strengths.size()] * static_cast<float>(std::max(0.0, 1.5 - distance));
        }
    }
    return frames;
}

TEST(Tempo, LiesBetweenTheFramesGrid) {
    for (const double bpm : {62.0, 79.3, 90.0, 101.7, 120.0, 127.9, 143.3, 160.1, 181.0}) {
        const TempoEstimate tempo = estimate_tempo(pulses(bpm, 25, {1}));
        EXPECT_NEAR(tempo.bpm / bpm, 1, 0.005) << bpm;
        EXPECT_GT(tempo.confidence, 0.3) << bpm;
    }
}

TEST(Tempo, TheBeatIsTheStrongerOfTwoLevels) {
    // Eighths between the beats are weaker; a listener does not tap them.
    for (const double bpm : {72.0, 88.0, 104.0, 131.0})
        EXPECT_NEAR(estimate_tempo(pulses(bpm, 25, {1, 0.3F}, 2)).bpm / bpm, 1, 0.01) << bpm;
    // Three parts of a beat.
    for (const double bpm : {66.0, 92.0, 117.0})
        EXPECT_NEAR(estimate_tempo(pulses(bpm, 25, {1, 0.2F, 0.4F}, 3)).bpm / bpm, 1, 0.01) << bpm;
}

TEST(Tempo, NothingToTapTo) {
    EXPECT_EQ(estimate_tempo({}).bpm, 0);
    EXPECT_EQ(estimate_tempo({}).confidence, 0);
    EXPECT_EQ(estimate_tempo(pulses(120, 2.5, {1})).bpm, 0) << "too short";
    const TempoEstimate silence = estimate_tempo(std::vector<OnsetFrame>(1000));
    EXPECT_EQ(silence.bpm, 0);
    EXPECT_EQ(silence.confidence, 0);

    Random random(4);
    std::vector<OnsetFrame> noise(1000);
    for (OnsetFrame& frame : noise) {
        for (float& rise : frame.rise)
            rise = static_cast<float>(random.uniform());
    }
    EXPECT_LT(estimate_tempo(noise).confidence, 0.4);
}

TEST(OnsetBands, SeeRisesAndChangesOfPitch) {
    OnsetBands bands;
    std::vector<float> mel(128, -100.0F);
    // One set of partials for a second, another one after it.
    for (int frame = 0; frame < 64; ++frame) {
        std::fill(mel.begin(), mel.end(), -100.0F);
        for (std::size_t m = frame < 32 ? 10 : 13; m < 60; m += 10)
            mel[m] = 20;
        bands.add(mel);
    }
    const auto frames = bands.frames();
    ASSERT_EQ(frames.size(), 64U);
    EXPECT_GT(frames[32].rise[1], 1);
    EXPECT_EQ(frames[32].rise[0], 0);
    EXPECT_EQ(frames[32].rise[3], 0);
    EXPECT_EQ(frames[20].rise[1], 0);
    std::size_t largest = 0;
    for (std::size_t t = 0; t < frames.size(); ++t)
        largest = frames[t].change > frames[largest].change ? t : largest;
    EXPECT_EQ(largest, 42U) << "when the younger third of a second lies behind the change";
    EXPECT_NEAR(frames[60].change, 0, 1e-3);
}

TEST(Tempo, PrintsTheCostOfAMinute) {
    constexpr double kMinutes = 10;
    const auto thread_seconds = [] {
        timespec now{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
    };
    const std::vector<OnsetFrame> frames = pulses(113, 60 * kMinutes, {1, 0.3F, 0.6F, 0.3F}, 2);
    std::vector<float> mel(128);
    const double start = thread_seconds();
    OnsetBands bands;
    for (std::size_t t = 0; t < frames.size(); ++t) {
        mel[t % mel.size()] = 10 * frames[t].rise[0];
        bands.add(mel);
    }
    const double added = thread_seconds();
    EXPECT_NEAR(estimate_tempo(frames).bpm, 113, 1);
    const double estimated = thread_seconds();
    std::printf("per minute of audio: onset bands %.2f ms, tempo %.2f ms\n", 1e3 * (added - start) / kMinutes,
                1e3 * (estimated - added) / kMinutes);
    EXPECT_EQ(bands.frames().size(), frames.size());
    // Far above what is printed: it fails when something grows faster than the length of the track.
    EXPECT_LT((estimated - start) / kMinutes, 0.1);
}

}  // namespace
}  // namespace audiomuse::dsp
