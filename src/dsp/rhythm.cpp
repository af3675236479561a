#include "rhythm.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "audiomuse/wrap/fftw/real_fft.h"
#include "power_spectrum.h"
#include "vector_math.h"

namespace audiomuse::dsp {

namespace {

constexpr double kSlowestBpm = 40;
constexpr double kFastestBpm = 320;

/// Lags whose tempo lies in [kSlowestBpm, kFastestBpm): the first and one past the last.
std::pair<std::size_t, std::size_t> beat_lags(std::size_t lags) {
    const auto first = static_cast<std::size_t>(std::floor(60 * kEnvelopeRate / kFastestBpm)) + 1;
    const auto last = static_cast<std::size_t>(std::floor(60 * kEnvelopeRate / kSlowestBpm));
    return {first, std::min(lags, last + 1)};
}

double mean_over(std::span<const double> values, std::size_t first, std::size_t end) {
    if (end <= first) return 0;
    const auto part = values.subspan(first, end - first);
    return std::accumulate(part.begin(), part.end(), 0.0) / static_cast<double>(part.size());
}

}  // namespace

std::vector<double> mean_tempogram(std::span<const float> envelope, std::size_t lags) {
    std::vector<double> mean(lags);
    if (envelope.empty()) return mean;
    const std::size_t pad = lags / 2;
    std::vector<float> padded(envelope.size() + 2 * pad);
    std::copy(envelope.begin(), envelope.end(), padded.begin() + static_cast<std::ptrdiff_t>(pad));
    for (std::size_t i = 0; i < pad; ++i) {
        const float ramp = static_cast<float>(i) / static_cast<float>(pad);
        padded[i] = envelope.front() * ramp;
        padded[padded.size() - 1 - i] = envelope.back() * ramp;
    }

    // Zeros behind the window make the circular correlation a linear one. The transform is linear, so the powers are
    // averaged and brought back once; an autocorrelation is largest at lag 0, where it is the mean of the powers.
    wrap::fftw::RealFft fft(std::bit_ceil(2 * lags));
    PowerSpectrum spectrum(fft.size(), periodic_hann(lags));
    std::vector<double> powers(spectrum.bins());
    for (std::size_t start = 0; start < envelope.size(); ++start) {
        const std::span<const float> power = spectrum(std::span(padded).subspan(start, lags));
        const float peak =
            (2 * sum(power) - power.front() - power.back()) / static_cast<float>(static_cast<int>(fft.size()));
        if (!(peak > std::numeric_limits<float>::min())) continue;
        const float scale = 1 / peak;
        for (std::size_t k = 0; k < powers.size(); ++k)
            powers[k] += static_cast<double>(power[k] * scale);
    }
    const double frames = static_cast<double>(envelope.size());
    for (std::size_t k = 0; k < powers.size(); ++k)
        fft.spectrum()[k] = static_cast<float>(powers[k] / frames);
    fft.inverse();
    for (std::size_t lag = 0; lag < lags; ++lag)
        mean[lag] = static_cast<double>(fft.signal()[lag]) / static_cast<double>(fft.size());
    return mean;
}

double lag_to_bpm(std::size_t lag) {
    return 60 * kEnvelopeRate / static_cast<double>(lag);
}

std::size_t tempo_lag(std::span<const double> tempogram) {
    constexpr double kStartBpm = 120;
    if (std::all_of(tempogram.begin(), tempogram.end(), [](double value) { return value == 0; })) return 0;
    std::size_t best = 0;
    double best_score = -std::numeric_limits<double>::infinity();
    for (std::size_t lag = 1; lag < tempogram.size(); ++lag) {
        const double bpm = lag_to_bpm(lag);
        if (bpm >= kFastestBpm) continue;
        const double octaves = std::log2(bpm / kStartBpm);
        const double score = std::log1p(1e6 * std::max(0.0, tempogram[lag])) - 0.5 * octaves * octaves;
        if (score > best_score) {
            best_score = score;
            best = lag;
        }
    }
    return best;
}

double pulse_clarity(std::span<const double> tempogram, std::size_t lag) {
    if (lag == 0) return 0;
    const auto [first, end] = beat_lags(tempogram.size());
    const double mean = mean_over(tempogram, first, end);
    return mean < 1 ? std::clamp((tempogram[lag] - mean) / (1 - mean), 0.0, 1.0) : 0;
}

std::array<float, 8> rhythm_spectrum(std::span<const double> tempogram) {
    constexpr std::size_t kPointsPerBand = 8;
    std::array<double, 8> bands{};
    const auto [first, end] = beat_lags(tempogram.size());
    const double mean = mean_over(tempogram, first, end);
    const double octaves = std::log2(kFastestBpm / kSlowestBpm);
    const auto points = static_cast<std::size_t>(octaves) * bands.size() * kPointsPerBand;
    for (std::size_t i = 0; i < points; ++i) {
        const double octave = octaves * (static_cast<double>(i) + 0.5) / static_cast<double>(points);
        // Lags are coarse at fast tempi, so the tempogram is read between them.
        const double lag = 60 * kEnvelopeRate / (kSlowestBpm * std::exp2(octave));
        const auto below = static_cast<std::size_t>(lag);
        if (below + 1 >= tempogram.size()) continue;
        const double value = std::lerp(tempogram[below], tempogram[below + 1], lag - static_cast<double>(below));
        const double position = octave - std::floor(octave);
        bands[static_cast<std::size_t>(position * static_cast<double>(bands.size()))] += std::max(0.0, value - mean);
    }
    const double total = std::accumulate(bands.begin(), bands.end(), 0.0);
    std::array<float, 8> shares{};
    if (total > 0) {
        for (std::size_t b = 0; b < bands.size(); ++b)
            shares[b] = static_cast<float>(bands[b] / total);
    }
    return shares;
}

std::size_t count_onsets(std::span<const float> envelope) {
    constexpr std::size_t kPeakReach = 2;
    constexpr std::size_t kMeanReach = 3;
    constexpr float kAboveMean = 0.07F;
    if (envelope.empty()) return 0;
    const auto [low, high] = std::minmax_element(envelope.begin(), envelope.end());
    const float range = *high - *low;
    if (!(range > 0)) return 0;
    const auto around = [&](std::size_t i, std::size_t reach) {
        const std::size_t from = i >= reach ? i - reach : 0;
        return envelope.subspan(from, std::min(envelope.size(), i + reach + 1) - from);
    };
    std::size_t onsets = 0;
    std::size_t next_allowed = 0;
    for (std::size_t i = 0; i < envelope.size(); ++i) {
        const auto neighbours = around(i, kPeakReach);
        if (i < next_allowed || envelope[i] < *std::max_element(neighbours.begin(), neighbours.end())) continue;
        const auto wider = around(i, kMeanReach);
        const float mean = std::accumulate(wider.begin(), wider.end(), 0.0F) / static_cast<float>(wider.size());
        if ((envelope[i] - mean) / range < kAboveMean) continue;
        ++onsets;
        next_allowed = i + kPeakReach + 1;  // of equal values the first counts
    }
    return onsets;
}

}  // namespace audiomuse::dsp
