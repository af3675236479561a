#include "audiomuse/features/artists/server_artists.h"

#include "audiomuse/features/artists/names.h"

namespace audiomuse::features {

ServerArtistIds read_server_artist_ids(store::Store& store, ServerId server) {
    ServerArtistIds ids;
    for (const store::ServerArtist& artist : store.tracks().server_artists(server)) {
        const std::string key = artist_name_key(certain_artists(artist.name).front());
        if (key.empty()) continue;
        ids.key_of_id.emplace(artist.id, key);
        ids.id_of_key.emplace(key, artist.id);
    }
    return ids;
}

std::size_t find_artist(const ArtistModels& models, const ServerArtistIds& ids, const std::string& name_or_id) {
    if (const std::size_t artist = models.find(name_or_id); artist != ArtistModels::kNone) return artist;
    const auto found = ids.key_of_id.find(name_or_id);
    return found == ids.key_of_id.end() ? ArtistModels::kNone : models.find(found->second);
}

}  // namespace audiomuse::features
