#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <complex>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <numeric>

#include "audiomuse/base/random.h"
#include "audiomuse/dsp/log_mel_patches.h"
#include "audiomuse/dsp/track_features.h"
#include "filter_banks.h"
#include "framer.h"
#include "power_spectrum.h"
#include "rhythm.h"
#include "spectral_shape.h"
#include "tuning.h"
#include "vector_math.h"

namespace audiomuse::dsp {
namespace {

namespace json = boost::json;
constexpr double kPi = std::numbers::pi;

std::vector<float> noise(std::size_t count, std::uint64_t seed) {
    Random random(seed);
    std::vector<float> samples(count);
    for (float& sample : samples)
        sample = static_cast<float>(0.1 * random.normal());
    return samples;
}

std::vector<float> sine(double hz, double seconds, double amplitude = 0.5) {
    std::vector<float> samples(static_cast<std::size_t>(seconds * 16000));
    for (std::size_t i = 0; i < samples.size(); ++i) {
        samples[i] = static_cast<float>(amplitude * std::sin(2 * kPi * hz * static_cast<double>(i) / 16000));
    }
    return samples;
}

/// Short decaying tones over faint hiss, `bpm` a minute.
std::vector<float> clicks(double bpm, double seconds) {
    std::vector<float> samples = noise(static_cast<std::size_t>(seconds * 16000), 1);
    for (float& sample : samples)
        sample *= 0.01F;
    const double period = 60 * 16000 / bpm;
    for (double start = 0; start < static_cast<double>(samples.size()); start += period) {
        const auto first = static_cast<std::size_t>(start);
        for (std::size_t i = 0; i < 3200 && first + i < samples.size(); ++i) {
            const auto time = static_cast<double>(i) / 16000;
            samples[first + i] += static_cast<float>(0.8 * std::exp(-40 * time) * std::sin(2 * kPi * 1000 * time));
        }
    }
    return samples;
}

TrackFeatures features_of(std::span<const float> samples, std::size_t block_size = 4096) {
    FeatureExtractor extractor;
    for (std::size_t at = 0; at < samples.size(); at += block_size) {
        extractor.push(samples.subspan(at, std::min(block_size, samples.size() - at)));
    }
    return extractor.finish();
}

/// Every number of the features, to compare two of them bit by bit.
std::vector<double> numbers_of(const TrackFeatures& f) {
    std::vector<double> all = {static_cast<double>(f.samples),
                               f.peak,
                               f.energy,
                               f.loudness_range_db,
                               f.tempo_librosa,
                               f.tempo_bpm,
                               f.tempo_confidence,
                               f.pulse_clarity,
                               f.tuning,
                               static_cast<double>(f.key),
                               static_cast<double>(f.scale),
                               f.key_strength,
                               f.key_confidence,
                               f.onsets_per_second};
    all.insert(all.end(), f.chroma.begin(), f.chroma.end());
    all.insert(all.end(), f.rhythm_spectrum.begin(), f.rhythm_spectrum.end());
    std::vector<MeanStd> pairs = {f.rms,      f.centroid_hz,        f.bandwidth_hz,  f.rolloff_hz,
                                  f.flatness, f.zero_crossing_rate, f.onset_strength};
    pairs.insert(pairs.end(), f.mfcc.begin(), f.mfcc.end());
    pairs.insert(pairs.end(), f.contrast.begin(), f.contrast.end());
    for (const MeanStd& pair : pairs) {
        all.push_back(pair.mean);
        all.push_back(pair.std);
    }
    return all;
}

TEST(VectorMath, AgreesWithPlainSumsForEveryLength) {
    for (std::size_t count = 0; count < 40; ++count) {
        std::vector<float> a(count);
        std::vector<float> b(count);
        std::iota(a.begin(), a.end(), 1.0F);
        std::iota(b.begin(), b.end(), 3.0F);
        EXPECT_EQ(sum(a), std::accumulate(a.begin(), a.end(), 0.0F));
        EXPECT_EQ(dot(a, b), std::inner_product(a.begin(), a.end(), b.begin(), 0.0F));
        EXPECT_EQ(largest(a), static_cast<float>(count));
    }
}

TEST(Framer, FramesAreTheSameForEveryBlockSize) {
    std::vector<float> samples(1000);
    std::iota(samples.begin(), samples.end(), 0.0F);
    for (const std::size_t block : {1U, 7U, 64U, 1000U}) {
        Framer framer(64, 16);
        std::size_t count = 0;
        for (std::size_t at = 0; at < samples.size(); at += block) {
            framer.push(std::span(samples).subspan(at, std::min<std::size_t>(block, samples.size() - at)),
                        [&](std::span<const float> frame) {
                            ASSERT_EQ(frame.size(), 64U);
                            EXPECT_EQ(frame.front(), static_cast<float>(16 * count));
                            EXPECT_EQ(frame.back(), static_cast<float>(16 * count + 63));
                            ++count;
                        });
        }
        EXPECT_EQ(count, 1 + (1000 - 64) / 16);
    }
}

TEST(PowerSpectrum, AgreesWithTheDefinition) {
    const std::vector<float> frame = noise(512, 3);
    PowerSpectrum spectrum(512);
    const std::span<const float> power = spectrum(frame);
    for (std::size_t k = 0; k < power.size(); ++k) {
        std::complex<double> bin;
        for (std::size_t i = 0; i < 512; ++i) {
            const double window = 0.5 - 0.5 * std::cos(2 * kPi * static_cast<double>(i) / 512);
            bin += window * static_cast<double>(frame[i]) *
                   std::polar(1.0, -2 * kPi * static_cast<double>(i * k % 512) / 512);
        }
        EXPECT_NEAR(static_cast<double>(power[k]), std::norm(bin), 1e-5) << k;
    }
}

TEST(MelFilterBank, SparseRowsGiveTheDenseProduct) {
    const MelFilterBank bank({16000, 2048, 128, 0, 8000});
    const std::vector<float> power = noise(1025, 4);
    std::vector<float> out(bank.bands());
    bank.apply(power, out);
    for (std::size_t b = 0; b < bank.bands(); ++b) {
        const std::vector<float> row = bank.row(b);
        double expected = 0;
        for (std::size_t k = 0; k < row.size(); ++k)
            expected += static_cast<double>(row[k]) * static_cast<double>(power[k]);
        EXPECT_NEAR(static_cast<double>(out[b]), expected, 1e-6) << b;
        EXPECT_GT(sum(row), 0) << "empty filter " << b;
    }
}

TEST(Tuning, FindsHowSharpAToneIs) {
    for (const double cents : {-40.0, -15.0, 5.0, 30.0, 45.0}) {
        TuningEstimator estimator(16000, 2048);
        PowerSpectrum spectrum(2048);
        Framer framer(2048, 512);
        for (const double hz : {220.0, 440.0, 880.0, 1760.0}) {
            framer.push(sine(hz * std::exp2(cents / 1200), 0.5), [&](auto frame) { estimator.add(spectrum(frame)); });
        }
        EXPECT_NEAR(estimator.estimate(), cents / 100, 0.0401) << cents;
    }
    EXPECT_EQ(TuningEstimator(16000, 2048).estimate(), 0);
}

TEST(SpectralShape, AgreesWithTheDefinitions) {
    std::vector<float> power = noise(1025, 5);
    for (float& value : power)
        value = value * value;
    std::vector<float> magnitude(power.size());
    std::transform(power.begin(), power.end(), magnitude.begin(), [](float p) { return std::sqrt(p); });
    const SpectralShape shape = spectral_shape(power, magnitude, 7.8125);

    double total = 0, weighted = 0, logs = 0, powers = 0;
    for (std::size_t k = 0; k < power.size(); ++k) {
        total += static_cast<double>(magnitude[k]);
        weighted += static_cast<double>(magnitude[k]) * static_cast<double>(k) * 7.8125;
        const double floored = std::max(1e-10, static_cast<double>(power[k]));
        logs += std::log(floored);
        powers += floored;
    }
    const double centroid = weighted / total;
    double spread = 0, cumulated = 0, rolloff = -1;
    for (std::size_t k = 0; k < power.size(); ++k) {
        const double hz = static_cast<double>(k) * 7.8125;
        spread += static_cast<double>(magnitude[k]) * (hz - centroid) * (hz - centroid);
        cumulated += static_cast<double>(magnitude[k]);
        if (rolloff < 0 && cumulated >= 0.85 * total) rolloff = hz;
    }
    EXPECT_NEAR(shape.centroid_hz / centroid, 1, 1e-5);
    EXPECT_NEAR(shape.bandwidth_hz / std::sqrt(spread / total), 1, 1e-5);
    EXPECT_NEAR(shape.rolloff_hz, rolloff, 1e-6);
    EXPECT_NEAR(shape.flatness, std::exp(logs / 1025) / (powers / 1025), 1e-5);

    const std::vector<float> silence(1025, 0.0F);
    const SpectralShape nothing = spectral_shape(silence, silence, 7.8125);
    EXPECT_EQ(nothing.centroid_hz, 0);
    EXPECT_EQ(nothing.rolloff_hz, 0);
    EXPECT_NEAR(nothing.flatness, 1, 1e-5);
}

TEST(ContrastBands, AgreeWithSorting) {
    std::vector<float> magnitude = noise(1025, 6);
    for (float& value : magnitude)
        value = std::abs(value);
    const ContrastBands::Extremes extremes = ContrastBands(16000, 2048)(magnitude);
    // First and one past the last bin of each band, and 2 % of the bins, worked out by hand from the band edges in Hz.
    constexpr std::array<std::array<std::size_t, 3>, 7> kBands = {
        {{0, 25, 1}, {25, 51, 1}, {51, 102, 1}, {102, 204, 2}, {204, 409, 4}, {409, 819, 8}, {819, 1025, 4}}};
    for (std::size_t b = 0; b < kBands.size(); ++b) {
        const auto [first, end, count] = kBands[b];
        std::vector<float> sorted(magnitude.begin() + static_cast<std::ptrdiff_t>(first),
                                  magnitude.begin() + static_cast<std::ptrdiff_t>(end));
        std::sort(sorted.begin(), sorted.end());
        const auto share = static_cast<std::ptrdiff_t>(count);
        const float divisor = static_cast<float>(count);
        EXPECT_NEAR(extremes.valley[b], std::accumulate(sorted.begin(), sorted.begin() + share, 0.0F) / divisor, 1e-7)
            << b;
        EXPECT_NEAR(extremes.peak[b], std::accumulate(sorted.end() - share, sorted.end(), 0.0F) / divisor, 1e-6) << b;
    }
}

TEST(Rhythm, TempogramAgreesWithDirectCorrelation) {
    std::vector<float> envelope = noise(300, 8);
    for (float& value : envelope)
        value = std::abs(value);
    const std::size_t lags = 64;
    const std::vector<double> fast = mean_tempogram(envelope, lags);
    std::vector<double> padded(envelope.size() + lags);
    for (std::size_t i = 0; i < padded.size(); ++i) {
        const double half = static_cast<double>(lags) / 2;
        if (i < lags / 2) {
            padded[i] = static_cast<double>(envelope.front()) * static_cast<double>(i) / half;
        } else if (i < lags / 2 + envelope.size()) {
            padded[i] = static_cast<double>(envelope[i - lags / 2]);
        } else {
            padded[i] = static_cast<double>(envelope.back()) * static_cast<double>(padded.size() - 1 - i) / half;
        }
    }
    const std::vector<float> window = periodic_hann(lags);
    std::vector<double> slow(lags);
    for (std::size_t t = 0; t < envelope.size(); ++t) {
        std::vector<double> correlation(lags);
        for (std::size_t lag = 0; lag < lags; ++lag) {
            for (std::size_t i = lag; i < lags; ++i) {
                correlation[lag] += padded[t + i] * static_cast<double>(window[i]) * padded[t + i - lag] *
                                    static_cast<double>(window[i - lag]);
            }
        }
        for (std::size_t lag = 0; lag < lags; ++lag)
            slow[lag] += correlation[lag] / correlation[0] / 300;
    }
    for (std::size_t lag = 0; lag < lags; ++lag)
        EXPECT_NEAR(fast[lag], slow[lag], 1e-6) << lag;
}

TEST(Features, ClicksHaveTheirTempoAndOnsets) {
    for (const double bpm : {75.0, 93.75, 117.1875, 133.93}) {
        const TrackFeatures features = features_of(clicks(bpm, 20));
        EXPECT_NEAR(features.tempo_bpm / bpm, 1, 0.005) << bpm;
        EXPECT_NEAR(features.tempo_librosa, bpm, 0.01) << bpm;
        EXPECT_GT(features.tempo_confidence, 0.5) << bpm;
        EXPECT_NEAR(features.onsets_per_second, bpm / 60, 0.15) << bpm;
        EXPECT_GT(features.pulse_clarity, 0.3) << bpm;
        EXPECT_NEAR(std::accumulate(features.rhythm_spectrum.begin(), features.rhythm_spectrum.end(), 0.0), 1, 1e-5);
    }
    EXPECT_LT(features_of(noise(20 * 16000, 9)).pulse_clarity, 0.3);
    // The rhythm spectrum is blind to octaves: double the tempo, and it looks the same more than any other tempo does.
    const auto distance = [](const std::array<float, 8>& a, const std::array<float, 8>& b) {
        return std::inner_product(a.begin(), a.end(), b.begin(), 0.0, std::plus<>(),
                                  [](float x, float y) { return std::abs(static_cast<double>(x - y)); });
    };
    const auto slow = features_of(clicks(75, 20)).rhythm_spectrum;
    const auto twice = features_of(clicks(150, 20)).rhythm_spectrum;
    const auto other = features_of(clicks(106, 20)).rhythm_spectrum;
    EXPECT_LT(distance(slow, twice), distance(slow, other));
}

TEST(Features, DoNotDependOnBlockSizes) {
    std::vector<float> samples = clicks(120, 4);
    const std::vector<float> hiss = noise(samples.size(), 10);
    std::transform(samples.begin(), samples.end(), hiss.begin(), samples.begin(), std::plus<>());
    samples.resize(samples.size() - 123);
    const std::vector<double> whole = numbers_of(features_of(samples, samples.size()));
    for (const std::size_t block : {1U, 100U, 512U, 4096U})
        EXPECT_EQ(numbers_of(features_of(samples, block)), whole) << block;
}

TEST(Features, TuningSettlesAfterTwoMinutesAndChromaGoesOn) {
    // Two minutes of A, then as much of D: both must be in the chroma, with the tuning of the first part.
    std::vector<float> samples = sine(440 * std::exp2(0.2 / 12), 121);
    const std::vector<float> later = sine(293.66, 121);
    samples.insert(samples.end(), later.begin(), later.end());
    const TrackFeatures features = features_of(samples, 65536);
    EXPECT_NEAR(features.tuning, 0.2, 0.011);
    EXPECT_NEAR(features.chroma[9], 0.5, 0.06);
    EXPECT_NEAR(features.chroma[2], 0.5, 0.06);
}

TEST(Features, LevelsOfKnownSignals) {
    const TrackFeatures tone = features_of(sine(1000, 4));
    EXPECT_NEAR(tone.peak, 0.5, 1e-3);
    EXPECT_NEAR(tone.energy, 0.5 / std::sqrt(2.0), 5e-3);
    EXPECT_NEAR(tone.centroid_hz.mean, 1000, 30);
    EXPECT_NEAR(tone.zero_crossing_rate.mean, 2000.0 / 16000, 2e-3);
    EXPECT_LT(tone.loudness_range_db, 3);
    std::vector<float> two_levels = sine(500, 10, 0.5);
    for (std::size_t i = two_levels.size() / 2; i < two_levels.size(); ++i)
        two_levels[i] *= 0.1F;
    EXPECT_NEAR(features_of(two_levels).loudness_range_db, 20, 1);
}

TEST(Features, SilenceAndNothingAreFinite) {
    for (const std::size_t count : {0U, 1U, 100U, 512U, 2047U, 40000U}) {
        const TrackFeatures features = features_of(std::vector<float>(count));
        EXPECT_TRUE(features.silent);
        EXPECT_EQ(features.tempo_bpm, 0);
        EXPECT_EQ(features.energy, 0);
        for (const double value : numbers_of(features))
            EXPECT_TRUE(std::isfinite(value)) << count;
    }
    for (const std::size_t count : {1U, 100U, 2048U}) {
        const TrackFeatures features = features_of(noise(count, 11));
        EXPECT_FALSE(features.silent);
        EXPECT_EQ(features.samples, static_cast<std::int64_t>(count));
        for (const double value : numbers_of(features))
            EXPECT_TRUE(std::isfinite(value)) << count;
    }
}

TEST(LogMelPatches, AgreeWithTheDefinitionAndDropTheRest) {
    // 2 patches and 186 frames more.
    const std::vector<float> samples = noise(512 + 256 * (3 * 187 - 2), 12);
    std::vector<std::vector<float>> patches;
    LogMelPatches maker([&](std::span<const float> patch) { patches.emplace_back(patch.begin(), patch.end()); });
    for (std::size_t at = 0; at < samples.size(); at += 1000) {
        maker.push(std::span(samples).subspan(at, std::min<std::size_t>(1000, samples.size() - at)));
    }
    EXPECT_EQ(maker.frames(), 3U * 187 - 1);
    EXPECT_EQ(maker.patches(), 2U);
    ASSERT_EQ(patches.size(), 2U);

    const MelFilterBank bank({16000, 512, 96, 0, 8000});
    PowerSpectrum spectrum(512);
    for (const std::size_t frame : {0U, 186U, 187U, 300U, 373U}) {
        const std::span<const float> power = spectrum(std::span(samples).subspan(frame * 256, 512));
        for (std::size_t b = 0; b < 96; ++b) {
            const std::vector<float> row = bank.row(b);
            const double mel = std::inner_product(row.begin(), row.end(), power.begin(), 0.0);
            EXPECT_NEAR(static_cast<double>(patches[frame / 187][frame % 187 * 96 + b]), std::log10(1 + 1e4 * mel),
                        2e-6);
        }
    }
}

/// Building blocks against values from librosa.
class Goldens : public testing::Test {
protected:
    void SetUp() override {
        if (!std::filesystem::exists(folder_)) GTEST_SKIP() << "no reference values at " << folder_;
    }
    json::value load(const std::string& name) const {
        std::ifstream in(folder_ / name, std::ios::binary);
        return json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
    }
    const std::filesystem::path folder_ = std::filesystem::path(AUDIOMUSE_SHARED_DIR) / "goldens" / "dsp";
};

TEST_F(Goldens, ShortTimeSpectra) {
    const json::value golden = load("stft_short.json");
    const auto input = json::value_to<std::vector<float>>(golden.at("input"));
    const auto compare = [](const std::vector<float>& samples, const json::value& expected) {
        const auto rows = json::value_to<std::vector<std::vector<double>>>(expected);
        Framer framer(512, 256);
        PowerSpectrum spectrum(512);
        std::size_t frame_count = 0;
        framer.push(samples, [&](std::span<const float> frame) {
            ASSERT_LT(frame_count, rows.size());
            const std::span<const float> power = spectrum(frame);
            for (std::size_t k = 0; k < power.size(); ++k) {
                EXPECT_NEAR(std::sqrt(static_cast<double>(power[k])), rows[frame_count][k], 1e-5)
                    << frame_count << " " << k;
            }
            ++frame_count;
        });
        EXPECT_EQ(frame_count, rows.size());
    };
    compare(input, golden.at("center_false"));
    std::vector<float> padded(256);
    padded.insert(padded.end(), input.begin(), input.end());
    padded.resize(padded.size() + 256);
    compare(padded, golden.at("center_true_zero_pad"));
}

TEST_F(Goldens, MelFilterBanks) {
    const json::value golden = load("mel_filterbanks.json");
    const std::vector<std::pair<const char*, MelShape>> banks = {{"musicnn", {16000, 512, 96, 0, 8000}},
                                                                 {"dclap", {48000, 2048, 128, 0, 14000}}};
    for (const auto& [name, shape] : banks) {
        const MelFilterBank bank(shape);
        const json::array& rows = golden.at(name).at("rows").as_array();
        ASSERT_EQ(rows.size(), bank.bands());
        for (std::size_t b = 0; b < rows.size(); ++b) {
            const auto sparse = json::value_to<std::vector<double>>(rows[b]);
            std::vector<double> expected(shape.fft_size / 2 + 1);
            std::copy(sparse.begin() + 1, sparse.end(), expected.begin() + static_cast<std::ptrdiff_t>(sparse[0]));
            const std::vector<float> row = bank.row(b);
            for (std::size_t k = 0; k < row.size(); ++k) {
                EXPECT_NEAR(static_cast<double>(row[k]), expected[k], 1e-8) << name << " " << b << " " << k;
            }
        }
    }
}

TEST_F(Goldens, ChromaFilterBank) {
    const json::value golden = load("chroma_filterbank.json");
    const auto rows = json::value_to<std::vector<std::vector<double>>>(golden.at("tuning_0"));
    const ChromaFilterBank bank(16000, 2048, 0);
    for (std::size_t c = 0; c < 12; ++c) {
        ASSERT_EQ(rows[c].size(), bank.row(c).size());
        for (std::size_t k = 0; k < rows[c].size(); ++k) {
            EXPECT_NEAR(static_cast<double>(bank.row(c)[k]), rows[c][k], 1e-6) << c << " " << k;
        }
    }
    const auto sums_agree = [&](double tuning, const char* name) {
        const auto sums = json::value_to<std::vector<double>>(golden.at(name));
        const ChromaFilterBank tuned(16000, 2048, tuning);
        for (std::size_t c = 0; c < 12; ++c) {
            EXPECT_NEAR(std::accumulate(tuned.row(c).begin(), tuned.row(c).end(), 0.0), sums[c], 1e-4)
                << name << " " << c;
        }
    };
    sums_agree(0.25, "tuning_0.25_row_sums");
    sums_agree(-0.1, "tuning_-0.1_row_sums");
}

}  // namespace
}  // namespace audiomuse::dsp
