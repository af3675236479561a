// The models of artists, as the last analysis saved them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "audiomuse/base/ids.h"
#include "audiomuse/features/artists/artist_models.h"
#include "audiomuse/features/artists/server_artists.h"

namespace audiomuse::api {

/// Loads the models when they are asked for and were saved since. Thread-safe.
class ArtistCache {
public:
    /// Never null; empty before the first analysis.
    std::shared_ptr<const features::ArtistModels> get(store::Store& store);

    using Places = std::vector<std::array<float, 2>>;
    /// Two coordinates for each component of get(), worked out once.
    std::shared_ptr<const Places> places(store::Store& store);

    /// Of `server`, or of the default one; never null.
    std::shared_ptr<const features::ServerArtistIds> server_ids(store::Store& store, std::optional<ServerId> server);

private:
    void follow(store::Store& store);

    std::mutex mutex_;  // guards all below
    std::int64_t version_ = 0;
    std::shared_ptr<const features::ArtistModels> models_ = std::make_shared<features::ArtistModels>();
    std::shared_ptr<const Places> places_;

    struct Ids {
        std::int64_t change = -1;  // the state of the store that they are of
        double rest_until = 0;     // not read again before, see Freshness::may_lag
        std::shared_ptr<const features::ServerArtistIds> ids;
    };
    std::mutex ids_mutex_;  // guards what follows
    std::map<ServerId, Ids> ids_;
};

}  // namespace audiomuse::api
