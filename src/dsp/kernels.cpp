#include "kernels.h"

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

// Vectors only cross the boundaries of functions that are inlined, so no calling convention is involved.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace audiomuse::dsp {
namespace {

// One text for all instruction sets, as in numeric/kernels.cpp: GCC's vector types compile to whatever registers the
// calling function's target has, and the bodies are forced inline into one function per target.
template <std::size_t Lanes>
struct Vector {
    typedef float Floats __attribute__((vector_size(Lanes * sizeof(float))));
    typedef std::int32_t Ints __attribute__((vector_size(Lanes * sizeof(float))));
};
template <std::size_t Lanes>
using Floats = typename Vector<Lanes>::Floats;
template <std::size_t Lanes>
using Ints = typename Vector<Lanes>::Ints;

#define AUDIOMUSE_INLINE [[gnu::always_inline]] inline

template <std::size_t Lanes>
AUDIOMUSE_INLINE Floats<Lanes> load(const float* from) {
    Floats<Lanes> v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}

/// The `count` < Lanes values at `from`, then `rest`.
template <std::size_t Lanes>
AUDIOMUSE_INLINE Floats<Lanes> load_part(const float* from, std::size_t count, float rest) {
    Floats<Lanes> v;
    for (std::size_t lane = 0; lane < Lanes; ++lane)
        v[lane] = lane < count ? from[lane] : rest;
    return v;
}

template <class V>
AUDIOMUSE_INLINE void store(const V& v, float* to) {
    __builtin_memcpy(to, &v, sizeof v);
}

template <class V>
AUDIOMUSE_INLINE V larger(const V& a, const V& b) {
    return a > b ? a : b;
}
template <class V>
AUDIOMUSE_INLINE V smaller(const V& a, const V& b) {
    return a < b ? a : b;
}

/// Lane i gets lane i xor `distance`.
template <std::size_t Lanes>
AUDIOMUSE_INLINE Floats<Lanes> swapped(const Floats<Lanes>& v, std::size_t distance) {
    if constexpr (Lanes == 8) {
        if (distance == 4) return __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3);
        if (distance == 2) return __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5);
        return __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6);
    } else {
        if (distance == 2) return __builtin_shufflevector(v, v, 2, 3, 0, 1);
        return __builtin_shufflevector(v, v, 1, 0, 3, 2);
    }
}

template <std::size_t Lanes>
AUDIOMUSE_INLINE Floats<Lanes> reversed(const Floats<Lanes>& v) {
    if constexpr (Lanes == 8) {
        return __builtin_shufflevector(v, v, 7, 6, 5, 4, 3, 2, 1, 0);
    } else {
        return __builtin_shufflevector(v, v, 3, 2, 1, 0);
    }
}

template <std::size_t Lanes>
struct Complex {
    Floats<Lanes> re;
    Floats<Lanes> im;
};

/// Reads Lanes complex numbers.
template <std::size_t Lanes>
AUDIOMUSE_INLINE Complex<Lanes> load_complex(const float* from) {
    const Floats<Lanes> a = load<Lanes>(from);
    const Floats<Lanes> b = load<Lanes>(from + Lanes);
    if constexpr (Lanes == 8) {
        return {__builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14),
                __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)};
    } else {
        return {__builtin_shufflevector(a, b, 0, 2, 4, 6), __builtin_shufflevector(a, b, 1, 3, 5, 7)};
    }
}

template <std::size_t Lanes>
AUDIOMUSE_INLINE float sum_lanes(const Floats<Lanes>& lanes) {
    Floats<Lanes> v = lanes;
    for (std::size_t distance = Lanes / 2; distance > 0; distance /= 2)
        v += swapped<Lanes>(v, distance);
    return v[0];
}

/// Natural logarithm of 1 + f for f in [sqrt(1/2) - 1, sqrt(2) - 1]. Source: Moshier, Cephes, logf.
template <class V>
AUDIOMUSE_INLINE V log_of_mantissa(const V& f) {
    const V square = f * f;
    V p = f * 7.0376836292e-2F - 1.1514610310e-1F;
    p = p * f + 1.1676998740e-1F;
    p = p * f - 1.2420140846e-1F;
    p = p * f + 1.4249322787e-1F;
    p = p * f - 1.6668057665e-1F;
    p = p * f + 2.0000714765e-1F;
    p = p * f - 2.4999993993e-1F;
    p = p * f + 3.3333331174e-1F;
    return f + square * (f * p - 0.5F);
}

