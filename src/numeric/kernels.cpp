#include "kernels.h"

#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#include <sys/auxv.h>
#endif

namespace audiomuse::numeric {
namespace {

// AVX-512 was measured for floats and left out: no faster at the 200 numbers of an embedding.
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

// Products of bytes have an instruction of their own everywhere, which vector types cannot name.

std::int32_t dot_bytes_one_by_one(const std::int8_t* a, const std::int8_t* b, std::size_t n) {
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < n; ++i)
        sum += a[i] * b[i];
    return sum;
}

#if defined(__x86_64__)
[[gnu::always_inline]] inline std::int32_t sum_of(__m128i lanes) {
    lanes = _mm_add_epi32(lanes, _mm_shuffle_epi32(lanes, 0b01'00'11'10));
    lanes = _mm_add_epi32(lanes, _mm_shuffle_epi32(lanes, 0b10'11'00'01));
    return _mm_cvtsi128_si32(lanes);
}

/// Eight bytes, widened.
[[gnu::always_inline]] inline __m128i eight(const std::int8_t* bytes) {
    return _mm_cvtepi8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes)));
}

std::int32_t dot_bytes_sse4(const std::int8_t* a, const std::int8_t* b, std::size_t n) {
    __m128i sums = _mm_setzero_si128();
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8)
        sums = _mm_add_epi32(sums, _mm_madd_epi16(eight(a + i), eight(b + i)));
    return sum_of(sums) + dot_bytes_one_by_one(a + i, b + i, n - i);
}

[[gnu::always_inline]] __attribute__((target("avx2"))) inline __m256i sixteen(const std::int8_t* bytes) {
    return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)));
}

__attribute__((target("avx2"))) std::int32_t dot_bytes_avx2(const std::int8_t* a, const std::int8_t* b, std::size_t n) {
    __m256i even = _mm256_setzero_si256();
    __m256i odd = _mm256_setzero_si256();
    std::size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        even = _mm256_add_epi32(even, _mm256_madd_epi16(sixteen(a + i), sixteen(b + i)));
        odd = _mm256_add_epi32(odd, _mm256_madd_epi16(sixteen(a + i + 16), sixteen(b + i + 16)));
    }
    if (i + 16 <= n) {
        even = _mm256_add_epi32(even, _mm256_madd_epi16(sixteen(a + i), sixteen(b + i)));
        i += 16;
    }
    even = _mm256_add_epi32(even, odd);
    __m128i sums = _mm_add_epi32(_mm256_castsi256_si128(even), _mm256_extracti128_si256(even, 1));
    if (i + 8 <= n) {
        sums = _mm_add_epi32(sums, _mm_madd_epi16(eight(a + i), eight(b + i)));
        i += 8;
    }
    std::int32_t sum = sum_of(sums);
    for (; i < n; ++i)
        sum += a[i] * b[i];
    return sum;
}

// The instruction multiplies unsigned by signed: a is moved up by 128, and 128 times the sum of b taken off again.
__attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"))) std::int32_t dot_bytes_vnni(const std::int8_t* a,
                                                                                            const std::int8_t* b,
                                                                                            std::size_t n) {
    const __m512i top = _mm512_set1_epi8(-128);
    __m512i sums = _mm512_setzero_si512();
    __m512i excess = _mm512_setzero_si512();
    for (std::size_t i = 0; i < n; i += 64) {
        const std::size_t left = n - i;
        const __mmask64 there = left >= 64 ? ~__mmask64{0} : (__mmask64{1} << left) - 1;
        const __m512i y = _mm512_maskz_loadu_epi8(there, b + i);
        sums = _mm512_dpbusd_epi32(sums, _mm512_xor_si512(_mm512_maskz_loadu_epi8(there, a + i), top), y);
        excess = _mm512_dpbusd_epi32(excess, top, y);
    }
    sums = _mm512_sub_epi32(sums, excess);
    __m256i halves[2];  // through memory: the intrinsics that take halves make GCC 12 warn of its own header
    __builtin_memcpy(halves, &sums, sizeof sums);
    const __m256i half = _mm256_add_epi32(halves[0], halves[1]);
    return sum_of(_mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1)));
}
#elif defined(__aarch64__)
std::int32_t dot_bytes_neon(const std::int8_t* a, const std::int8_t* b, std::size_t n) {
    int32x4_t sums = vdupq_n_s32(0);
    std::size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        const int8x16_t x = vld1q_s8(a + i);
        const int8x16_t y = vld1q_s8(b + i);
        sums = vpadalq_s16(sums, vmull_s8(vget_low_s8(x), vget_low_s8(y)));
        sums = vpadalq_s16(sums, vmull_high_s8(x, y));
    }
    if (i + 8 <= n) {
        sums = vpadalq_s16(sums, vmull_s8(vld1_s8(a + i), vld1_s8(b + i)));
        i += 8;
    }
    return vaddvq_s32(sums) + dot_bytes_one_by_one(a + i, b + i, n - i);
}

__attribute__((target("arch=armv8.2-a+dotprod"))) std::int32_t dot_bytes_dotprod(const std::int8_t* a,
                                                                                 const std::int8_t* b, std::size_t n) {
    int32x4_t sums = vdupq_n_s32(0);
    std::size_t i = 0;
    for (; i + 16 <= n; i += 16)
        sums = vdotq_s32(sums, vld1q_s8(a + i), vld1q_s8(b + i));
    if (i + 8 <= n) {
        sums = vaddq_s32(sums, vcombine_s32(vdot_s32(vdup_n_s32(0), vld1_s8(a + i), vld1_s8(b + i)), vdup_n_s32(0)));
        i += 8;
    }
    std::int32_t sum = vaddvq_s32(sums);
    for (; i < n; ++i)
        sum += a[i] * b[i];
    return sum;
}
#endif

std::vector<Kernels> find_supported() {
    std::vector<Kernels> kernels = {
        {"portable", dot_portable, squared_l2_portable, dot_rows_portable, dot_bytes_one_by_one}};
#if defined(__x86_64__)
    kernels.push_back({"sse4", dot_portable, squared_l2_portable, dot_rows_portable, dot_bytes_sse4});
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        kernels.push_back({"avx2", dot_avx2, squared_l2_avx2, dot_rows_avx2, dot_bytes_avx2});
        if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
            __builtin_cpu_supports("avx512vnni")) {
            kernels.push_back({"avx512vnni", dot_avx2, squared_l2_avx2, dot_rows_avx2, dot_bytes_vnni});
        }
    }
#elif defined(__aarch64__)
    kernels.push_back({"neon", dot_portable, squared_l2_portable, dot_rows_portable, dot_bytes_neon});
    if ((getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0) {
        kernels.push_back({"dotprod", dot_portable, squared_l2_portable, dot_rows_portable, dot_bytes_dotprod});
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
