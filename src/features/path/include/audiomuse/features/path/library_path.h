// A song path through the library: under the filter that all lists share.
#pragma once

#include <span>

#include "audiomuse/features/common/filter_cache.h"
#include "audiomuse/features/common/list_filter.h"
#include "audiomuse/features/common/song_cache.h"
#include "audiomuse/features/path/song_path.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {

struct LibraryPathParams {
    int length = 25;         ///< see PathParams
    bool exact = false;      ///< see PathParams
    ListFilter filter = {};  ///< holds for the songs between the stops; a stop may be any song
};

/// What is kept between lists, where there is something to keep it in.
struct PathCaches {
    SongCache* songs = nullptr;
    FilterCache* filters = nullptr;
};

/// find_path over the store's songs. The look-back of the filter is that of the whole path; 0 switches the rule off.
SongPath find_library_path(store::Store& store, const index::VectorIndex& index, std::span<const TrackId> stops,
                           const LibraryPathParams& params = {}, const PathCaches& caches = {});

}  // namespace audiomuse::features
