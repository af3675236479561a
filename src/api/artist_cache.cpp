#include "artist_cache.h"

#include "audiomuse/base/clock.h"
#include "audiomuse/features/artists/similar_artists.h"

namespace audiomuse::api {

std::shared_ptr<const features::ArtistModels> ArtistCache::get(store::Store& store) {
    std::lock_guard lock(mutex_);
    follow(store);
    return models_;
}

std::shared_ptr<const ArtistCache::Places> ArtistCache::places(store::Store& store) {
    std::lock_guard lock(mutex_);
    follow(store);
    if (!places_) places_ = std::make_shared<Places>(features::project_components(*models_));
    return places_;
}

void ArtistCache::follow(store::Store& store) {
    const auto info = store.index_blobs().info(features::kArtistModels);
    const std::int64_t version = info ? info->version : 0;
    if (version == version_) return;
    models_ = std::make_shared<features::ArtistModels>(features::usable_artist_models(store));
    version_ = version;
    places_.reset();
}

std::shared_ptr<const features::ServerArtistIds> ArtistCache::server_ids(store::Store& store,
                                                                         std::optional<ServerId> server) {
    constexpr double kRest = 20;  // times what reading takes, while a scan changes the store all the time
    if (!server) {
        for (const store::ServerRow& row : store.servers().all()) {
            if (row.is_default) server = row.id;
        }
    }
    if (!server) return std::make_shared<features::ServerArtistIds>();
    const std::int64_t change = store.change_counter();
    const double now = steady_now();
    std::lock_guard lock(ids_mutex_);
    Ids& kept = ids_[*server];
    if (kept.ids && (kept.change == change || now < kept.rest_until)) return kept.ids;
    auto ids = std::make_shared<features::ServerArtistIds>(features::read_server_artist_ids(store, *server));
    kept = {change, now + kRest * (steady_now() - now), std::move(ids)};
    return kept.ids;
}

}  // namespace audiomuse::api
