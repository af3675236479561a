#include "tonality.h"

#include <gtest/gtest.h>

#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>

#include "audiomuse/base/random.h"

namespace audiomuse::dsp {
namespace {

/// Tones of four harmonics at MIDI pitches, together.
void add_chord(std::vector<float>& samples, const std::vector<double>& pitches, double seconds) {
    const std::size_t start = samples.size();
    samples.resize(start + static_cast<std::size_t>(16000 * seconds));
    for (const double pitch : pitches) {
        for (int harmonic = 1; harmonic <= 4; ++harmonic) {
            const double hz = harmonic * 440 * std::exp2((pitch - 69) / 12);
            for (std::size_t i = start; i < samples.size(); ++i) {
                const double angle = 2 * std::numbers::pi * hz * static_cast<double>(i) / 16000;
                samples[i] += static_cast<float>(0.1 / harmonic * std::sin(angle));
            }
        }
    }
}

PitchProfile profile_of(std::span<const float> samples, std::size_t block = 4096) {
    PitchProfiler profiler;
    for (std::size_t at = 0; at < samples.size(); at += block)
        profiler.push(samples.subspan(at, std::min(block, samples.size() - at)));
    return profiler.finish();
}

/// Root mean square of what is left of a tone after decimation.
double decimated_level(double hz) {
    std::vector<float> samples(16000);
    for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i] =
            static_cast<float>(std::sqrt(2.0) * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / 16000));
    Decimator decimator;
    double squares = 0;
    std::size_t count = 0;
    bool settled = false;
    decimator.push(samples, [&](std::span<const float> block) {
        EXPECT_EQ(block.size(), Decimator::kBlock);
        for (const float sample : block)
            squares += settled ? static_cast<double>(sample) * static_cast<double>(sample) : 0;
        count += settled ? block.size() : 0;
        settled = true;
    });
    return std::sqrt(squares / static_cast<double>(count));
}

TEST(Decimator, KeepsLowTonesAndDampsWhatFoldsBackOntoThem) {
    for (const double hz : {50.0, 300.0, 1000.0})
        EXPECT_NEAR(decimated_level(hz), 1, 0.05) << hz;
    EXPECT_GT(decimated_level(1500), 0.7);
    for (const double hz : {2900.0, 3500.0, 4300.0, 5000.0, 7600.0})
        EXPECT_LT(decimated_level(hz), 0.01) << hz;
}

TEST(PitchProfiler, TonesTurnUpInTheirClassHoweverTuned) {
    for (const double cents : {-40.0, -10.0, 0.0, 25.0, 45.0}) {
        std::vector<float> samples;
        add_chord(samples, {48 + cents / 100, 62 + cents / 100, 69 + cents / 100}, 3);
        const PitchProfile profile = profile_of(samples);
        EXPECT_NEAR(profile.tuning, cents / 100, 0.04) << cents;
        for (const std::size_t sounding : {0U, 2U, 9U}) {
            for (const std::size_t silent : {1U, 3U, 4U, 6U, 8U, 11U})
                EXPECT_GT(profile.chords[sounding], 3 * profile.chords[silent])
                    << cents << " " << sounding << " " << silent;
        }
        EXPECT_EQ(std::max_element(profile.bass.begin(), profile.bass.end()) - profile.bass.begin(), 0);
    }
}

TEST(PitchProfiler, BlocksMakeNoDifference) {
    std::vector<float> samples;
    add_chord(samples, {50, 57, 66}, 2.3);
    const PitchProfile whole = profile_of(samples, samples.size());
    for (const std::size_t block : {1U, 333U, 5000U})
        EXPECT_EQ(profile_of(samples, block).chords, whole.chords) << block;
}

TEST(PitchProfiler, SilenceHasNoPitch) {
    const PitchProfile nothing = profile_of(std::vector<float>(20000));
    EXPECT_EQ(nothing.chords, PitchClasses{});
    EXPECT_EQ(nothing.tuning, 0);
    const KeyEstimate key = estimate_key(nothing);
    EXPECT_EQ(key.strength, 0);
    EXPECT_EQ(key.confidence, 0);
}

TEST(Key, CadencesAreRecognisedInEveryKey) {
    for (int tonic = 0; tonic < 12; ++tonic) {
        const double root = 48 + tonic;
        std::vector<float> major;
        std::vector<float> minor;
        for (const double step : {0.0, 5.0, 7.0, 0.0}) {
            add_chord(major, {root + step, root + step + 4, root + step + 7}, 0.6);
            add_chord(minor, {root + step, root + step + (step == 7 ? 4 : 3), root + step + 7}, 0.6);
        }
        const KeyEstimate bright = estimate_key(profile_of(major));
        EXPECT_EQ(bright.key, tonic);
        EXPECT_EQ(bright.scale, Scale::major) << tonic;
        const KeyEstimate dark = estimate_key(profile_of(minor));
        EXPECT_EQ(dark.key, tonic);
        EXPECT_EQ(dark.scale, Scale::minor) << tonic;
        EXPECT_GT(dark.strength, 0.6);
        EXPECT_GT(dark.confidence, 0.5);
    }
}

TEST(Key, NoiseIsNoKey) {
    Random random(3);
    std::vector<float> noise(10 * 16000);
    for (float& sample : noise)
        sample = static_cast<float>(0.1 * random.normal());
    std::vector<float> cadence;
    for (const double root : {48.0, 53.0, 55.0, 48.0})
        add_chord(cadence, {root, root + 4, root + 7}, 1);
    EXPECT_LT(estimate_key(profile_of(noise)).confidence, 0.6 * estimate_key(profile_of(cadence)).confidence);
}

TEST(PitchProfiler, PrintsTheCostOfAMinute) {
    std::vector<float> samples;
    for (int chord = 0; chord < 30; ++chord)
        add_chord(samples, {48.0 + chord % 7, 52.0 + chord % 7, 55.0 + chord % 7, 64.0 + chord % 5}, 1);
    const auto thread_seconds = [] {
        timespec now{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
    };
    constexpr int kMinutes = 5;
    const double start = thread_seconds();
    PitchProfiler profiler;
    for (int half = 0; half < 2 * kMinutes; ++half)
        profiler.push(samples);
    const KeyEstimate key = estimate_key(profiler.finish());
    const double seconds = (thread_seconds() - start) / kMinutes;
    std::printf("per minute of audio: pitch classes and key %.2f ms\n", 1e3 * seconds);
    EXPECT_GT(key.confidence, 0);
    // Far above what is printed: it fails when something grows faster than the length of the track.
    EXPECT_LT(seconds, 0.1);
}

}  // namespace
}  // namespace audiomuse::dsp