/// factor * log2(x) for positive normal numbers.
template <std::size_t Lanes>
AUDIOMUSE_INLINE Floats<Lanes> scaled_log2(const Floats<Lanes>& x, float factor) {
    constexpr std::int32_t kRootOfHalf = 0x3f3504f3;
    constexpr float kLog2E = 1.44269504088896341F;
    Ints<Lanes> bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    bits -= kRootOfHalf;
    const Floats<Lanes> exponent = __builtin_convertvector(bits >> 23, Floats<Lanes>);
    bits = (bits & 0x7fffff) + kRootOfHalf;
    Floats<Lanes> mantissa;
    __builtin_memcpy(&mantissa, &bits, sizeof mantissa);
    return factor * exponent + factor * kLog2E * log_of_mantissa<Floats<Lanes>>(mantissa - 1.0F);
}

AUDIOMUSE_INLINE void multiply_body(const float* a, const float* b, std::size_t n, float* out) {
    for (std::size_t i = 0; i < n; ++i)
        out[i] = a[i] * b[i];
}

AUDIOMUSE_INLINE void square_roots_body(const float* x, std::size_t n, float* out) {
    for (std::size_t i = 0; i < n; ++i)
        out[i] = std::sqrt(x[i]);
}

template <std::size_t Lanes>
AUDIOMUSE_INLINE void logarithms_body(float* x, std::size_t n, const LogShape& shape) {
    const auto apply = [&](const Floats<Lanes>& v) __attribute__((always_inline)) {
        const Floats<Lanes> value = v * shape.gain + shape.offset;
        return scaled_log2<Lanes>(larger<Floats<Lanes>>(value, Floats<Lanes>{} + shape.floor), shape.factor);
    };
    std::size_t i = 0;
    for (; i + Lanes <= n; i += Lanes)
        store(apply(load<Lanes>(x + i)), x + i);
    if (i == n) return;
    const Floats<Lanes> last = apply(load_part<Lanes>(x + i, n - i, 0));
    __builtin_memcpy(x + i, &last, (n - i) * sizeof(float));
}

template <std::size_t Lanes>
AUDIOMUSE_INLINE void band_sums_body(const float* x, const float* weights, const BandWeights* bands, std::size_t count,
                                     float* out) {
    for (std::size_t b = 0; b < count; ++b) {
        const float* const values = x + bands[b].first_value;
        const float* const factors = weights + bands[b].first_weight;
        const std::size_t n = bands[b].count;
        Floats<Lanes> sums{};
        std::size_t i = 0;
        for (; i + Lanes <= n; i += Lanes)
            sums += load<Lanes>(values + i) * load<Lanes>(factors + i);
        float sum = sum_lanes<Lanes>(sums);
        for (; i < n; ++i)
            sum += values[i] * factors[i];
        out[b] = sum;
    }
}

/// Bins k and half - k of the real signal's transform, from those of the packed one. The real signal's even and odd
/// samples have the transforms E = (Z[k] + Z*[half - k]) / 2 and O = (Z[k] - Z*[half - k]) / 2i; its own is E + W^k O.
/// Amplitudes are added before they are squared: powers would lose the weak bins beside the strong ones.
template <class V>
AUDIOMUSE_INLINE void unpack(const V& re, const V& im, const V& mirror_re, const V& mirror_im, const V& cosine,
                             const V& sine, V& power, V& mirror_power) {
    const V even_re = re + mirror_re;
    const V even_im = im - mirror_im;
    const V odd_re = im + mirror_im;
    const V odd_im = mirror_re - re;
    const V turned_re = cosine * odd_re + sine * odd_im;
    const V turned_im = cosine * odd_im - sine * odd_re;
    const V sum_re = even_re + turned_re;
    const V sum_im = even_im + turned_im;
    const V difference_re = even_re - turned_re;
    const V difference_im = even_im - turned_im;
    power = (sum_re * sum_re + sum_im * sum_im) * 0.25F;
    mirror_power = (difference_re * difference_re + difference_im * difference_im) * 0.25F;
}

