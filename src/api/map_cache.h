// What is kept of the music map between requests.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include "audiomuse/features/map/music_map.h"
#include "audiomuse/store/store.h"
#include "store_cache.h"

namespace audiomuse::api {

/// An answer as it is sent, plain and compressed.
struct MapAnswer {
    std::string plain;
    std::string gzip;
    std::string etag;
    std::size_t count = 0;  ///< of tracks
};

/// Shares of the library that /api/map hands out.
inline constexpr std::array<int, 4> kMapPercents = {25, 50, 75, 100};

/// Made on demand: a server that nobody asks for a map holds none. Thread-safe.
class MapCache {
public:
    /// The saved map as it is now; empty when there is none or it cannot be read.
    std::shared_ptr<const features::MusicMap> map(store::Store& store);
    /// The answer of /api/library/map.
    std::shared_ptr<const MapAnswer> picture(store::Store& store);
    /// That of /api/map for one of kMapPercents.
    std::shared_ptr<const MapAnswer> share(store::Store& store, int percent);

    std::mutex drawing;  ///< held by whoever brings the saved map up to date

private:
    StoreCache<features::MusicMap> map_{Freshness::exact};
    StoreCache<MapAnswer> picture_{Freshness::may_lag};
    std::array<StoreCache<MapAnswer>, kMapPercents.size()> shares_{
        StoreCache<MapAnswer>{Freshness::may_lag}, StoreCache<MapAnswer>{Freshness::may_lag},
        StoreCache<MapAnswer>{Freshness::may_lag}, StoreCache<MapAnswer>{Freshness::may_lag}};
};

}  // namespace audiomuse::api
