// Every instruction set this CPU has, against plain loops in double precision.
#include "kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <numeric>
#include <ostream>
#include <vector>

#include "audiomuse/base/random.h"

namespace audiomuse::dsp {

/// Shown in test names.
static void PrintTo(const Kernels& kernels, std::ostream* out) {
    *out << kernels.name;
}

namespace {

// Every remainder of whole vectors and blocks, and the sizes in use.
const std::vector<std::size_t> kLengths = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100, 512, 1025, 2048};

std::vector<float> normal_values(std::size_t count, std::uint64_t seed) {
    Random random(seed);
    std::vector<float> values(count);
    for (float& value : values)
        value = static_cast<float>(random.normal());
    return values;
}

std::vector<float> powers(std::size_t count, std::uint64_t seed) {
    std::vector<float> values = normal_values(count, seed);
    for (float& value : values)
        value = std::exp(4 * value);
    return values;
}

class EveryKernel : public testing::TestWithParam<Kernels> {
protected:
    const Kernels& kernels_ = GetParam();
};

TEST_P(EveryKernel, ElementByElement) {
    for (const std::size_t n : kLengths) {
        const std::vector<float> a = normal_values(n, 1);
        const std::vector<float> b = powers(n, 2);
        std::vector<float> out(n);
        kernels_.multiply(a.data(), b.data(), n, out.data());
        for (std::size_t i = 0; i < n; ++i)
            EXPECT_EQ(out[i], a[i] * b[i]);
        kernels_.square_roots(b.data(), n, out.data());
        for (std::size_t i = 0; i < n; ++i)
            EXPECT_EQ(out[i], std::sqrt(b[i]));
    }
}

TEST_P(EveryKernel, Logarithms) {
    // From the smallest normal number to the largest, finely around 1 where the logarithm is 0.
    std::vector<float> values = {1.17549435e-38F, 3.4e38F, 1.0F, 0.0F, -1.0F};
    for (int i = -2000; i < 2000; ++i)
        values.push_back(1 + static_cast<float>(i) * 1e-4F);
    for (const float value : powers(1000, 3))
        values.push_back(value * value);
    for (const LogShape& shape : {LogShape{}, LogShape{.gain = 1e4F, .offset = 1, .floor = 1, .factor = 0.30103F}}) {
        std::vector<float> out = values;
        kernels_.logarithms(out.data(), out.size(), shape);
        for (std::size_t i = 0; i < out.size(); ++i) {
            const float argument = std::max(shape.floor, shape.offset + shape.gain * values[i]);
            if (!std::isfinite(argument)) continue;
            const double expected = static_cast<double>(shape.factor) * std::log2(static_cast<double>(argument));
            EXPECT_NEAR(static_cast<double>(out[i]), expected, 1e-7 + 2e-7 * std::abs(expected)) << values[i];
        }
    }
    for (const std::size_t n : kLengths) {
        std::vector<float> part(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n + 1));
        kernels_.logarithms(part.data(), n, {});
        EXPECT_EQ(part[n], values[n]) << "wrote past the end";
    }
}

TEST_P(EveryKernel, BandSums) {
    const std::vector<float> x = powers(200, 4);
    const std::vector<float> weights = normal_values(200, 5);
    std::vector<BandWeights> bands;
    for (std::uint32_t count = 0; count < 40; ++count)
        bands.push_back({count, 2 * count, count});
    std::vector<float> out(bands.size());
    kernels_.band_sums(x.data(), weights.data(), bands.data(), bands.size(), out.data());
    for (std::size_t b = 0; b < bands.size(); ++b) {
        double expected = 0;
        double size = 0;
        for (std::size_t i = 0; i < bands[b].count; ++i) {
            const double term = static_cast<double>(x[b + i]) * static_cast<double>(weights[2 * b + i]);
            expected += term;
            size += std::abs(term);
        }
        EXPECT_NEAR(static_cast<double>(out[b]), expected, 1e-6 * size);
    }
}

