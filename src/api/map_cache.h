// What is kept of the music map between requests.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
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

/// Made on demand: a server that nobody asks for a map holds none. With a media server, the map has its tracks only,
/// and calls them as it does. Thread-safe.
class MapCache {
public:
    /// The saved map as it is now; empty when there is none or it cannot be read.
    std::shared_ptr<const features::MusicMap> map(store::Store& store);
    /// Its tracks.
    std::size_t size(store::Store& store, std::optional<ServerId> server);
    /// The answer of /api/library/map.
    std::shared_ptr<const MapAnswer> picture(store::Store& store, std::optional<ServerId> server);
    /// That of /api/map for one of kMapPercents.
    std::shared_ptr<const MapAnswer> share(store::Store& store, int percent, std::optional<ServerId> server);

    std::mutex drawing;  ///< held by whoever brings the saved map up to date

private:
    /// About one server, or all.
    struct Answers {
        StoreCache<MapAnswer> picture{Freshness::may_lag};
        std::array<StoreCache<MapAnswer>, kMapPercents.size()> shares{
            StoreCache<MapAnswer>{Freshness::may_lag}, StoreCache<MapAnswer>{Freshness::may_lag},
            StoreCache<MapAnswer>{Freshness::may_lag}, StoreCache<MapAnswer>{Freshness::may_lag}};
    };
    Answers& answers(std::optional<ServerId> server);

    StoreCache<features::MusicMap> map_{Freshness::exact};
    std::mutex mutex_;                     // guards answers_
    std::map<ServerId, Answers> answers_;  // by the server's id; none: all of them
};

}  // namespace audiomuse::api
