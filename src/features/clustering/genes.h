// What a run is made of: the ranges that numbers are drawn from, and how they are drawn and varied.
#pragma once

#include <cstddef>

#include "audiomuse/base/random.h"
#include "audiomuse/features/clustering/clustering.h"
#include "space.h"

namespace audiomuse::features {

/// From where each of the genes is drawn. A gene that the algorithm does not use stays at 0:
///
/// | algorithm | components      | clusters          | eps        | min_samples        |
/// | --------- | --------------- | ----------------- | ---------- | ------------------ |
/// | kmeans    | pca_components  | kmeans_clusters   | -          | -                  |
/// | dbscan    | pca_components  | -                 | dbscan_eps | dbscan_min_samples |
/// | gmm       | pca_components  | gmm_components    | -          | -                  |
/// | spectral  | pca_components  | spectral_clusters | -          | -                  |
struct Bounds {
    Range<int> components;
    Range<int> clusters;
    Range<double> eps;
    Range<int> min_samples;
};

/// The ranges of `params`, as far as `sample` songs of `songs` allow. With params.calibrate also as far as they make
/// sense for lists of `min_size` songs in this library; docs/clustering.md has the rules.
Bounds bounds_of(const ClusteringParams& params, const ClusterSpace& space, std::size_t sample, std::size_t min_size,
                 const CancelToken& cancel);

/// Each gene uniform in its range.
Genes draw(const Bounds& bounds, Random& random);
/// Each gene changed by a uniform number up to the params' deltas, and back into its range.
Genes vary(const Genes& genes, const Bounds& bounds, const ClusteringParams& params, Random& random);

}  // namespace audiomuse::features
