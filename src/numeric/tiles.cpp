#include "tiles.h"

#include <limits>
#include <vector>

namespace audiomuse::numeric {
namespace {

// One text for all instruction sets, as in kernels.cpp: bodies are forced inline into one function per target, and only
// pointers cross a function boundary. A tile is worked off in parts whose sums stay in registers: `Rows` rows of two
// vectors, 16 sums where there are 32 registers and 8 where there are 16, enough to hide how long an addition takes.
template <class T, std::size_t Lanes>
struct TileVector {
    typedef T Type __attribute__((vector_size(Lanes * sizeof(T))));
};
template <std::size_t Lanes>
using Labels = typename TileVector<std::int32_t, Lanes>::Type;

constexpr std::size_t kVectors = 2;
constexpr std::size_t kDepthAtOnce = 32;  // coordinates between two looks at the limits

template <class T>
inline constexpr std::size_t kWidth = 128 / sizeof(T);

enum class Work { dots, squared_differences, scaled_squares };

template <class T, std::size_t Lanes, std::size_t Rows>
struct Part {
    using V = typename TileVector<T, Lanes>::Type;
    V sums[Rows][kVectors];
};

template <class T, std::size_t Lanes, std::size_t Rows, Work work>
[[gnu::always_inline]] inline void add_up(Part<T, Lanes, Rows>& part, const T* a, const T* shifts, std::size_t a_step,
                                          const T* b, std::size_t b_step, std::size_t depth) {
    using V = typename TileVector<T, Lanes>::Type;
    for (std::size_t k = 0; k < depth; ++k) {
        V columns[kVectors];
#pragma GCC unroll 2
        for (std::size_t v = 0; v < kVectors; ++v)
            __builtin_memcpy(&columns[v], b + k * b_step + v * Lanes, sizeof columns[v]);
#pragma GCC unroll 8
        for (std::size_t i = 0; i < Rows; ++i) {
            const T row = a[k * a_step + i];
#pragma GCC unroll 2
            for (std::size_t v = 0; v < kVectors; ++v) {
                if constexpr (work == Work::dots) {
                    part.sums[i][v] += columns[v] * row;
                } else if constexpr (work == Work::squared_differences) {
                    const V difference = columns[v] - row;
                    part.sums[i][v] += difference * difference;
                } else {
                    const V scaled = columns[v] * row - shifts[k * a_step + i];
                    part.sums[i][v] += scaled * scaled;
                }
            }
        }
    }
}

template <class T, std::size_t Lanes, std::size_t Rows, Work work>
[[gnu::always_inline]] inline void add_tile(const T* a, const T* shifts, std::size_t a_step, const T* b,
                                            std::size_t b_step, std::size_t depth, T* tile) {
    for (std::size_t column = 0; column < kWidth<T>; column += kVectors * Lanes) {
        for (std::size_t row = 0; row < kTileRows; row += Rows) {
            Part<T, Lanes, Rows> part;
            T* const corner = tile + row * kWidth<T> + column;
#pragma GCC unroll 8
            for (std::size_t i = 0; i < Rows; ++i) {
#pragma GCC unroll 2
                for (std::size_t v = 0; v < kVectors; ++v)
                    __builtin_memcpy(&part.sums[i][v], corner + i * kWidth<T> + v * Lanes, sizeof part.sums[i][v]);
            }
            add_up<T, Lanes, Rows, work>(part, a + row, shifts + row, a_step, b + column, b_step, depth);
#pragma GCC unroll 8
            for (std::size_t i = 0; i < Rows; ++i) {
#pragma GCC unroll 2
                for (std::size_t v = 0; v < kVectors; ++v)
                    __builtin_memcpy(corner + i * kWidth<T> + v * Lanes, &part.sums[i][v], sizeof part.sums[i][v]);
            }
        }
    }
}

template <std::size_t Lanes, std::size_t Rows>
[[gnu::always_inline]] inline bool any_within(const Part<float, Lanes, Rows>& part, const float* limits) {
    using V = typename TileVector<float, Lanes>::Type;
    // By the sign of what is left to the limit: GCC 12 would compare long vectors one number at a time here.
    constexpr std::uint64_t kSigns = 0x8000'0000'8000'0000;
    std::uint64_t outside = kSigns;
#pragma GCC unroll 2
    for (std::size_t v = 0; v < kVectors; ++v) {
        V least = part.sums[0][v];
#pragma GCC unroll 8
        for (std::size_t i = 1; i < Rows; ++i)
            least = part.sums[i][v] < least ? part.sums[i][v] : least;
        V left;
        __builtin_memcpy(&left, limits + v * Lanes, sizeof left);
        left -= least;
        std::uint64_t pairs[Lanes / 2];
        __builtin_memcpy(pairs, &left, sizeof left);
#pragma GCC unroll 8
        for (std::size_t j = 0; j < Lanes / 2; ++j)
            outside &= pairs[j];
    }
    return outside != kSigns;
}

template <std::size_t Lanes, std::size_t Rows>
[[gnu::always_inline]] inline bool measure_squares_body(const float* a, std::size_t a_step, const float* b,
                                                        std::size_t b_step, std::size_t depth, const float* limits,
                                                        float* tile) {
    bool any = false;
    for (std::size_t column = 0; column < kPanel; column += kVectors * Lanes) {
        for (std::size_t row = 0; row < kTileRows; row += Rows) {
            Part<float, Lanes, Rows> part{};
            bool within = true;
            for (std::size_t k = 0; k < depth && within; k += kDepthAtOnce) {
                add_up<float, Lanes, Rows, Work::squared_differences>(
                    part, a + k * a_step + row, nullptr, a_step, b + k * b_step + column, b_step,
                    depth - k < kDepthAtOnce ? depth - k : kDepthAtOnce);
                within = any_within<Lanes, Rows>(part, limits + column);
            }
            any |= within;
            const float more = within ? 0 : std::numeric_limits<float>::infinity();
#pragma GCC unroll 8
            for (std::size_t i = 0; i < Rows; ++i) {
#pragma GCC unroll 2
                for (std::size_t v = 0; v < kVectors; ++v) {
                    part.sums[i][v] += more;
                    __builtin_memcpy(tile + (row + i) * kPanel + column + v * Lanes, &part.sums[i][v],
                                     sizeof part.sums[i][v]);
                }
            }
        }
    }
    return any;
}

template <std::size_t Lanes, std::size_t Rows>
[[gnu::always_inline]] inline void find_largest_body(const float* a, std::size_t a_step, const float* b,
                                                     std::size_t b_step, std::size_t depth, const float* offsets,
                                                     std::int32_t first, float* best, std::int32_t* label) {
    using V = typename TileVector<float, Lanes>::Type;
    for (std::size_t column = 0; column < kPanel; column += kVectors * Lanes) {
        for (std::size_t row = 0; row < kTileRows; row += Rows) {
            Part<float, Lanes, Rows> part{};
            add_up<float, Lanes, Rows, Work::dots>(part, a + row, nullptr, a_step, b + column, b_step, depth);
#pragma GCC unroll 2
            for (std::size_t v = 0; v < kVectors; ++v) {
                V largest;
                Labels<Lanes> labels;
                __builtin_memcpy(&largest, best + column + v * Lanes, sizeof largest);
                __builtin_memcpy(&labels, label + column + v * Lanes, sizeof labels);
#pragma GCC unroll 8
                for (std::size_t i = 0; i < Rows; ++i) {
                    const V value = part.sums[i][v] - offsets[row + i];
                    const auto is_larger = value > largest;
                    largest = is_larger ? value : largest;
                    labels = is_larger ? Labels<Lanes>{} + (first + static_cast<std::int32_t>(row + i)) : labels;
                }
                __builtin_memcpy(best + column + v * Lanes, &largest, sizeof largest);
                __builtin_memcpy(label + column + v * Lanes, &labels, sizeof labels);
            }
        }
    }
}

#define AUDIOMUSE_TILE_KERNELS(SUFFIX, BYTES, ROWS, ...)                                                              \
    __VA_ARGS__ void find_largest_##SUFFIX(const float* a, std::size_t a_step, const float* b, std::size_t b_step,    \
                                           std::size_t depth, const float* offsets, std::int32_t first, float* best,  \
                                           std::int32_t* label) {                                                     \
        find_largest_body<(BYTES) / sizeof(float), ROWS>(a, a_step, b, b_step, depth, offsets, first, best, label);   \
    }                                                                                                                 \
    __VA_ARGS__ bool measure_squares_##SUFFIX(const float* a, std::size_t a_step, const float* b, std::size_t b_step, \
                                              std::size_t depth, const float* limits, float* tile) {                  \
        return measure_squares_body<(BYTES) / sizeof(float), ROWS>(a, a_step, b, b_step, depth, limits, tile);        \
    }                                                                                                                 \
    __VA_ARGS__ void add_dots_##SUFFIX(const double* a, std::size_t a_step, const double* b, std::size_t b_step,      \
                                       std::size_t depth, double* tile) {                                             \
        add_tile<double, (BYTES) / sizeof(double), ROWS, Work::dots>(a, a, a_step, b, b_step, depth, tile);           \
    }                                                                                                                 \
    __VA_ARGS__ void add_scaled_squares_##SUFFIX(const double* a, const double* shifts, std::size_t a_step,           \
                                                 const double* b, std::size_t b_step, std::size_t depth,              \
                                                 double* tile) {                                                      \
        add_tile<double, (BYTES) / sizeof(double), ROWS, Work::scaled_squares>(a, shifts, a_step, b, b_step, depth,   \
                                                                               tile);                                 \
    }

