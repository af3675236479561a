#include "spectral_shape.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels.h"

namespace audiomuse::dsp {

namespace {

constexpr double kRolloffShare = 0.85;
constexpr float kPowerFloor = 1e-10F;
constexpr std::size_t kMostBlocks = kMostBins / Kernels::kBlock;

/// The first bin at which the magnitudes up to it reach `wanted`: whole blocks are passed over.
std::size_t bin_reaching(double wanted, std::span<const float> magnitude, std::span<const float> block_sums) {
    double reached = 0;
    std::size_t block = 0;
    for (; block + 1 < block_sums.size(); ++block) {
        const double next = reached + static_cast<double>(block_sums[block]);
        if (next >= wanted) break;
        reached = next;
    }
    std::size_t k = block * Kernels::kBlock;
    for (; k + 1 < magnitude.size(); ++k) {
        reached += static_cast<double>(magnitude[k]);
        if (reached >= wanted) break;
    }
    return k;
}

}  // namespace

SpectralShape spectral_shape(std::span<const float> power, std::span<const float> magnitude, double bin_hz) {
    const Kernels& kernels = best_kernels();
    SpectralShape shape;
    const auto bins = static_cast<double>(power.size());
    const PowerSums floored = kernels.power_sums(power.data(), power.size(), kPowerFloor);
    shape.flatness = std::exp2(floored.log2_sum / bins) * bins / static_cast<double>(floored.sum);

    std::array<float, kMostBlocks> buffer;
    const auto blocks = std::span(buffer).first((magnitude.size() + Kernels::kBlock - 1) / Kernels::kBlock);
    kernels.block_sums(magnitude.data(), magnitude.size(), blocks.data());
    const double total = std::accumulate(blocks.begin(), blocks.end(), 0.0);
    if (!(total > 0)) return shape;
    // Bin numbers are summed, not frequencies: small and exact as floats.
    const double centre = static_cast<double>(kernels.moments(magnitude.data(), magnitude.size(), 0).first) / total;
    const float spread = kernels.moments(magnitude.data(), magnitude.size(), static_cast<float>(centre)).second;
    shape.centroid_hz = centre * bin_hz;
    shape.bandwidth_hz = std::sqrt(static_cast<double>(spread) / total) * bin_hz;
    shape.rolloff_hz = static_cast<double>(bin_reaching(kRolloffShare * total, magnitude, blocks)) * bin_hz;
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
    const Kernels& kernels = best_kernels();
    Extremes extremes;
    for (std::size_t b = 0; b < kBands; ++b) {
        const auto [first, end, count] = bands_[b];
        const ExtremeSums sums = kernels.extremes(magnitude.data() + first, end - first, count);
        extremes.peak[b] = sums.largest / static_cast<float>(count);
        extremes.valley[b] = sums.smallest / static_cast<float>(count);
    }
    return extremes;
}

}  // namespace audiomuse::dsp
