// How good a grouping is, judged by geometry alone. Labels are 0, 1, 2 ..., one per row, and -1 (noise) counts as one
// cluster more; clusters without rows do not count.
#pragma once

#include <cstdint>
#include <span>

#include "audiomuse/base/cancel.h"
#include "audiomuse/numeric/matrix.h"

namespace audiomuse::numeric {

struct SilhouetteParams {
    std::size_t max_rows = 2000;  ///< beyond, a random sample of this many rows stands for all; 0 = no limit
    std::uint64_t seed = 1;
    unsigned threads = 1;  ///< has no influence on the result
    CancelToken cancel;
};
/// Mean silhouette (Rousseeuw, 1987), -1..1, higher is better. A row alone in its cluster counts 0. 0 with fewer than 2
/// clusters. Throws Error(cancelled) once `cancel` is.
double silhouette(const Matrix& points, std::span<const int> labels, const SilhouetteParams& params = {});
/// Davies-Bouldin index (1979), >= 0, lower is better. 0 with fewer than 2 clusters.
double davies_bouldin(const Matrix& points, std::span<const int> labels);
/// Calinski-Harabasz index (1974), >= 0, higher is better. 0 with fewer than 2 clusters or one row per cluster; 1 when
/// no row differs from its centre (as scikit-learn).
double calinski_harabasz(const Matrix& points, std::span<const int> labels);

}  // namespace audiomuse::numeric
