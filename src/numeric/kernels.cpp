#include "kernels.h"

#include <vector>

namespace audiomuse::numeric {
namespace {

// AVX-512 was measured and left out: no faster at the 200 numbers of an embedding.
//
// One text for all instruction sets: GCC's vector types compile to whatever registers the calling function's target
// has, and the bodies are forced inline into one function per target. Only float pointers cross a function boundary.
template <std::size_t Lanes>
struct Vector {
    typedef float Type __attribute__((vector_size(Lanes * sizeof(float))));
};

// The sum of all lanes, by halves: a chain of scalar additions would take longer than the loop before it.
template <std::size_t Lanes>
[[gnu::always_inline]] inline float sum_lanes(const float* lanes) {
    if constexpr (Lanes > 4) {
        using Half = typename Vector<Lanes / 2>::Type;
        Half low;
        Half high;
        __builtin_memcpy(&low, lanes, sizeof low);
        __builtin_memcpy(&high, lanes + Lanes / 2, sizeof high);
        low += high;
        float halves[Lanes / 2];
        __builtin_memcpy(halves, &low, sizeof low);
        return sum_lanes<Lanes / 2>(halves);
    } else {
        return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    }
}

/// Sum over f(a[i], b[i]); `squares` chooses between products and squared differences.
template <std::size_t Lanes, bool squares>
[[gnu::always_inline]] inline float sum_pairs(const float* a, const float* b, std::size_t n) {
    using V = typename Vector<Lanes>::Type;
    constexpr std::size_t kUnrolled = 4;
    V sums[kUnrolled] = {};
    std::size_t i = 0;
    for (; i + kUnrolled * Lanes <= n; i += kUnrolled * Lanes) {
#pragma GCC unroll 4
        for (std::size_t j = 0; j < kUnrolled; ++j) {
            V x;
            V y;
            __builtin_memcpy(&x, a + i + j * Lanes, sizeof x);
            __builtin_memcpy(&y, b + i + j * Lanes, sizeof y);
            const V term = squares ? x - y : y;
            sums[j] += squares ? term * term : x * term;
        }
    }
    for (; i + Lanes <= n; i += Lanes) {
        V x;
        V y;
        __builtin_memcpy(&x, a + i, sizeof x);
        __builtin_memcpy(&y, b + i, sizeof y);
        const V term = squares ? x - y : y;
        sums[0] += squares ? term * term : x * term;
    }
    const V total = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    float lanes[Lanes];
    __builtin_memcpy(lanes, &total, sizeof total);
    float sum = sum_lanes<Lanes>(lanes);
    if constexpr (Lanes > 4) {
        if (i < n) sum += sum_pairs<Lanes / 2, squares>(a + i, b + i, n - i);  // what is less than one full vector
    } else {
        for (; i < n; ++i)
            sum += squares ? (a[i] - b[i]) * (a[i] - b[i]) : a[i] * b[i];
    }
    return sum;
}

template <std::size_t Lanes>
[[gnu::always_inline]] inline float dot_body(const float* a, const float* b, std::size_t n) {
    return sum_pairs<Lanes, false>(a, b, n);
}

template <std::size_t Lanes>
[[gnu::always_inline]] inline float squared_l2_body(const float* a, const float* b, std::size_t n) {
    return sum_pairs<Lanes, true>(a, b, n);
}

// Four rows at a time share the loads of the query.
template <std::size_t Lanes>
[[gnu::always_inline]] inline void dot_rows_body(const float* query, const float* rows, std::size_t count,
                                                 std::size_t n, float* out) {
    using V = typename Vector<Lanes>::Type;
    constexpr std::size_t kRows = 4;
    std::size_t row = 0;
    for (; row + kRows <= count; row += kRows) {
        const float* base = rows + row * n;
        V sums[kRows] = {};
        std::size_t i = 0;
        for (; i + Lanes <= n; i += Lanes) {
            V x;
            __builtin_memcpy(&x, query + i, sizeof x);
#pragma GCC unroll 4
            for (std::size_t j = 0; j < kRows; ++j) {
                V y;
                __builtin_memcpy(&y, base + j * n + i, sizeof y);
                sums[j] += x * y;
            }
        }
#pragma GCC unroll 4
        for (std::size_t j = 0; j < kRows; ++j) {
            float lanes[Lanes];
            __builtin_memcpy(lanes, &sums[j], sizeof lanes);
            out[row + j] = sum_lanes<Lanes>(lanes);
            if (i < n) out[row + j] += dot_body<(Lanes > 4 ? Lanes / 2 : 4)>(query + i, base + j * n + i, n - i);
        }
    }
    for (; row < count; ++row)
        out[row] = dot_body<Lanes>(query, rows + row * n, n);
}

#define AUDIOMUSE_KERNELS(SUFFIX, LANES, ...)                                                                   \
    __VA_ARGS__ float dot_##SUFFIX(const float* a, const float* b, std::size_t n) {                             \
        return dot_body<LANES>(a, b, n);                                                                        \
    }                                                                                                           \
    __VA_ARGS__ float squared_l2_##SUFFIX(const float* a, const float* b, std::size_t n) {                      \
        return squared_l2_body<LANES>(a, b, n);                                                                 \
    }                                                                                                           \
    __VA_ARGS__ void dot_rows_##SUFFIX(const float* query, const float* rows, std::size_t count, std::size_t n, \
                                       float* out) {                                                            \
        dot_rows_body<LANES>(query, rows, count, n, out);                                                       \
    }

AUDIOMUSE_KERNELS(portable, 4, )
#if defined(__x86_64__)
AUDIOMUSE_KERNELS(avx2, 8, __attribute__((target("avx2,fma"))))
#endif

#undef AUDIOMUSE_KERNELS

std::vector<Kernels> find_supported() {
    std::vector<Kernels> kernels = {{"portable", dot_portable, squared_l2_portable, dot_rows_portable}};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        kernels.push_back({"avx2", dot_avx2, squared_l2_avx2, dot_rows_avx2});
    }
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

}  // namespace audiomuse::numeric
