// The inner loops over samples and bins, once per instruction set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace audiomuse::dsp {

/// One row of a sparse matrix: `count` weights for the values from `first_value` on.
struct BandWeights {
    std::uint32_t first_value = 0;
    std::uint32_t first_weight = 0;
    std::uint32_t count = 0;
};

/// out = factor * log2(max(floor, offset + gain * x)), in place of any logarithm.
struct LogShape {
    float gain = 1;
    float offset = 0;
    float floor = 1e-10F;  ///< at least the smallest normal number, unless offset is
    float factor = 1;
};

struct HopSums {
    float squares = 0;
    float peak = 0;     ///< largest magnitude
    int crossings = 0;  ///< between each sample and the one before it, the first with samples[-1]
};

struct Moments {
    float first = 0;   ///< sum of x[i] (i - origin)
    float second = 0;  ///< sum of x[i] (i - origin)^2
};

struct PowerSums {
    float sum = 0;
    double log2_sum = 0;
};

struct ExtremeSums {
    float largest = 0;
    float smallest = 0;
};

/// Buffers may lie anywhere and have any length n, unless said otherwise.
struct Kernels {
    /// Values per block of block_sums, and the most extremes that `extremes` can add up.
    static constexpr std::size_t kBlock = 32;
    static constexpr std::size_t kMostExtremes = 8;

    const char* name;
    /// out[i] = a[i] b[i].
    void (*multiply)(const float* a, const float* b, std::size_t n, float* out);
    void (*square_roots)(const float* x, std::size_t n, float* out);
    void (*logarithms)(float* x, std::size_t n, const LogShape& shape);
    /// out[b] = sum over the band of weight times value.
    void (*band_sums)(const float* x, const float* weights, const BandWeights* bands, std::size_t count, float* out);
    /// The powers of bins 0 .. half of a real signal of 2 half samples. `packed`: half complex bins, the transform of
    /// the signal read as complex numbers (even samples are real parts). `turns`: half / 2 + 1 cosines, then as many
    /// sines of 2 pi k / (2 half). half is a multiple of 2. Source: Press et al., Numerical Recipes, 12.3.2.
    void (*real_powers)(const float* packed, const float* turns, std::size_t half, float* power);
    /// A crossing is a change between values below -threshold and all others.
    HopSums (*hop_sums)(const float* samples, std::size_t n, float threshold);
    /// Sums of kBlock values each, the last of what is left: ceil(n / kBlock) of them.
    void (*block_sums)(const float* x, std::size_t n, float* out);
    Moments (*moments)(const float* x, std::size_t n, float origin);
    /// Of max(floor, x[i]).
    PowerSums (*power_sums)(const float* x, std::size_t n, float floor);
    /// Sums of the `count` largest and of the `count` smallest; count <= min(n, kMostExtremes).
    ExtremeSums (*extremes)(const float* x, std::size_t n, std::size_t count);
};

/// Those this CPU can run, the slowest first; never empty. Their results differ by rounding only.
std::span<const Kernels> supported_kernels();
/// The last of them.
const Kernels& best_kernels();

}  // namespace audiomuse::dsp
