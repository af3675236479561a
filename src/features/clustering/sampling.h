// Which songs a run clusters: bounded in number, with small genres represented, and mostly the same from run to run.
#pragma once

#include <cstddef>
#include <vector>

#include "audiomuse/base/random.h"
#include "audiomuse/features/clustering/clustering.h"

namespace audiomuse::features {

/// The genre each track counts for: the strongest of its tags that is a genre, as an index below genre_count(); the
/// last index is "none of them".
std::vector<std::size_t> primary_genres(const ClusteringInput& input);
std::size_t genre_count();

/// How many songs each genre gives. `sizes` are the genres' sizes; the last one is "none", which gives only what the
/// others cannot. Every genre first gets up to a target, max(min_songs, percentile of the sizes); the room is shared
/// evenly, and what remains goes to the larger ones. The sum is min(total, sum of sizes).
std::vector<std::size_t> genre_quotas(const std::vector<std::size_t>& sizes, std::size_t total, std::size_t min_songs,
                                      double percentile);

/// Draws samples one after another.
class Sampler {
public:
    Sampler(const ClusteringInput& input, const ClusteringParams& params);
    /// Rows of the next sample in rising order; empty means all rows (the library is no larger than a sample). Each
    /// genre keeps a share of its songs of the sample before, and prefers songs that were not in it for the rest.
    std::vector<std::size_t> next(Random& random);

private:
    double keep_;
    std::vector<std::vector<std::size_t>> members_;  ///< rows of each genre; empty when no sampling is needed
    std::vector<std::size_t> quotas_;
    std::vector<bool> in_previous_;
};

}  // namespace audiomuse::features
