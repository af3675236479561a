#include "audiomuse/radios/ingredients.h"

#include <algorithm>

#include "audiomuse/base/clock.h"

namespace audiomuse::radios {

namespace {

/// Rows of play counts that are looked at, for one song of a taste.
constexpr std::int64_t kLookedAt = 25;

features::ArtistPoints artist_of(const Artists& artists, const std::string& name_or_id) {
    const std::size_t found = features::find_artist(*artists.models, *artists.ids, name_or_id);
    if (found == features::ArtistModels::kNone) return {};
    const features::ArtistModels::View view = artists.models->at(found);
    features::ArtistPoints artist{.name = std::string(view.name)};
    for (std::size_t i = 0; i < view.weights.size(); ++i) {
        artist.components.push_back(
            {.vector = artists.models->mean(found, i), .weight = static_cast<double>(view.weights[i])});
    }
    return artist;
}

}  // namespace

Artists load_artists(store::Store& store) {
    Artists artists;
    artists.models = std::make_shared<features::ArtistModels>(features::usable_artist_models(store));
    for (const store::ServerRow& server : store.servers().all()) {
        if (!server.is_default) continue;
        artists.ids = std::make_shared<features::ServerArtistIds>(features::read_server_artist_ids(store, server.id));
    }
    return artists;
}

features::RecipeSources recipe_sources(const Ingredients& from, std::optional<ServerId> server) {
    features::RecipeSources sources{.store = from.store, .index = from.index, .model = from.model};
    sources.server = server;
    sources.listener = from.listener;
    if (from.artists) {
        sources.artist = [artists = from.artists](const std::string& name_or_id) {
            return artist_of(artists(), name_or_id);
        };
    }
    sources.taste = [from] { return points_of_taste(from.index, liked_tracks(from)); };
    return sources;
}

std::vector<features::Liked> liked_tracks(const Ingredients& from,
                                          const std::optional<std::vector<store::Heard>>& heard) {
    return features::taste_of(
        from.store, from.index,
        heard ? *heard : from.store.history().most_played(from.listener, from.liked_songs * kLookedAt), unix_now(),
        {.songs = from.liked_songs});
}

std::vector<features::BlendPoint> points_of_taste(const index::VectorIndex& index,
                                                  std::span<const features::Liked> liked) {
    std::vector<features::BlendPoint> points;
    for (const features::Liked& each : liked) {
        // One that was played years ago still is a point, if a small one.
        if (auto vector = index.vector(each.heard.track.value); !vector.empty())
            points.push_back({.vector = std::move(vector), .weight = std::max(each.weight, 1e-6)});
    }
    return points;
}

}  // namespace audiomuse::radios
