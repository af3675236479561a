// A library made ready for runs: what every run reads.
#pragma once

#include "audiomuse/features/clustering/search.h"
#include "genes.h"
#include "sampling.h"
#include "space.h"

namespace audiomuse::features {

/// Fewer tracks have no lists.
inline constexpr std::size_t kLeastTracks = 8;

class ClusterLibrary {
public:
    ClusterLibrary(ClusteringInput given, const ClusteringParams& wanted, const CancelToken& cancel);

    const ClusteringInput input;  ///< its embeddings are of length 1
    const ClusteringParams params;
    const std::size_t min_size;  ///< of a list
    const Sampler sampler;
    // Empty for less than kLeastTracks.
    ClusterSpace space;
    Profiles profiles;
    Bounds bounds;
};

}  // namespace audiomuse::features
