// k-means after Lloyd (1982), started by greedy k-means++ (Arthur and Vassilvitskii, 2007), as scikit-learn does it.
#pragma once

#include <cstdint>
#include <vector>

#include "audiomuse/numeric/matrix.h"

namespace audiomuse::numeric {

struct KMeansParams {
    std::size_t clusters = 8;
    int n_init = 10;           ///< restarts; the result with the lowest inertia wins
    int max_iterations = 300;  ///< of Lloyd's algorithm per restart
    double tolerance = 1e-4;   ///< stop when the centres' squared shift is below this times the mean column variance
    std::uint64_t seed = 1;
    unsigned threads = 1;  ///< has no influence on the result
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
/// Error(invalid_argument) unless 1 <= clusters <= rows.
KMeansResult kmeans(const Matrix& points, const KMeansParams& params = {});

/// The nearest centre of each row, the lowest index on ties. Both have the same number of columns.
Assignment assign(const Matrix& points, const Matrix& centres, unsigned threads = 1);

}  // namespace audiomuse::numeric
