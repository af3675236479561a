#include "tuning.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "vector_math.h"

namespace audiomuse::dsp {

namespace {

constexpr double kLowHz = 150;
constexpr double kHighHz = 4000;
constexpr float kThreshold = 0.1F;
constexpr std::size_t kTuningBins = 100;

}  // namespace

TuningEstimator::TuningEstimator(int sample_rate, std::size_t fft_size)
    : bin_hz_(static_cast<double>(sample_rate) / static_cast<double>(fft_size)),
      first_bin_(static_cast<std::size_t>(std::ceil(kLowHz / bin_hz_))),
      end_bin_(static_cast<std::size_t>(std::ceil(kHighHz / bin_hz_))) {}

void TuningEstimator::add(std::span<const float> power) {
    const float floor = kThreshold * largest(power);
    for (std::size_t k = first_bin_; k < end_bin_; ++k) {
        // Most bins lie below the floor: whole lanes of them are passed over.
        while (k + kLanes < end_bin_ && largest(power.subspan(k, kLanes)) <= floor)
            k += kLanes;
        const float here = power[k];
        if (!(here > floor) || !(here > power[k - 1]) || !(here >= power[k + 1])) continue;
        // The vertex of the parabola through the three points.
        const float curvature = power[k + 1] + power[k - 1] - 2 * here;
        const float slope = (power[k + 1] - power[k - 1]) / 2;
        const float shift = std::abs(slope) >= std::abs(curvature) ? 0.0F : -slope / curvature;
        peaks_.push_back({static_cast<float>((static_cast<double>(k) + static_cast<double>(shift)) * bin_hz_),
                          here + 0.5F * slope * shift});
    }
}

double TuningEstimator::estimate() const {
    if (peaks_.empty()) return 0;
    std::vector<float> powers;
    powers.reserve(peaks_.size());
    for (const Peak& peak : peaks_)
        powers.push_back(peak.power);
    const auto middle = powers.begin() + static_cast<std::ptrdiff_t>(powers.size() / 2);
    std::nth_element(powers.begin(), middle, powers.end());
    float median = *middle;
    if (powers.size() % 2 == 0) median = (median + *std::max_element(powers.begin(), middle)) / 2;

    std::array<double, kTuningBins + 1> edges{};
    for (std::size_t i = 0; i < edges.size(); ++i)
        edges[i] = -0.5 + 0.01 * static_cast<double>(i);
    std::array<std::size_t, kTuningBins> counts{};
    for (const Peak& peak : peaks_) {
        if (peak.power < median) continue;
        // Single precision on purpose: a tone in tune lies on the border of two bins and must fall as in librosa.
        const float semitones = 12.0F * std::log2(peak.hz / 27.5F);
        float residual = semitones - std::floor(semitones);
        if (residual >= 0.5F) residual -= 1.0F;
        const auto above = std::upper_bound(edges.begin(), edges.end() - 1, static_cast<double>(residual));
        if (above != edges.begin()) ++counts[static_cast<std::size_t>(above - edges.begin()) - 1];
    }
    return edges[static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin())];
}

}  // namespace audiomuse::dsp
