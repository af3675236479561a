// The spaces a library is seen in: where it is clustered, and where lists are compared by what their tags say.
#pragma once

#include <string>
#include <vector>

#include "audiomuse/features/clustering/clustering.h"
#include "audiomuse/numeric/matrix.h"

namespace audiomuse::features {

struct ClusterSpace {
    numeric::Matrix unit;          ///< embeddings of length 1, for the duplicate rule
    numeric::Matrix points;        ///< all rows by principal component, the strongest first; centred
    std::vector<double> variance;  ///< of each column of points
};
ClusterSpace make_space(const ClusteringInput& input, const ClusteringParams& params);

/// The first `components` columns of `points` (0: all) of the given rows (empty: all).
numeric::Matrix view(const numeric::Matrix& points, std::size_t components, const std::vector<std::size_t>& rows = {});

/// What runs are judged by: how each track sounds, and what is known of it in words, the latter column-wise
/// standardised over the library, so that a value says how much more of it a track has than others.
struct Profiles {
    numeric::Matrix whole;     ///< the space, then the active moods (without moods tempo, energy and the six features)
    numeric::Matrix features;  ///< the six further features
};
Profiles make_profiles(const ClusteringInput& input, const ClusteringParams& params, const ClusterSpace& space);

/// Indices of the moods that count, by falling mean over the library; empty when the tracks have no moods.
std::vector<std::size_t> active_moods(const ClusteringInput& input, int top_n);

}  // namespace audiomuse::features
