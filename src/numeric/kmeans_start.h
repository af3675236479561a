// Where k-means begins.
#pragma once

#include "audiomuse/base/cancel.h"
#include "audiomuse/base/random.h"
#include "audiomuse/numeric/matrix.h"
#include "panels.h"

namespace audiomuse::numeric {

/// Greedy k-means++: each next centre is drawn in proportion to the squared distance to the nearest one so far, from a
/// few candidates the one that lowers the sum of those most. `panels` are the points, at least one.
Matrix choose_start(const Matrix& points, const Panels& panels, std::size_t clusters, Random& random, unsigned threads,
                    const CancelToken& cancel);

}  // namespace audiomuse::numeric
