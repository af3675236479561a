#include "product_sums.h"

#include <algorithm>

#include "audiomuse/base/parallel.h"
#include "tiles.h"

namespace audiomuse::numeric {
namespace {

constexpr std::size_t kMostWaiting = 64;
constexpr std::size_t kTile = kTileRows * kDoublePanel;
constexpr std::size_t kRowsPerPart = 2048;  // of sums that are made beside each other
constexpr std::size_t kMostParts = 16;

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

std::vector<double> column_means(const Matrix& matrix) {
    std::vector<double> means(matrix.columns());
    for (std::size_t i = 0; i < matrix.rows(); ++i) {
        const auto row = matrix.row(i);
        for (std::size_t j = 0; j < row.size(); ++j)
            means[j] += static_cast<double>(row[j]);
    }
    for (double& mean : means)
        mean /= static_cast<double>(matrix.rows());
    return means;
}

MatrixD centred_products(const Matrix& rows, std::span<const double> means, unsigned threads,
                         const CancelToken& cancel) {
    const std::size_t parts = std::clamp<std::size_t>(rows.rows() / kRowsPerPart, 1, kMostParts);
    std::vector<MatrixD> sums(parts);
    parallel_for(parts, threads, [&](std::size_t part) {
        ProductSums products(rows.columns());
        for (std::size_t i = rows.rows() * part / parts; i < rows.rows() * (part + 1) / parts; ++i) {
            cancel.check();
            const auto row = rows.row(i);
            const auto to = products.next_row();
            for (std::size_t j = 0; j < row.size(); ++j)
                to[j] = static_cast<double>(row[j]) - means[j];
        }
        sums[part] = products.sums();
    });
    for (std::size_t part = 1; part < parts; ++part) {
        for (std::size_t i = 0; i < means.size() * means.size(); ++i)
            sums[0].data()[i] += sums[part].data()[i];
    }
    return std::move(sums[0]);
}

}  // namespace audiomuse::numeric
