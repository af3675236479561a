// The spaces a library is seen in: where it is clustered, and where lists are compared by what their tags say.
#pragma once

#include <string>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/features/clustering/clustering.h"
#include "audiomuse/numeric/matrix.h"

namespace audiomuse::features {

struct ClusterSpace {
    numeric::Matrix points;        ///< all rows by principal component, the strongest first; centred
    std::vector<double> variance;  ///< of each column of points
};
/// `input.embeddings` are of length 1. Throws Error(cancelled).
ClusterSpace make_space(const ClusteringInput& input, const ClusteringParams& params, const CancelToken& cancel = {});

/// How many of the first components hold this share of the variance.
std::size_t components_holding(const ClusterSpace& space, double share);
/// The root mean square distance of songs from their common mean by the first `components` columns: the unit of
/// max_distance and of dbscan_eps.
double spread(const ClusterSpace& space, std::size_t components);

/// The first `components` columns of `points` (0: all) of the given rows (empty: all).
numeric::Matrix view(const numeric::Matrix& points, std::size_t components, const std::vector<std::size_t>& rows = {});

/// What runs are judged by.
struct Profiles {
    /// How each track sounds and what is known of it in words: the space, then the active moods (without moods tempo,
    /// energy and the six features), column-wise standardised over the library, so that a value says how much more of
    /// it a track has than others.
    numeric::Matrix whole;
    numeric::Matrix moods;     ///< the active moods as they are; without columns when there are none
    numeric::Matrix features;  ///< the six further features as they are
};
Profiles make_profiles(const ClusteringInput& input, const ClusteringParams& params, const ClusterSpace& space);

/// Indices of the moods that count, by falling mean over the library; empty when the tracks have no moods.
std::vector<std::size_t> active_moods(const ClusteringInput& input, int top_n);

}  // namespace audiomuse::features