template <std::size_t Lanes>
AUDIOMUSE_INLINE void real_powers_body(const float* packed, const float* turns, std::size_t half, float* power) {
    const float* const cosines = turns;
    const float* const sines = turns + half / 2 + 1;
    const float sum = packed[0] + packed[1];
    const float difference = packed[0] - packed[1];
    power[0] = sum * sum;
    power[half] = difference * difference;
    std::size_t k = 1;
    for (; k + Lanes <= half / 2 + 1; k += Lanes) {
        const std::size_t mirror = half - k - (Lanes - 1);
        const Complex<Lanes> z = load_complex<Lanes>(packed + 2 * k);
        const Complex<Lanes> m = load_complex<Lanes>(packed + 2 * mirror);
        Floats<Lanes> low;
        Floats<Lanes> high;
        unpack<Floats<Lanes>>(z.re, z.im, reversed<Lanes>(m.re), reversed<Lanes>(m.im), load<Lanes>(cosines + k),
                              load<Lanes>(sines + k), low, high);
        store(low, power + k);
        store(reversed<Lanes>(high), power + mirror);
    }
    for (; k <= half / 2; ++k) {
        const std::size_t mirror = half - k;
        unpack(packed[2 * k], packed[2 * k + 1], packed[2 * mirror], packed[2 * mirror + 1], cosines[k], sines[k],
               power[k], power[mirror]);
    }
}

template <std::size_t Lanes>
AUDIOMUSE_INLINE HopSums hop_sums_body(const float* samples, std::size_t n, float threshold) {
    Floats<Lanes> squares{};
    Floats<Lanes> peaks{};
    Ints<Lanes> crossings{};  // counted downwards: true is -1
    std::size_t i = 0;
    for (; i + Lanes <= n; i += Lanes) {
        const Floats<Lanes> now = load<Lanes>(samples + i);
        const Floats<Lanes> before = load<Lanes>(samples + i - 1);
        squares += now * now;
        peaks = larger<Floats<Lanes>>(larger<Floats<Lanes>>(now, -now), peaks);
        crossings += (now < -threshold) ^ (before < -threshold);
    }
    HopSums sums{sum_lanes<Lanes>(squares), 0, 0};
    for (std::size_t lane = 0; lane < Lanes; ++lane) {
        sums.peak = larger<float>(sums.peak, peaks[lane]);
        sums.crossings -= crossings[lane];
    }
    for (; i < n; ++i) {
        sums.squares += samples[i] * samples[i];
        sums.peak = larger<float>(std::fabs(samples[i]), sums.peak);
        sums.crossings += (samples[i] < -threshold) != (samples[i - 1] < -threshold) ? 1 : 0;
    }
    return sums;
}

template <std::size_t Lanes>
AUDIOMUSE_INLINE void block_sums_body(const float* x, std::size_t n, float* out) {
    std::size_t start = 0;
    for (; start + Kernels::kBlock <= n; start += Kernels::kBlock) {
        Floats<Lanes> sums{};
        for (std::size_t i = 0; i < Kernels::kBlock; i += Lanes)
            sums += load<Lanes>(x + start + i);
        *out++ = sum_lanes<Lanes>(sums);
    }
    if (start == n) return;
    *out = 0;
    for (std::size_t i = start; i < n; ++i)
        *out += x[i];
}

template <std::size_t Lanes>
AUDIOMUSE_INLINE Moments moments_body(const float* x, std::size_t n, float origin) {
    Floats<Lanes> firsts{};
    Floats<Lanes> seconds{};
    Floats<Lanes> distance;
    for (std::size_t lane = 0; lane < Lanes; ++lane)
        distance[lane] = static_cast<float>(static_cast<int>(lane)) - origin;
    std::size_t i = 0;
    for (; i + Lanes <= n; i += Lanes) {
        const Floats<Lanes> weighted = load<Lanes>(x + i) * distance;
        firsts += weighted;
        seconds += weighted * distance;
        distance += static_cast<float>(Lanes);
    }
    const Floats<Lanes> weighted = load_part<Lanes>(x + i, n - i, 0) * distance;
    firsts += weighted;
    seconds += weighted * distance;
    return {sum_lanes<Lanes>(firsts), sum_lanes<Lanes>(seconds)};
}

