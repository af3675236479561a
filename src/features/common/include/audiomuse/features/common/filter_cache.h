// Which tracks filters let through, kept between lists.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>

#include "audiomuse/features/common/list_filter.h"

namespace audiomuse::features {

/// Keeps what the last few criteria matched: a pass over 300,000 tracks takes longer than a search in them. What it
/// gives is what the store holds: all is forgotten when Store::change_counter has moved, and criteria about listening,
/// which that does not count, are asked each time. Thread-safe.
class FilterCache {
public:
    explicit FilterCache(std::size_t capacity = 24) : capacity_(capacity) {}
    /// As features::allowed_tracks.
    AllowedTracks allowed_tracks(store::Store& store, const ListFilter& filter);

private:
    struct Kept {
        store::TrackCriteria criteria;
        AllowedTracks allowed;
    };

    const std::size_t capacity_;
    std::mutex mutex_;          // guards all below
    std::int64_t change_ = -1;  // the state of the store that kept_ is of
    std::list<Kept> kept_;      // the latest used first
};

}  // namespace audiomuse::features
