// What media servers call artists.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "audiomuse/base/ids.h"
#include "audiomuse/features/artists/artist_models.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {

/// What a media server calls artists, and the reverse.
struct ServerArtistIds {
    std::unordered_map<std::string, std::string> key_of_id;
    std::unordered_map<std::string, std::string> id_of_key;  ///< by artist_name_key
};

/// By one pass over the tracks of `server`.
ServerArtistIds read_server_artist_ids(store::Store& store, ServerId server);

/// By name, by our id, by the media server's; ArtistModels::kNone when there is no such artist.
std::size_t find_artist(const ArtistModels& models, const ServerArtistIds& ids, const std::string& name_or_id);

}  // namespace audiomuse::features
