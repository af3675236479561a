// From groups to lists: the rules of docs/clustering.md.
#pragma once

#include <cstddef>
#include <vector>

#include "audiomuse/features/clustering/clustering.h"
#include "fit.h"

namespace audiomuse::features {

/// A list in the making.
struct SongList {
    std::vector<std::size_t> rows;  ///< nearest to the centre first
    std::vector<float> centre;
    int artist_cap = 0;  ///< that was used
};

/// The least size of a list in a library of `songs` songs: a sixteenth of them, at least 4, but no more than the wanted
/// least size nor than lists may have at most.
std::size_t least_list_size(std::size_t songs, const ClusteringParams& params);

struct ListParams {
    std::size_t min_size = 20;
    double farthest = 0;  ///< from the centre, in the units of the space; 0 = no limit
};
/// One list per group: its members by distance, without far ones, other versions and near duplicates, with the limits
/// per artist and per album (or the lowest higher ones that make min_size), cut at the largest size. Lists below
/// min_size are left out. The embeddings of `input` are of length 1.
std::vector<SongList> make_lists(const Grouping& groups, const ClusteringInput& input, const ClusteringParams& params,
                                 const ListParams& list_params);

/// The n most diverse lists: the largest, then again and again the one with the highest product of distance to the
/// nearest chosen centre and logarithm of its size, both relative to the highest among the candidates. All of them for
/// n <= 0.
std::vector<SongList> most_diverse(std::vector<SongList> lists, int n);

}  // namespace audiomuse::features
