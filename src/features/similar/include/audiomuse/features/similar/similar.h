// Tracks that sound like a given one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/base/ids.h"
#include "audiomuse/features/common/filter_cache.h"
#include "audiomuse/features/common/list_filter.h"
#include "audiomuse/features/common/song_cache.h"
#include "audiomuse/features/similar/local_scales.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {

struct SimilarParams {
    int n = 10;                    ///< wanted tracks; less than 1 gives none
    bool radius = true;            ///< order as a walk through the neighbourhood instead of by distance
    bool mood_similarity = false;  ///< keep only tracks whose six further features are near those of the seed
    double mood_threshold = 0.15;  ///< mean absolute difference of the six features
    ListFilter filter = {};
};

/// What tracks are to be like: a place among them, and the tracks it was made of, which are not in the answer, nor are
/// other versions of them. Any vector is a place: a saved anchor has no seeds.
struct Likeness {
    std::vector<float> vector;  ///< need not be normalised
    std::vector<TrackId> seeds = {};
};

/// The middle of the seeds: the mean of their unit vectors. Nearness to it orders tracks by their mean distance to the
/// seeds. Throws Error(not_found) when one is not in the index, Error(invalid_argument) when there is none or they
/// cancel each other out.
Likeness like_tracks(const index::VectorIndex& index, std::span<const TrackId> seeds);

struct SimilarTrack {
    TrackId id;
    float distance = 0;  ///< 1 - cos to the place, 0..2
    friend bool operator==(const SimilarTrack&, const SimilarTrack&) = default;
};

/// What may be kept between calls; any may be null.
struct SimilarCaches {
    SongCache* songs = nullptr;
    FilterCache* filters = nullptr;
    /// Against hubs: which of the neighbours are taken, and where a walk leads, goes by the weighed distances of
    /// LocalScales::sort. What is reported is the distance itself, and a list without a walk is ordered by it.
    const LocalScales* scales = nullptr;
};

/// At most n tracks like `wanted` that the filter allows, without the seeds, other versions of them and near duplicates
/// of one another. The pool of neighbours is enlarged until n tracks pass all rules or the index is exhausted, so fewer
/// than n mean that there are no more. Throws Error(not_found) when a seed is not in the store, Error(invalid_argument)
/// for a vector of another length or without a direction. Thread-safe.
std::vector<SimilarTrack> find_similar(store::Store& store, const index::VectorIndex& index, const Likeness& wanted,
                                       const SimilarParams& params = {}, const SimilarCaches& caches = {});
/// The same for one seed. Throws Error(not_found), too, when it is not in the index.
std::vector<SimilarTrack> find_similar(store::Store& store, const index::VectorIndex& index, TrackId seed,
                                       const SimilarParams& params = {}, const SimilarCaches& caches = {});

struct FarthestTrack {
    TrackId id;  ///< none when the index holds the seed only
    float distance = 0;
};
/// The track least like `seed`, exactly. Throws Error(not_found) when the seed is not in the index.
FarthestTrack max_distance(const index::VectorIndex& index, TrackId seed);

struct Explanation {
    int percent = 0;  ///< 100 * (1 - distance), rounded, 0..100
    std::vector<std::string>
        reasons;  ///< at most two, the strongest first: "same tempo", "double the tempo", "half the
                  ///< tempo", "same key", "related key", "similar energy", "both <tag or feature>"
};
/// Why two tracks at this distance are alike, from what their analyses have in common. What a summary does not have (no
/// moods, a tempo or energy of 0, kNoKey) is no reason.
Explanation explain(const store::AnalysisSummary& seed, const store::AnalysisSummary& candidate, float distance);
inline constexpr int kNoKey = -1;  ///< in AnalysisSummary::key

/// What several seeds have in common, for explain: the least of each tag and feature, and tempo, key and energy where
/// all agree.
store::AnalysisSummary common_summary(std::span<const store::AnalysisSummary> seeds);
/// A summary that has nothing but one mood, for explain.
store::AnalysisSummary summary_of_mood(std::string_view mood);

}  // namespace audiomuse::features