TEST_P(EveryKernel, RealPowers) {
    for (const std::size_t half : {2U, 4U, 8U, 14U, 32U, 256U}) {
        const std::size_t size = 2 * half;
        const std::vector<float> signal = normal_values(size, half);
        const auto bin = [](std::span<const std::complex<double>> values, std::size_t k) {
            std::complex<double> total;
            for (std::size_t i = 0; i < values.size(); ++i) {
                total += values[i] * std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(i * k) /
                                                         static_cast<double>(values.size()));
            }
            return total;
        };
        std::vector<std::complex<double>> real(size);
        std::vector<std::complex<double>> pairs(half);
        for (std::size_t i = 0; i < size; ++i)
            real[i] = static_cast<double>(signal[i]);
        for (std::size_t i = 0; i < half; ++i)
            pairs[i] = {static_cast<double>(signal[2 * i]), static_cast<double>(signal[2 * i + 1])};
        std::vector<float> packed;
        std::vector<float> turns(2 * (half / 2 + 1));
        for (std::size_t k = 0; k < half; ++k) {
            packed.push_back(static_cast<float>(bin(pairs, k).real()));
            packed.push_back(static_cast<float>(bin(pairs, k).imag()));
        }
        for (std::size_t k = 0; k <= half / 2; ++k) {
            const double angle = std::numbers::pi * static_cast<double>(k) / static_cast<double>(half);
            turns[k] = static_cast<float>(std::cos(angle));
            turns[half / 2 + 1 + k] = static_cast<float>(std::sin(angle));
        }
        std::vector<float> power(half + 1);
        kernels_.real_powers(packed.data(), turns.data(), half, power.data());
        for (std::size_t k = 0; k <= half; ++k) {
            EXPECT_NEAR(static_cast<double>(power[k]), std::norm(bin(real, k)), 1e-4 * static_cast<double>(half))
                << half << " " << k;
        }
    }
}

TEST_P(EveryKernel, HopSums) {
    for (const std::size_t n : kLengths) {
        std::vector<float> samples = normal_values(n + 1, n);
        samples[n / 2] = 0;
        samples[n] = -7;
        const HopSums sums = kernels_.hop_sums(samples.data() + 1, n, 1e-10F);
        double squares = 0;
        int crossings = 0;
        for (std::size_t i = 1; i <= n; ++i) {
            squares += static_cast<double>(samples[i]) * static_cast<double>(samples[i]);
            crossings += (samples[i] < 0) != (samples[i - 1] < 0) ? 1 : 0;
        }
        EXPECT_NEAR(static_cast<double>(sums.squares), squares, 1e-6 * squares);
        EXPECT_EQ(sums.peak, 7.0F);
        EXPECT_EQ(sums.crossings, crossings) << n;
    }
}

TEST_P(EveryKernel, SumsOverBins) {
    for (const std::size_t n : kLengths) {
        const std::vector<float> x = powers(n, n);
        std::vector<float> blocks((n + Kernels::kBlock - 1) / Kernels::kBlock);
        kernels_.block_sums(x.data(), n, blocks.data());
        for (std::size_t b = 0; b < blocks.size(); ++b) {
            const auto from = x.begin() + static_cast<std::ptrdiff_t>(b * Kernels::kBlock);
            const auto to = x.begin() + static_cast<std::ptrdiff_t>(std::min(n, (b + 1) * Kernels::kBlock));
            const double expected = std::accumulate(from, to, 0.0);
            EXPECT_NEAR(static_cast<double>(blocks[b]), expected, 1e-6 * expected);
        }
        double first = 0, second = 0, sum = 0, logs = 0, total = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const double distance = static_cast<double>(i) - 2.5;
            first += static_cast<double>(x[i]) * distance;
            second += static_cast<double>(x[i]) * distance * distance;
            const double floored = std::max(0.5, static_cast<double>(x[i]));
            sum += floored;
            logs += std::log2(floored);
            total += static_cast<double>(x[i]);
        }
        const Moments moments = kernels_.moments(x.data(), n, 2.5F);
        EXPECT_NEAR(static_cast<double>(moments.first), first, 1e-6 * total * static_cast<double>(n));
        EXPECT_NEAR(static_cast<double>(moments.second), second, 2e-6 * second);
        const PowerSums floored = kernels_.power_sums(x.data(), n, 0.5F);
        EXPECT_NEAR(static_cast<double>(floored.sum), sum, 1e-5 * sum);
        EXPECT_NEAR(floored.log2_sum, logs, 1e-4);
    }
}

TEST_P(EveryKernel, Extremes) {
    for (const std::size_t n : kLengths) {
        std::vector<float> x = normal_values(n, n);
        if (n > 20) std::fill(x.begin() + 5, x.begin() + 15, x[5]);  // ties
        std::vector<float> sorted = x;
        std::sort(sorted.begin(), sorted.end());
        for (std::size_t count = 1; count <= std::min(n, Kernels::kMostExtremes); ++count) {
            const ExtremeSums sums = kernels_.extremes(x.data(), n, count);
            const auto share = static_cast<std::ptrdiff_t>(count);
            EXPECT_NEAR(static_cast<double>(sums.smallest),
                        std::accumulate(sorted.begin(), sorted.begin() + share, 0.0), 1e-5);
            EXPECT_NEAR(static_cast<double>(sums.largest), std::accumulate(sorted.end() - share, sorted.end(), 0.0),
                        1e-5)
                << n << " " << count;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Sets, EveryKernel, testing::ValuesIn(supported_kernels().begin(), supported_kernels().end()),
                         [](const testing::TestParamInfo<Kernels>& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace audiomuse::dsp
