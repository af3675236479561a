// From labels to lists: the rules of 'docs/clustering.md', and how good the lists are.
#pragma once

#include <cstddef>
#include <vector>

#include "audiomuse/features/clustering/clustering.h"
#include "audiomuse/numeric/kmeans.h"
#include "audiomuse/numeric/matrix.h"
#include "space.h"

namespace audiomuse::features {

/// A list in the making.
struct SongList {
    std::vector<std::size_t> rows;  ///< nearest to the centre first
    std::vector<float> centre;
    int artist_cap = 0;
};

/// The least size of a list in a library of `songs` songs: a sixteenth of them, at least 4, but no more than the wanted
/// least size nor than lists may have at most.
std::size_t least_list_size(std::size_t songs, const ClusteringParams& params);

struct ListParams {
    std::size_t min_size = 20;
    double farthest = 0;  ///< from the centre, in the units of the space; 0 = no limit
};
/// One list per cluster: its members by distance, without far ones, other versions and near duplicates, with the artist
/// cap (or the lowest higher one that makes min_size), cut at the largest size. Lists below min_size are left out.
std::vector<SongList> make_lists(const numeric::Assignment& assignment, const numeric::Matrix& centres,
                                 const ClusteringInput& input, const numeric::Matrix& unit,
                                 const ClusteringParams& params, const ListParams& list_params);

/// The n most diverse lists: the largest, then again and again the one with the highest product of distance to the
/// nearest chosen centre and logarithm of its size, both relative to the highest among the candidates. All of them for
/// n <= 0.
std::vector<SongList> most_diverse(std::vector<SongList> lists, int n);

/// Mean cosine, at least 0, between the profile of a song and the mean profile of its list, over all songs of all
/// lists. 0..1.
double purity(const std::vector<SongList>& lists, const numeric::Matrix& profiles);
/// Mean over the lists of (1 - cos) / 2 between its mean profile and the most similar one of another list. 0..1; 0 for
/// one list.
double diversity(const std::vector<SongList>& lists, const numeric::Matrix& profiles);

}  // namespace audiomuse::features
