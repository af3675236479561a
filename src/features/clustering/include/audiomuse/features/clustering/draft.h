// What a search has found, until somebody publishes it or the next search finds something: a preview. It is kept in the
// store while the search runs, so that a cancelled or broken one leaves its best.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audiomuse/features/clustering/clustering.h"

namespace audiomuse::features {

struct DraftList {
    int number = 0;  ///< how it is named in requests: from 1
    std::string name;
    std::string recipe;  ///< for store::Playlist::recipe
    std::vector<TrackId> tracks;
    PlaylistId replaces = {};  ///< the automatic playlist whose songs it still has, whose id it keeps; 0: none
    bool keeps_name = false;   ///< it has that playlist's name
};

struct Draft {
    std::string task;  ///< id of the job that made it
    double made_at = 0;
    std::string algorithm;
    Genes genes;
    double score = 0;
    std::vector<DraftList> lists;
};

/// The solution as a draft. A list that shares enough with an automatic playlist of the store is that playlist's new
/// state (see same_lists), and keeps its name where at least half of their songs are the same.
Draft make_draft(store::Store& store, const Solution& solution, const ClusteringParams& params,
                 const std::string& task);

/// Which of `old` each of `fresh` is the new state of, as an index or nothing. Two lists are paired by the songs they
/// share over the songs of both (Jaccard), if that is at least a quarter; the most alike first, each once.
struct SameList {
    std::optional<std::size_t> old;
    double shared = 0;  ///< 0..1
};
std::vector<SameList> same_lists(const std::vector<std::vector<TrackId>>& fresh,
                                 const std::vector<std::vector<TrackId>>& old);

/// Nothing when there is none.
std::optional<Draft> read_draft(store::Store& store);
void save_draft(store::Store& store, const Draft& draft);
void forget_draft(store::Store& store);

/// A list that is to be published.
struct Chosen {
    int number = 0;
    std::string name = {};  ///< empty: the draft's
};
/// Makes the chosen lists of the draft (nothing: all) the automatic playlists of the store, in place of those there,
/// and forgets the draft. Songs that are gone meanwhile are left out. Returns how many there are. Throws
/// Error(not_found) for a number that the draft does not have, Error(invalid_argument) for a number or name twice and
/// when nothing is chosen, and what the store says of names.
std::size_t publish_draft(store::Store& store, const Draft& draft,
                          const std::optional<std::vector<Chosen>>& chosen = std::nullopt);

}  // namespace audiomuse::features
