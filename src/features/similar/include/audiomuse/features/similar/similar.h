// Tracks that sound like a given one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/base/ids.h"
#include "audiomuse/features/similar/song_cache.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {

struct SimilarParams {
    int n = 10;                        ///< wanted tracks; less than 1 gives none
    bool eliminate_duplicates = true;  ///< apply max_songs_per_artist (the name is AudioMuse-AI's)
    bool radius = true;                ///< order as a walk through the neighbourhood instead of by distance
    bool mood_similarity = false;      ///< keep only tracks whose six further features are near those of the seed
    int max_songs_per_artist = 3;      ///< <= 0: no limit
    double duplicate_distance = 0.01;  ///< 1 - cos below which a track of the same length repeats one before it
    int duplicate_lookback = 1;        ///< how many tracks before it that is compared with
    double mood_threshold = 0.15;      ///< mean absolute difference of the six features
    std::optional<ServerId> server;    ///< keep only tracks that this server has
};

struct SimilarTrack {
    TrackId id;
    float distance = 0;  ///< 1 - cos to the seed, 0..2
    friend bool operator==(const SimilarTrack&, const SimilarTrack&) = default;
};

/// At most n tracks like `seed`, without the seed, other versions of it, near duplicates of one another and absent
/// tracks. The pool of neighbours is enlarged until n tracks pass all rules or the index is exhausted, so fewer than n
/// mean that there are no more. Throws Error(not_found) when the seed is not in the store or not in the index.
/// What the rules ask of songs is read through `cache` when there is one. Thread-safe.
std::vector<SimilarTrack> find_similar(store::Store& store, const index::VectorIndex& index, TrackId seed,
                                       const SimilarParams& params = {}, SongCache* cache = nullptr);

struct FarthestTrack {
    TrackId id;  ///< none when the index holds the seed only
    float distance = 0;
};
/// The track least like `seed`, exactly. Throws Error(not_found) when the seed is not in the index.
FarthestTrack max_distance(const index::VectorIndex& index, TrackId seed);

struct Explanation {
    int percent = 0;                   ///< 100 * (1 - distance), rounded, 0..100
    std::vector<std::string> reasons;  ///< at most two, the strongest first: "same tempo", "same key", "similar
                                       ///< energy", "both <tag or feature>", e.g. "both acoustic"
};
/// Why two tracks at this distance are alike, from what their analyses have in common.
Explanation explain(const store::AnalysisSummary& seed, const store::AnalysisSummary& candidate, float distance);

}  // namespace audiomuse::features