/// Logarithms are slow: exponents are added as integers and mantissas multiplied, of which one logarithm per lane is
/// taken before they can overflow.
template <std::size_t Lanes>
AUDIOMUSE_INLINE PowerSums power_sums_body(const float* x, std::size_t n, float floor) {
    constexpr std::size_t kFactors = 64;
    constexpr std::int32_t kBias = 127;
    constexpr std::int32_t kMantissa = 0x7fffff;
    constexpr std::int32_t kOne = 0x3f800000;
    Floats<Lanes> sums{};
    Floats<Lanes> logs{};
    Ints<Lanes> exponents{};
    const std::size_t whole = n - n % Lanes;
    std::size_t i = 0;
    while (i < whole) {
        Floats<Lanes> product = Floats<Lanes>{} + 1.0F;
        const std::size_t end = i + kFactors * Lanes < whole ? i + kFactors * Lanes : whole;
        for (; i < end; i += Lanes) {
            const Floats<Lanes> value = larger<Floats<Lanes>>(load<Lanes>(x + i), Floats<Lanes>{} + floor);
            sums += value;
            Ints<Lanes> bits;
            __builtin_memcpy(&bits, &value, sizeof bits);
            exponents += bits >> 23;
            bits = (bits & kMantissa) | kOne;
            Floats<Lanes> mantissa;
            __builtin_memcpy(&mantissa, &bits, sizeof mantissa);
            product *= mantissa;
        }
        logs += scaled_log2<Lanes>(product, 1);
    }
    PowerSums result{sum_lanes<Lanes>(sums),
                     static_cast<double>(sum_lanes<Lanes>(logs)) - static_cast<double>(kBias) * double(whole)};
    for (std::size_t lane = 0; lane < Lanes; ++lane)
        result.log2_sum += static_cast<double>(exponents[lane]);
    for (; i < n; ++i) {
        const float value = x[i] > floor ? x[i] : floor;
        result.sum += value;
        result.log2_sum += static_cast<double>(std::log2(value));
    }
    return result;
}

/// Sum of the `count` largest of sign * x[i], count <= K. Every lane keeps the K largest it has met, in order; then the
/// lists of two lanes at a time are merged: the larger of the j-th of one and the j-th last of the other belong to the
/// K largest of both (Batcher's bitonic merge), log2(Lanes) times.
template <std::size_t Lanes, std::size_t K>
AUDIOMUSE_INLINE float sum_of_largest(const float* x, std::size_t n, float sign, std::size_t count) {
    using V = Floats<Lanes>;
    constexpr float kNone = -std::numeric_limits<float>::infinity();
    V best[K];
    for (std::size_t j = 0; j < K; ++j)
        best[j] = V{} + kNone;
    const auto insert = [&](const V& newcomer) __attribute__((always_inline)) {
        V value = newcomer;
#pragma GCC unroll 8
        for (std::size_t j = 0; j < K; ++j) {
            const V kept = larger<V>(value, best[j]);
            value = smaller<V>(value, best[j]);
            best[j] = kept;
        }
    };
    std::size_t i = 0;
    for (; i + Lanes <= n; i += Lanes)
        insert(load<Lanes>(x + i) * sign);
    if (i < n) insert(load_part<Lanes>(x + i, n - i, kNone * sign) * sign);

#pragma GCC unroll 3
    for (std::size_t distance = Lanes / 2; distance > 0; distance /= 2) {
        V merged[K];
#pragma GCC unroll 8
        for (std::size_t j = 0; j < K; ++j)
            merged[j] = larger<V>(best[j], swapped<Lanes>(best[K - 1 - j], distance));
#pragma GCC unroll 3
        for (std::size_t step = K / 2; step > 0; step /= 2) {
#pragma GCC unroll 8
            for (std::size_t j = 0; j < K; ++j) {
                if (j & step) continue;
                const V high = larger<V>(merged[j], merged[j + step]);
                merged[j + step] = smaller<V>(merged[j], merged[j + step]);
                merged[j] = high;
            }
        }
        for (std::size_t j = 0; j < K; ++j)
            best[j] = merged[j];
    }
    float sum = 0;
    for (std::size_t j = 0; j < count; ++j)
        sum += best[j][0];
    return sign * sum;
}

template <std::size_t Lanes, std::size_t K>
AUDIOMUSE_INLINE ExtremeSums extremes_of(const float* x, std::size_t n, std::size_t count) {
    return {sum_of_largest<Lanes, K>(x, n, 1.0F, count), sum_of_largest<Lanes, K>(x, n, -1.0F, count)};
}

