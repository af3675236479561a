#include "pairs.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "audiomuse/numeric/pca.h"
#include "kernels.h"

namespace audiomuse::numeric {
namespace {

constexpr std::size_t kRowsWorthTurning = 4000;  // fewer are compared sooner than turned
constexpr std::size_t kColumnsWorthTurning = 64;
constexpr double kErrorOfTurning = 1e-5;

}  // namespace

TurnedPoints turn(const Matrix& points, unsigned threads) {
    if (points.rows() < kRowsWorthTurning || points.columns() < kColumnsWorthTurning) return {.points = points};
    TurnedPoints turned{.points = project(fit_pca(points, 0, threads), points, threads)};
    float farthest = 0;
    for (std::size_t i = 0; i < turned.points.rows(); ++i) {
        const float* const row = turned.points.row(i).data();  // from the mean
        farthest = std::max(farthest, best_kernels().dot(row, row, turned.points.columns()));
    }
    turned.error = kErrorOfTurning * std::sqrt(static_cast<double>(farthest));
    return turned;
}

void DistanceTile::measure(const float* group, const float* panel, std::size_t columns) {
    static constexpr std::array<float, kPanel> kNoLimits = [] {
        std::array<float, kPanel> limits{};
        limits.fill(std::numeric_limits<float>::infinity());
        return limits;
    }();
    measure_within(group, panel, columns, kNoLimits.data());
}

bool DistanceTile::measure_within(const float* group, const float* panel, std::size_t columns, const float* limits) {
    return best_tile_kernels().measure_squares(group, kPanel, panel, kPanel, columns, limits, values.data());
}

}  // namespace audiomuse::numeric
