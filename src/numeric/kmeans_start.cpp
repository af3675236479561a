#include "kmeans_start.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace audiomuse::numeric {
namespace {

/// Squared distances of the points to the nearest of the centres so far, and of as many as kTileRows candidates.
class NearestCentre {
public:
    NearestCentre(const Matrix& points, const Panels& panels)
        : points_(points), panels_(panels), nearest_(panels.count() * kPanel, -1), tiles_(panels.count() * kTile) {
        std::fill_n(nearest_.begin(), points.rows(), std::numeric_limits<float>::infinity());
    }

    float of(std::size_t point) const { return nearest_[point]; }

    /// What the distances would add up to with each of the candidates as one centre more. By differences: a point is at
    /// distance 0 of itself.
    std::vector<double> try_out(std::span<const std::size_t> candidates, unsigned threads, const CancelToken& cancel) {
        const std::size_t columns = points_.columns();
        std::vector<float> group(columns * kTileRows);
        for (std::size_t c = 0; c < candidates.size(); ++c) {
            for (std::size_t j = 0; j < columns; ++j)
                group[j * kTileRows + c] = points_(candidates[c], j);
        }
        MatrixD sums(panels_.count(), candidates.size());
        for_panels(panels_.count(), threads, cancel, [&](std::size_t begin, std::size_t end) {
            for (std::size_t p = begin; p < end; ++p) {
                float* const tile = &tiles_[p * kTile];
                const float* const nearest = &nearest_[p * kPanel];
                best_tile_kernels().measure_squares(group.data(), kTileRows, panels_.panel(p), kPanel, columns, nearest,
                                                    tile);
                for (std::size_t c = 0; c < candidates.size(); ++c)
                    sums(p, c) = lower(nearest, panels_.rows_in(p), tile + c * kPanel);
            }
        });
        std::vector<double> totals(candidates.size());
        for (std::size_t p = 0; p < sums.rows(); ++p) {
            for (std::size_t c = 0; c < totals.size(); ++c)
                totals[c] += sums(p, c);
        }
        return totals;
    }

    /// Makes one of the candidates that were tried last a centre.
    void accept(std::size_t candidate) {
        for (std::size_t i = 0; i < points_.rows(); ++i)
            nearest_[i] = tiles_[i / kPanel * kTile + candidate * kPanel + i % kPanel];
    }

private:
    static constexpr std::size_t kTile = kTileRows * kPanel;

    static double lower(const float* nearest, std::size_t count, float* distances) {
        double sum = 0;
        for (std::size_t i = 0; i < count; ++i) {
            distances[i] = std::min(distances[i], nearest[i]);
            sum += static_cast<double>(distances[i]);
        }
        return sum;
    }

    const Matrix& points_;
    const Panels& panels_;
    std::vector<float> nearest_;  // below 0 for what only fills up the last panel
    std::vector<float> tiles_;
};

}  // namespace

Matrix choose_start(const Matrix& points, const Panels& panels, std::size_t clusters, Random& random, unsigned threads,
                    const CancelToken& cancel) {
    const std::size_t n = points.rows();
    Matrix centres(clusters, points.columns());
    const auto copy = [&](std::size_t row, std::size_t centre) {
        std::copy_n(points.row(row).data(), points.columns(), centres.row(centre).data());
    };
    const auto candidates = std::min(kTileRows, static_cast<std::size_t>(2 + std::log(static_cast<double>(clusters))));
    NearestCentre nearest(points, panels);
    std::vector<double> cumulative(n);

    std::vector<std::size_t> drawn = {static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(n) - 1))};
    nearest.try_out(drawn, threads, cancel);
    nearest.accept(0);
    copy(drawn.front(), 0);
    drawn.resize(candidates);
    for (std::size_t c = 1; c < clusters; ++c) {
        double sum = 0;
        for (std::size_t i = 0; i < n; ++i)
            cumulative[i] = sum += static_cast<double>(nearest.of(i));
        for (std::size_t& row : drawn) {
            const auto found =
                std::upper_bound(cumulative.begin(), cumulative.end(), random.uniform() * cumulative.back());
            row = std::min(static_cast<std::size_t>(found - cumulative.begin()), n - 1);
        }
        const std::vector<double> sums = nearest.try_out(drawn, threads, cancel);
        const auto best = static_cast<std::size_t>(std::min_element(sums.begin(), sums.end()) - sums.begin());
        nearest.accept(best);
        copy(drawn[best], c);
    }
    return centres;
}

}  // namespace audiomuse::numeric
