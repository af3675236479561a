// Which of the played tracks say what somebody likes.
#pragma once

#include <span>
#include <vector>

#include "audiomuse/base/ids.h"
#include "audiomuse/features/common/list_filter.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {

struct TasteParams {
    int songs = 20;               ///< most played ones that are taken
    int max_songs_per_album = 3;  ///< one album that is played through must not outweigh the rest
    double half_life_days = 30;   ///< after which a play counts half
    double undated = 0.25;        ///< weight of a track of which nobody knows when it was played
};

struct Liked {
    store::Heard heard;
    double weight = 1;  ///< 0..1
};

/// Of `heard`, the `songs` most played tracks (by their real count, then the latest) that are present and in the index,
/// one version of each, at most so many of an album. `heard` may hold several rows of a track: their plays add up.
/// `now`: Unix seconds.
std::vector<Liked> taste_of(store::Store& store, const index::VectorIndex& index, std::span<const store::Heard> heard,
                            double now, const TasteParams& params = {});

}  // namespace audiomuse::features
