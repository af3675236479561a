// Blocks of results between a few rows and many, where clustering spends its time: the inner loops of matrix products,
// once per instruction set.
//
// Every loop takes two operands that are stored coordinate by coordinate: `a` holds kTileRows numbers for each, `b` a
// panel's width, and `a_step` and `b_step` lead from one coordinate to the next. A tile has a row for each of `a`, a
// column for each of `b`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace audiomuse::numeric {

inline constexpr std::size_t kTileRows = 8;
inline constexpr std::size_t kPanel = 32;        ///< columns of a tile of floats: 128 bytes
inline constexpr std::size_t kDoublePanel = 16;  ///< and of doubles

/// The least multiple of `unit` that is not below `size`.
constexpr std::size_t round_up(std::size_t size, std::size_t unit) {
    return (size + unit - 1) / unit * unit;
}

struct TileKernels {
    const char* name;
    /// For each column j the row i of largest dot(a_i, b_j) - offsets[i]: where it is above best[j], replaces that and
    /// sets label[j] to first + i. The first of equals wins.
    void (*find_largest)(const float* a, std::size_t a_step, const float* b, std::size_t b_step, std::size_t depth,
                         const float* offsets, std::int32_t first, float* best, std::int32_t* label);
    /// tile(i, j) = sum of (a_i - b_j)^2, or infinity where the first coordinates show that a pair and its neighbours
    /// in the tile are all above limits[j]. False where that is so of all.
    bool (*measure_squares)(const float* a, std::size_t a_step, const float* b, std::size_t b_step, std::size_t depth,
                            const float* limits, float* tile);
    /// tile(i, j) += dot(a_i, b_j).
    void (*add_dots)(const double* a, std::size_t a_step, const double* b, std::size_t b_step, std::size_t depth,
                     double* tile);
    /// tile(i, j) += sum of (a_i * b_j - shift_i)^2; `shifts` is stored as a.
    void (*add_scaled_squares)(const double* a, const double* shifts, std::size_t a_step, const double* b,
                               std::size_t b_step, std::size_t depth, double* tile);
};

/// Those this CPU can run, the slowest first; never empty.
std::span<const TileKernels> supported_tile_kernels();
/// The last of them.
const TileKernels& best_tile_kernels();

}  // namespace audiomuse::numeric
