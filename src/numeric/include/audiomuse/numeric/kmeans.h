// k-means after Lloyd (1982), started by greedy k-means++ (Arthur and Vassilvitskii, 2007), as scikit-learn does it;
// in mini-batches (Sculley, 2010) where there are many rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/numeric/matrix.h"

namespace audiomuse::numeric {

struct KMeansParams {
    std::size_t clusters = 8;
    int n_init = 10;           ///< restarts; the result with the lowest inertia wins
    int max_iterations = 300;  ///< of Lloyd's algorithm per restart; passes over the rows where there are batches
    double tolerance = 1e-4;   ///< stop when the centres' squared shift is below this times the mean column variance
    /// Rows, drawn at random, that centres are moved by at a time. 0, or as many as there are: all, in each iteration.
    /// With batches a restart ends when a pass lowers the inertia by less than a thousandth, whatever the tolerance.
    std::size_t batch_rows = 0;
    std::uint64_t seed = 1;
    unsigned threads = 1;  ///< has no influence on the result
    CancelToken cancel;
};

struct Assignment {
    std::vector<int> labels;               ///< index of the nearest centre of each row
    std::vector<float> squared_distances;  ///< to that centre
};

struct KMeansResult {
    Matrix centres;           ///< one row per cluster
    std::vector<int> labels;  ///< of each point, by these centres
    double inertia = 0;       ///< sum of squared distances to the nearest centre
    int iterations = 0;       ///< of the winning restart
};

/// Groups the rows of `points`. Every cluster has at least one member unless there are fewer distinct points than
/// clusters: a cluster that loses all members takes over the point farthest from its centre. Throws
/// Error(invalid_argument) unless 1 <= clusters <= rows, Error(cancelled) once `cancel` is.
KMeansResult kmeans(const Matrix& points, const KMeansParams& params = {});

/// The nearest centre of each row, the lowest index on ties. Both have the same number of columns.
Assignment assign(const Matrix& points, const Matrix& centres, unsigned threads = 1);

/// The mean of the rows with each label 0, 1, 2 ... up to the highest: centres of a grouping that has none of its own.
/// Negative labels (noise) belong to none; a label without rows has zeros.
Matrix member_means(const Matrix& points, std::span<const int> labels);

}  // namespace audiomuse::numeric
