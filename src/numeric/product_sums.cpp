#include "product_sums.h"

#include <algorithm>

#include "tiles.h"

namespace audiomuse::numeric {
namespace {

constexpr std::size_t kMostWaiting = 64;
constexpr std::size_t kTile = kTileRows * kDoublePanel;

/// Calls visit(row, column) for the corner of every tile that reaches into the lower triangle.
template <class Visit>
void for_tiles(std::size_t size, const Visit& visit) {
    for (std::size_t row = 0; row < size; row += kTileRows) {
        for (std::size_t column = 0; column < row + kTileRows; column += kDoublePanel)
            visit(row, column);
    }
}

}  // namespace

ProductSums::ProductSums(std::size_t columns)
    : columns_(columns), step_(round_up(columns, kDoublePanel)), rows_(kMostWaiting * step_) {
    std::size_t tiles = 0;
    for_tiles(columns, [&](std::size_t, std::size_t) { ++tiles; });
    tiles_.resize(tiles * kTile);
}

std::span<double> ProductSums::next_row() {
    if (waiting_ == kMostWaiting) add_up();
    return {rows_.data() + step_ * waiting_++, columns_};
}

void ProductSums::add_up() {
    double* tile = tiles_.data();
    for_tiles(columns_, [&](std::size_t row, std::size_t column) {
        best_tile_kernels().add_dots(rows_.data() + row, step_, rows_.data() + column, step_, waiting_, tile);
        tile += kTile;
    });
    waiting_ = 0;
}

MatrixD ProductSums::sums() {
    add_up();
    MatrixD sums(columns_, columns_);
    const double* tile = tiles_.data();
    for_tiles(columns_, [&](std::size_t first_row, std::size_t first_column) {
        for (std::size_t i = first_row; i < std::min(columns_, first_row + kTileRows); ++i) {
            for (std::size_t j = first_column; j < std::min(i + 1, first_column + kDoublePanel); ++j) {
                sums(i, j) = tile[(i - first_row) * kDoublePanel + j - first_column];
                sums(j, i) = sums(i, j);
            }
        }
        tile += kTile;
    });
    return sums;
}

}  // namespace audiomuse::numeric
