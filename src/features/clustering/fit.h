// One run of an algorithm, from points to groups.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/features/clustering/clustering.h"
#include "audiomuse/numeric/kmeans.h"
#include "audiomuse/numeric/matrix.h"

namespace audiomuse::features {

/// The most songs that a run of the method fits: what takes about half a second on one core, so that a search of a
/// thousand runs ends while people wait. At most params.sample_songs.
std::size_t most_songs(const ClusteringParams& params);

/// A grouping of all songs.
struct Grouping {
    numeric::Assignment members;  ///< group of each row, or numeric::kNoise, and its squared distance to the centre
    numeric::Matrix centres;      ///< one row per group; no rows: there are no groups
};

struct FitContext {
    double spread = 1;          ///< of all points: the unit of Genes::eps
    std::size_t min_size = 20;  ///< of a list; groups by density that are far larger are parted
};

/// Fits the rows `sample` of `points` (empty: all rows), then finds every row its group: k-means by the nearest centre,
/// mixtures by the most probable component, spectral clustering by the nearest row of the sample, DBSCAN by the nearest
/// core row of it, if that is within reach. A group of DBSCAN may be any size; one of more than ten least lists is
/// parted by k-means into lists of about five. Throws Error(cancelled), and Error(invalid_argument) for more clusters
/// than rows.
Grouping fit(const numeric::Matrix& points, std::span<const std::size_t> sample, const Genes& genes,
             const ClusteringParams& params, const FitContext& context, std::uint64_t seed, const CancelToken& cancel);

}  // namespace audiomuse::features
