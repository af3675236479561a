// What recipes are made of: the library, what its artists sound like, and what its listeners like.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "audiomuse/features/alchemy/recipe.h"
#include "audiomuse/features/artists/server_artists.h"
#include "audiomuse/features/fingerprint/taste.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/store/store.h"

namespace audiomuse::radios {

/// What artists sound like, and what the default server calls them. Never null.
struct Artists {
    std::shared_ptr<const features::ArtistModels> models = std::make_shared<features::ArtistModels>();
    std::shared_ptr<const features::ServerArtistIds> ids = std::make_shared<features::ServerArtistIds>();
};
/// As saved; without models before the first analysis.
Artists load_artists(store::Store& store);

/// All that is referred to must outlive what is made of it.
struct Ingredients {
    store::Store& store;
    const index::VectorIndex& index;
    ModelTag model;        ///< whose embeddings the index holds
    int liked_songs = 20;  ///< most played ones that a taste is made of
    UserId listener = {};  ///< whose taste it is, see store::History::played_by, and whose playlists may be named
    /// Asked when a recipe names an artist; empty: the artist's songs are grouped.
    std::function<Artists()> artists = {};
};

/// Songs are called as by `server`; nothing: by the default one.
features::RecipeSources recipe_sources(const Ingredients& from, std::optional<ServerId> server = std::nullopt);

/// What rows of play counts say that somebody likes; without rows, those that the store has of the listener.
std::vector<features::Liked> liked_tracks(const Ingredients& from,
                                          const std::optional<std::vector<store::Heard>>& heard = std::nullopt);
/// Each of them as a point, its weight as share of a list.
std::vector<features::BlendPoint> points_of_taste(const index::VectorIndex& index,
                                                  std::span<const features::Liked> liked);

}  // namespace audiomuse::radios
