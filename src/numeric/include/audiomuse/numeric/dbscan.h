// DBSCAN: density-based clusters and noise (Ester, Kriegel, Sander and Xu, 1996), exact, by Euclidean distance.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/numeric/matrix.h"

namespace audiomuse::numeric {

/// The label of rows that belong to no cluster.
inline constexpr int kNoise = -1;

struct DbscanParams {
    double eps = 0.5;             ///< rows at most so far apart are neighbours; > 0
    std::size_t min_samples = 5;  ///< a row with as many neighbours, itself included, is a core row
    unsigned threads = 1;         ///< has no influence on the result
    CancelToken cancel;
};

struct DbscanResult {
    /// 0, 1, 2 ... by the first core row of each cluster, or kNoise. A row within eps of core rows of several clusters
    /// belongs to the first of them, as in scikit-learn.
    std::vector<int> labels;
    std::vector<bool> is_core;  ///< of each row
    Matrix centres;             ///< mean of the members of each cluster, core rows and others
    std::size_t clusters() const { return centres.rows(); }
};

/// Memory grows with the rows, not with the pairs of neighbours. Throws Error(invalid_argument) unless eps > 0 and
/// min_samples >= 1, Error(cancelled) once `cancel` is.
DbscanResult dbscan(const Matrix& points, const DbscanParams& params = {});

struct KDistanceParams {
    std::size_t k = 5;            ///< at least 1; at most the rows - 1 count
    std::size_t max_rows = 1000;  ///< beyond, a random sample of this many rows is asked; 0 = no limit
    std::uint64_t seed = 1;
    unsigned threads = 1;  ///< has no influence on the result
    CancelToken cancel;
};

/// The k-distance curve: the distance of each (sampled) row to its k-th nearest other row, of all rows, by rising
/// distance. A quantile of it, or its knee, is an eps for which so many rows are core rows at min_samples = k + 1.
/// Empty for fewer than 2 rows.
std::vector<float> k_distances(const Matrix& points, const KDistanceParams& params = {});

/// The value of a rising curve where it lies farthest below the straight line between its ends: where it begins to
/// climb (Satopaa, Albrecht, Irwin and Raghavan, "Finding a Kneedle in a Haystack", 2011). 0 for an empty curve.
float knee(std::span<const float> curve);

}  // namespace audiomuse::numeric