template <std::size_t Lanes>
AUDIOMUSE_INLINE ExtremeSums extremes_body(const float* x, std::size_t n, std::size_t count) {
    static_assert(Kernels::kMostExtremes == 8);
    if (count <= 1) return extremes_of<Lanes, 1>(x, n, count);
    if (count <= 2) return extremes_of<Lanes, 2>(x, n, count);
    if (count <= 4) return extremes_of<Lanes, 4>(x, n, count);
    return extremes_of<Lanes, 8>(x, n, count);
}

/// The kernels of one instruction set: its name, its lanes, and the attribute that selects it.
#define AUDIOMUSE_KERNELS(SUFFIX, LANES, ...)                                                                        \
    __VA_ARGS__ void multiply_##SUFFIX(const float* a, const float* b, std::size_t n, float* out) {                  \
        multiply_body(a, b, n, out);                                                                                 \
    }                                                                                                                \
    __VA_ARGS__ void square_roots_##SUFFIX(const float* x, std::size_t n, float* out) {                              \
        square_roots_body(x, n, out);                                                                                \
    }                                                                                                                \
    __VA_ARGS__ void logarithms_##SUFFIX(float* x, std::size_t n, const LogShape& shape) {                           \
        logarithms_body<LANES>(x, n, shape);                                                                         \
    }                                                                                                                \
    __VA_ARGS__ void band_sums_##SUFFIX(const float* x, const float* weights, const BandWeights* bands,              \
                                        std::size_t count, float* out) {                                             \
        band_sums_body<LANES>(x, weights, bands, count, out);                                                        \
    }                                                                                                                \
    __VA_ARGS__ void real_powers_##SUFFIX(const float* packed, const float* turns, std::size_t half, float* power) { \
        real_powers_body<LANES>(packed, turns, half, power);                                                         \
    }                                                                                                                \
    __VA_ARGS__ HopSums hop_sums_##SUFFIX(const float* samples, std::size_t n, float threshold) {                    \
        return hop_sums_body<LANES>(samples, n, threshold);                                                          \
    }                                                                                                                \
    __VA_ARGS__ void block_sums_##SUFFIX(const float* x, std::size_t n, float* out) {                                \
        block_sums_body<LANES>(x, n, out);                                                                           \
    }                                                                                                                \
    __VA_ARGS__ Moments moments_##SUFFIX(const float* x, std::size_t n, float origin) {                              \
        return moments_body<LANES>(x, n, origin);                                                                    \
    }                                                                                                                \
    __VA_ARGS__ PowerSums power_sums_##SUFFIX(const float* x, std::size_t n, float floor) {                          \
        return power_sums_body<LANES>(x, n, floor);                                                                  \
    }                                                                                                                \
    __VA_ARGS__ ExtremeSums extremes_##SUFFIX(const float* x, std::size_t n, std::size_t count) {                    \
        return extremes_body<LANES>(x, n, count);                                                                    \
    }                                                                                                                \
    constexpr Kernels k_##SUFFIX = {#SUFFIX,                                                                         \
                                    multiply_##SUFFIX,                                                               \
                                    square_roots_##SUFFIX,                                                           \
                                    logarithms_##SUFFIX,                                                             \
                                    band_sums_##SUFFIX,                                                              \
                                    real_powers_##SUFFIX,                                                            \
                                    hop_sums_##SUFFIX,                                                               \
                                    block_sums_##SUFFIX,                                                             \
                                    moments_##SUFFIX,                                                                \
                                    power_sums_##SUFFIX,                                                             \
                                    extremes_##SUFFIX};

AUDIOMUSE_KERNELS(portable, 4, )
#if defined(__x86_64__)
AUDIOMUSE_KERNELS(avx2, 8, __attribute__((target("avx2,fma"))))
#endif

#undef AUDIOMUSE_KERNELS
#undef AUDIOMUSE_INLINE

std::vector<Kernels> find_supported() {
    std::vector<Kernels> kernels = {k_portable};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) kernels.push_back(k_avx2);
#endif
    return kernels;
}

}  // namespace

std::span<const Kernels> supported_kernels() {
    static const std::vector<Kernels> kernels = find_supported();
    return kernels;
}

const Kernels& best_kernels() {
    static const Kernels best = supported_kernels().back();
    return best;
}

}  // namespace audiomuse::dsp