AUDIOMUSE_TILE_KERNELS(portable, 16, 4, )
#if defined(__x86_64__)
AUDIOMUSE_TILE_KERNELS(avx2, 32, 4, __attribute__((target("avx2,fma"))))
AUDIOMUSE_TILE_KERNELS(avx512, 64, 8, __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))))
#endif

#undef AUDIOMUSE_TILE_KERNELS

std::vector<TileKernels> find_supported_tile_kernels() {
    std::vector<TileKernels> kernels = {
        {"portable", find_largest_portable, measure_squares_portable, add_dots_portable, add_scaled_squares_portable}};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        kernels.push_back({"avx2", find_largest_avx2, measure_squares_avx2, add_dots_avx2, add_scaled_squares_avx2});
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
            kernels.push_back(
                {"avx512", find_largest_avx512, measure_squares_avx512, add_dots_avx512, add_scaled_squares_avx512});
        }
    }
#endif
    return kernels;
}

}  // namespace

std::span<const TileKernels> supported_tile_kernels() {
    static const std::vector<TileKernels> kernels = find_supported_tile_kernels();
    return kernels;
}

const TileKernels& best_tile_kernels() {
    static const TileKernels best = supported_tile_kernels().back();
    return best;
}

}  // namespace audiomuse::numeric
