#include "artist_cache.h"

#include "audiomuse/base/clock.h"
#include "audiomuse/base/log.h"
#include "audiomuse/features/artists/names.h"
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
    try {
        models_ = std::make_shared<features::ArtistModels>(features::load_artist_models(store));
    } catch (const Error& error) {
        if (error.code() != ErrorCode::damaged) throw;
        log::warn("{}", error.what());
        models_ = std::make_shared<features::ArtistModels>();
    }
    version_ = version;
    places_.reset();
}

std::shared_ptr<const ServerArtistIds> ArtistCache::server_ids(store::Store& store, std::optional<ServerId> server) {
    constexpr double kRest = 20;  // times what reading takes, while a scan changes the store all the time
    if (!server) {
        for (const store::ServerRow& row : store.servers().all()) {
            if (row.is_default) server = row.id;
        }
    }
    if (!server) return std::make_shared<ServerArtistIds>();
    const std::int64_t change = store.change_counter();
    const double now = steady_now();
    std::lock_guard lock(ids_mutex_);
    Ids& kept = ids_[*server];
    if (kept.ids && (kept.change == change || now < kept.rest_until)) return kept.ids;
    auto ids = std::make_shared<ServerArtistIds>();
    for (const store::ServerArtist& artist : store.tracks().server_artists(*server)) {
        const std::string key = features::artist_name_key(features::certain_artists(artist.name).front());
        if (key.empty()) continue;
        ids->key_of_id.emplace(artist.id, key);
        ids->id_of_key.emplace(key, artist.id);
    }
    kept = {change, now + kRest * (steady_now() - now), std::move(ids)};
    return kept.ids;
}

}  // namespace audiomuse::api
