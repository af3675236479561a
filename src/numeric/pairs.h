// Distances of all pairs of rows, a tile at a time, so that no more of them than that is ever stored.
#pragma once

#include <array>

#include "audiomuse/numeric/matrix.h"
#include "panels.h"

namespace audiomuse::numeric {

struct TurnedPoints {
    Matrix points;
    double error = 0;  ///< distances have changed by less
};

/// The points turned to their principal axes, so that the first coordinates say most of how far apart two of them are
/// and DistanceTile::measure_within knows early. That changes distances by rounding alone, by less than 1e-5 of how far
/// the farthest point is from the mean of all. A copy of the points where turning would not pay.
TurnedPoints turn(const Matrix& points, unsigned threads);

/// Squared distances between kTileRows rows and the kPanel rows of a panel.
struct alignas(64) DistanceTile {
    std::array<float, kTileRows * kPanel> values;

    float* row(std::size_t i) { return values.data() + i * kPanel; }
    const float* row(std::size_t i) const { return values.data() + i * kPanel; }

    /// Between `group` and `panel`, as Panels has them.
    void measure(const float* group, const float* panel, std::size_t columns);

    /// The same, but infinite for pairs that are found to be farther apart than the limit of their column. False where
    /// all are.
    bool measure_within(const float* group, const float* panel, std::size_t columns, const float* limits);
};

}  // namespace audiomuse::numeric
