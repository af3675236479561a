#include "spectral_shape.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "vector_math.h"

namespace audiomuse::dsp {

namespace {

constexpr double kRolloffShare = 0.85;
constexpr float kPowerFloor = 1e-10F;

/// Sum of log(max(floor, x)). Logarithms are slow, so they are taken of products: 16 factors between 1e-10 and 1e18 fit
/// a double.
double sum_of_logs(std::span<const float> power) {
    constexpr std::size_t kFactors = 16;
    double total = 0;
    std::size_t i = 0;
    while (i < power.size()) {
        double product = 1;
        for (const std::size_t end = std::min(power.size(), i + kFactors); i < end; ++i) {
            product *= static_cast<double>(std::max(kPowerFloor, power[i]));
        }
        total += std::log(product);
    }
    return total;
}

/// Mean of the `count` largest values. A short sorted list does: `count` is at most a few percent. Most groups of lanes
/// hold nothing new and are passed over at once, the more so when large values come first.
float mean_of_largest(std::span<const float> values, std::size_t count) {
    std::array<float, 32> best{};
    std::fill_n(best.begin(), count, -std::numeric_limits<float>::infinity());
    const float* const v = values.data();
    for (std::size_t start = 0; start < values.size(); start += kLanes) {
        const float least = best[count - 1];
        const std::size_t end = std::min(start + kLanes, values.size());
        if (end - start == kLanes) {
            int news = 0;
            for (std::size_t lane = 0; lane < kLanes; ++lane)
                news |= v[start + lane] > least ? 1 : 0;
            if (news == 0) continue;
        }
        for (std::size_t i = start; i < end; ++i) {
            const float value = v[i];
            if (value <= best[count - 1]) continue;
            std::size_t place = count - 1;
            for (; place > 0 && value > best[place - 1]; --place)
                best[place] = best[place - 1];
            best[place] = value;
        }
    }
    return sum(std::span(best).first(count)) / static_cast<float>(count);
}

}  // namespace

SpectralShape spectral_shape(std::span<const float> power, std::span<const float> magnitude, double bin_hz) {
    SpectralShape shape;
    const auto bins = static_cast<double>(power.size());
    const float* const p = power.data();
    const float mean_power =
        sum_terms(power.size(), [p](std::size_t k) { return std::max(kPowerFloor, p[k]); }) / static_cast<float>(bins);
    shape.flatness = std::exp(sum_of_logs(power) / bins) / static_cast<double>(mean_power);

    const float* const m = magnitude.data();
    const float total = sum(magnitude);
    if (!(total > 0)) return shape;
    // Bin numbers are summed, not frequencies: small and exact as floats.
    const float centre =
        sum_terms(magnitude.size(), [m](std::size_t k) { return m[k] * static_cast<float>(static_cast<int>(k)); }) /
        total;
    const float spread = sum_terms(magnitude.size(),
                                   [m, centre](std::size_t k) {
                                       const float distance = static_cast<float>(static_cast<int>(k)) - centre;
                                       return m[k] * distance * distance;
                                   }) /
                         total;
    shape.centroid_hz = static_cast<double>(centre) * bin_hz;
    shape.bandwidth_hz = std::sqrt(static_cast<double>(spread)) * bin_hz;

    const double wanted = kRolloffShare * static_cast<double>(total);
    double reached = 0;
    std::size_t k = 0;
    for (; k + 1 < magnitude.size(); ++k) {
        reached += static_cast<double>(magnitude[k]);
        if (reached >= wanted) break;
    }
    shape.rolloff_hz = static_cast<double>(k) * bin_hz;
    return shape;
}

ContrastBands::ContrastBands(int sample_rate, std::size_t fft_size) {
    constexpr double kLowestHz = 200;
    constexpr double kQuantile = 0.02;
    const double bin_hz = static_cast<double>(sample_rate) / static_cast<double>(fft_size);
    const std::size_t bins = fft_size / 2 + 1;
    double low_hz = 0;
    double high_hz = kLowestHz;
    for (std::size_t b = 0; b < kBands; ++b) {
        // As librosa: both edges belong to a band, all but the first take one bin more below, all but the last leave
        // out the topmost one, and the last goes on to the end.
        std::size_t first = static_cast<std::size_t>(std::ceil(low_hz / bin_hz));
        std::size_t end = std::min(bins, static_cast<std::size_t>(std::floor(high_hz / bin_hz)) + 1);
        if (b > 0) --first;
        if (b + 1 == kBands) end = bins;
        const auto count = static_cast<double>(end - first);
        bands_[b] = {first, b + 1 < kBands ? end - 1 : end,
                     static_cast<std::size_t>(std::max(1.0, std::nearbyint(kQuantile * count)))};
        low_hz = high_hz;
        high_hz *= 2;
    }
}

ContrastBands::Extremes ContrastBands::operator()(std::span<const float> magnitude) const {
    Extremes extremes;
    std::array<float, 512> negated{};
    for (std::size_t b = 0; b < kBands; ++b) {
        const auto [first, end, count] = bands_[b];
        const std::span<const float> band = magnitude.subspan(first, end - first);
        extremes.peak[b] = mean_of_largest(band, count);
        // Spectra fall towards high frequencies, so the weakest bins are met first from the top.
        std::transform(band.rbegin(), band.rend(), negated.begin(), std::negate<float>());
        extremes.valley[b] = -mean_of_largest(std::span(negated).first(band.size()), count);
    }
    return extremes;
}

}  // namespace audiomuse::dsp
