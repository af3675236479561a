#include "densities.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"

namespace audiomuse::numeric {
namespace {

using Tile = std::array<double, kTileRows * kDoublePanel>;

/// The inverse of the lower Cholesky factor of `matrix`, stored column by column, `step` numbers each; returns the
/// logarithm of the determinant of `matrix`. Where rounding has cost the matrix its definiteness, as little of its
/// largest variance as brings it back, to a power of ten, is added along the diagonal.
double invert_factor(const MatrixD& matrix, double* to, std::size_t step) {
    const auto size = static_cast<Eigen::Index>(matrix.rows());
    const Eigen::Map<const Eigen::MatrixXd> given(matrix.data(), size, size);
    Eigen::LLT<Eigen::MatrixXd> factor(given);
    const double largest = given.diagonal().maxCoeff();
    for (double share = 1e-16; factor.info() != Eigen::Success && share < 1e-3; share *= 10)
        factor.compute(given + share * largest * Eigen::MatrixXd::Identity(size, size));
    if (factor.info() != Eigen::Success || !std::isfinite(given.sum()))
        throw Error(ErrorCode::invalid_argument, "A covariance matrix of a mixture is not one.");
    Eigen::Map<Eigen::MatrixXd, 0, Eigen::OuterStride<>> inverse(to, size, size,
                                                                 Eigen::OuterStride<>(static_cast<Eigen::Index>(step)));
    inverse = factor.matrixL().solve(Eigen::MatrixXd::Identity(size, size));
    return 2 * factor.matrixL().toDenseMatrix().diagonal().array().log().sum();
}

/// Adds kTileRows rows of F x, from row `first` on, for the points of a panel.
void add_product(const double* factor, std::size_t step, std::size_t first, const double* panel, std::size_t columns,
                 Tile& tile) {
    const std::size_t depth = std::min(columns, first + kTileRows);  // F is a lower triangle
    best_tile_kernels().add_dots(factor + first, step, panel, kDoublePanel, depth, tile.data());
}

}  // namespace

void DoublePanels::load(const Panels& points, std::size_t first) {
    constexpr std::size_t kHalves = kPanel / kDoublePanel;
    columns_ = points.columns();
    count_ = kHalves * std::min(kPointsPerBlock / kPanel, points.count() - first);
    values_.resize(count_ * columns_ * kDoublePanel);
    for (std::size_t i = 0; i < count_; ++i) {
        const float* const from = points.panel(first + i / kHalves) + i % kHalves * kDoublePanel;
        for (std::size_t j = 0; j < columns_; ++j)
            std::copy_n(from + j * kPanel, kDoublePanel, panel(i) + j * kDoublePanel);
    }
}

Densities::Densities(const GaussianMixture& mixture, unsigned threads, const CancelToken& cancel)
    : covariance_(mixture.covariance), columns_(mixture.means.columns()), offsets_(mixture.components()) {
    if (mixture.matrices.empty()) {
        prepare_variances(mixture);
    } else {
        prepare_matrices(mixture, threads, cancel);
    }
    const double constant = static_cast<double>(columns_) * std::log(2 * std::numbers::pi);
    for (std::size_t k = 0; k < components(); ++k)
        offsets_[k] = std::log(mixture.weights[k]) - 0.5 * (constant + offsets_[k]);
}

// Both leave the logarithms of the determinants in offsets_.

void Densities::prepare_variances(const GaussianMixture& mixture) {
    const std::size_t step = round_up(components(), kTileRows);
    factors_.resize(columns_ * step);
    shifts_.resize(factors_.size());
    for (std::size_t k = 0; k < components(); ++k) {
        for (std::size_t j = 0; j < columns_; ++j) {
            const double variance = mixture.variances(k, covariance_ == Covariance::spherical ? 0 : j);
            offsets_[k] += std::log(variance);
            factors_[j * step + k] = 1 / std::sqrt(variance);
            shifts_[j * step + k] = mixture.means(k, j) / std::sqrt(variance);
        }
    }
}

void Densities::prepare_matrices(const GaussianMixture& mixture, unsigned threads, const CancelToken& cancel) {
    const std::size_t step = round_up(columns_, kTileRows);
    const std::size_t size = columns_ * step;
    const auto times_mean = [&](const double* factor, std::size_t k, std::size_t i) {
        double sum = 0;
        for (std::size_t j = 0; j <= i; ++j)
            sum += factor[j * step + i] * mixture.means(k, j);
        return sum;
    };
    if (covariance_ == Covariance::tied) {
        whitening_.resize(size);
        const double log_determinant = invert_factor(mixture.matrices.front(), whitening_.data(), step);
        std::fill(offsets_.begin(), offsets_.end(), log_determinant);
        const std::size_t by_component = round_up(components(), kTileRows);
        factors_.assign(columns_ * by_component, 1.0);
        shifts_.resize(factors_.size());
        for (std::size_t k = 0; k < components(); ++k) {
            for (std::size_t i = 0; i < columns_; ++i)
                shifts_[i * by_component + k] = times_mean(whitening_.data(), k, i);
        }
        return;
    }
    factors_.resize(components() * size);
    shifts_.resize(components() * step);
    parallel_for(components(), threads, [&](std::size_t k) {
        cancel.check();
        double* const factor = &factors_[k * size];
        offsets_[k] = invert_factor(mixture.matrices[k], factor, step);
        for (std::size_t i = 0; i < columns_; ++i)
            shifts_[k * step + i] = times_mean(factor, k, i);
    });
}

void Densities::log_parts(const DoublePanels& points, std::vector<double>& to) const {
    to.resize(components() * kPointsPerBlock);
    switch (covariance_) {
        case Covariance::diagonal:
        case Covariance::spherical:
            squares_by_variances(points, to);
            break;
        case Covariance::tied:
            squares_by_variances(whiten(points), to);
            break;
        case Covariance::full:
            squares_by_matrices(points, to);
            break;
    }
    for (std::size_t k = 0; k < components(); ++k) {
        double* const of_component = &to[k * kPointsPerBlock];
        for (std::size_t j = 0; j < kPointsPerBlock; ++j)
            of_component[j] = offsets_[k] - 0.5 * of_component[j];
    }
}

void Densities::squares_by_variances(const DoublePanels& points, std::vector<double>& to) const {
    const std::size_t step = round_up(components(), kTileRows);
    for (std::size_t p = 0; p < points.count(); ++p) {
        for (std::size_t k = 0; k < components(); k += kTileRows) {
            Tile tile{};
            best_tile_kernels().add_scaled_squares(&factors_[k], &shifts_[k], step, points.panel(p), kDoublePanel,
                                                   columns_, tile.data());
            for (std::size_t i = 0; i < std::min(kTileRows, components() - k); ++i)
                std::copy_n(&tile[i * kDoublePanel], kDoublePanel, &to[(k + i) * kPointsPerBlock + p * kDoublePanel]);
        }
    }
}

void Densities::squares_by_matrices(const DoublePanels& points, std::vector<double>& to) const {
    const std::size_t step = round_up(columns_, kTileRows);
    for (std::size_t k = 0; k < components(); ++k) {
        const double* const factor = &factors_[k * columns_ * step];
        const double* const shifts = &shifts_[k * step];
        for (std::size_t p = 0; p < points.count(); ++p) {
            std::array<double, kDoublePanel> sums{};
            for (std::size_t row = 0; row < columns_; row += kTileRows) {
                Tile tile;
                for (std::size_t i = 0; i < kTileRows; ++i)
                    std::fill_n(&tile[i * kDoublePanel], kDoublePanel, -shifts[row + i]);
                add_product(factor, step, row, points.panel(p), columns_, tile);
                for (std::size_t i = 0; i < kTileRows; ++i) {
                    for (std::size_t j = 0; j < kDoublePanel; ++j)
                        sums[j] += tile[i * kDoublePanel + j] * tile[i * kDoublePanel + j];
                }
            }
            std::copy(sums.begin(), sums.end(), &to[k * kPointsPerBlock + p * kDoublePanel]);
        }
    }
}

DoublePanels Densities::whiten(const DoublePanels& points) const {
    const std::size_t step = round_up(columns_, kTileRows);
    DoublePanels white = points;
    for (std::size_t p = 0; p < points.count(); ++p) {
        for (std::size_t row = 0; row < columns_; row += kTileRows) {
            Tile tile{};
            add_product(whitening_.data(), step, row, points.panel(p), columns_, tile);
            std::copy_n(tile.data(), std::min(kTileRows, columns_ - row) * kDoublePanel,
                        white.panel(p) + row * kDoublePanel);
        }
    }
    return white;
}

}  // namespace audiomuse::numeric
