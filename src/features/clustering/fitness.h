// How good the lists of a run are. All measures are 0..1, higher is better; 0 without lists.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/numeric/matrix.h"
#include "lists.h"
#include "space.h"

namespace audiomuse::features {

// What users would choose by.

/// Mean cosine, at least 0, between the profile of a song and the mean profile of its list, over all songs of all
/// lists: whether a list is one thing.
double coherence(const std::vector<SongList>& lists, const numeric::Matrix& profiles);
/// Mean over the lists of 1 - cos, at most 1, between its mean profile and the most similar one of another list:
/// whether two lists are two things. 0 for one list.
double distinctness(const std::vector<SongList>& lists, const numeric::Matrix& profiles);
/// Mean over the lists of how near their size is to what people play in one go: 1 from the least size to five times
/// that (20 to 100 songs), below in proportion to the songs, above to their inverse.
double playable_size(const std::vector<SongList>& lists, std::size_t min_size);
/// The share of the library's variance that the means of the lists explain, when every song is represented by the
/// nearest of them or, where that is nearer, by the library's mean: whether there is something for all of the library.
/// Of larger libraries 4,000 songs are asked.
double coverage(const std::vector<SongList>& lists, const numeric::Matrix& points);

// What AudioMuse-AI chooses by, as means: its sums grow with the number of songs kept, and have to be scaled by
// constants of one library. `values` are raw: probabilities of moods or features.

/// Each list counts for the strongest value of its mean, and of lists with the same strongest one only the highest
/// counts; over the number of lists. Where the strongest is not above `least` a list counts 0.
double diversity(const std::vector<SongList>& lists, const numeric::Matrix& values, double least = 0);
/// Mean over the lists of the mean over their songs of the highest of their values among the `top` strongest of the
/// list's mean above `least`.
double purity(const std::vector<SongList>& lists, const numeric::Matrix& values, std::size_t top, double least);

/// A run as it is judged.
struct Judged {
    const std::vector<SongList>& lists;  ///< those that stay
    const numeric::Matrix& points;       ///< all rows in the space of the run
    std::span<const int> labels;         ///< of all rows
};

/// Of `params.fitness`. Listening: (coherence^3 * distinctness * playable_size * coverage)^(1/6), as lists are worth no
/// more than their worst side; coherence thrice, as a wrong song is what a listener notices first. AudioMuse-AI: the
/// mean of its seven measures, weighted. docs/clustering.md has the reasons. Throws Error(cancelled).
double fitness(const Judged& run, const ClusterSpace& space, const Profiles& profiles, const ClusteringParams& params,
               std::size_t min_size, const CancelToken& cancel);

}  // namespace audiomuse::features
