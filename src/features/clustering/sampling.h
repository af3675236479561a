// Which songs a run clusters: bounded in number, with small genres represented, and mostly the same from run to run.
#pragma once

#include <cstddef>
#include <vector>

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

/// The sample of each run. It follows from the number of the run alone, so that runs on different machines continue
/// each other: every genre stands in an order of its own, and each run takes the next songs of it in a circle, most of
/// them those of the run before. So all songs of a genre get their turn equally often.
class Sampler {
public:
    /// Samples of at most `most` songs.
    Sampler(const ClusteringInput& input, const ClusteringParams& params, std::size_t most);
    std::size_t size() const { return size_; }
    /// Rows in rising order; empty means all rows (the library is no larger than a sample). Of the sample of the run
    /// before, each genre exchanges params.sampling_change_per_run, as far as it has other songs.
    std::vector<std::size_t> sample(int run) const;

private:
    struct Genre {
        std::vector<std::size_t> rows;
        std::size_t quota = 0;  ///< at most the rows
        std::size_t step = 0;   ///< how far the next run is ahead
    };
    std::vector<Genre> genres_;  ///< empty when no sampling is needed
    std::size_t size_ = 0;
};

}  // namespace audiomuse::features
