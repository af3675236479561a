// What a blend is made of: songs, artists, playlists, moods and anchors, as points among the embeddings.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/base/analysis.h"
#include "audiomuse/features/alchemy/blend.h"

namespace audiomuse::features {

enum class ItemType { song, artist, playlist, mood, anchor };
std::string_view item_type_name(ItemType type);                  ///< "song"
std::optional<ItemType> parse_item_type(std::string_view name);  ///< "" is a song

struct RecipeItem {
    bool subtract = false;
    ItemType type = ItemType::song;
    /// Of a song the id that the API gives it, of an artist the name or an id, of a playlist or an anchor the number,
    /// of a mood one of kMoodNames or kOtherFeatureNames, blind to case.
    std::string id;
    friend bool operator==(const RecipeItem&, const RecipeItem&) = default;
};

/// {"items":[{"op":"ADD","type":"song","id":"7"},...]}, as recipes are kept.
std::string recipe_text(std::span<const RecipeItem> items);
/// The items of such a text; those that are not understood are left out, as AudioMuse-AI does. Ids may be numbers.
/// Throws Error(invalid_argument) when it is no object with a list, or has more than 100 items.
std::vector<RecipeItem> parse_recipe(std::string_view text);

/// An artist as its model has it.
struct ArtistPoints {
    std::string name;  ///< as tags write it; empty: there is no such artist
    std::vector<BlendPoint> components = {};
};

struct RecipeSources {
    store::Store& store;
    const index::VectorIndex& index;
    ModelTag model;                       ///< whose embeddings the index holds
    std::optional<ServerId> server = {};  ///< whose ids songs are called by; nothing: the default one's
    UserId listener = {};                 ///< whose playlists, beside the household's, may be named
    /// The artist of a name, or of whatever ids there are; without components the artist's songs are grouped.
    std::function<ArtistPoints(const std::string& name_or_id)> artist = {};
    /// What a listener likes, for a recipe of that; see features/fingerprint.
    std::function<std::vector<BlendPoint>()> taste = {};
};

/// An item as points whose weights add up to 1; without points when nothing is known of it.
struct ItemPoints {
    RecipeItem item;
    std::string name;  ///< of an artist, playlist, mood or anchor
    std::vector<BlendPoint> points = {};
    std::vector<BlendPoint> exclusions = {};  ///< that an anchor brings with it
    std::vector<TrackId> songs = {};          ///< that are named themselves: not wanted in the list
};

/// The points of one item. A song is its vector; an artist up to ten components; a playlist up to ten centres of its
/// first 500 songs; a mood up to five centres of the songs in which it is strongest; an anchor what was saved. Throws
/// Error(conflict) for an anchor that was saved among the embeddings of another model.
ItemPoints points_of(const RecipeSources& sources, const RecipeItem& item);

/// All items of a blend.
struct Mixture {
    std::vector<ItemPoints> items;
    std::vector<BlendPoint> add() const;
    std::vector<BlendPoint> subtract() const;  ///< with the exclusions of anchors that are added
    std::vector<TrackId> songs() const;
};
Mixture mix(const RecipeSources& sources, std::span<const RecipeItem> items);

/// Points in two dimensions, for a picture: coordinates along the first two principal components, without their mean,
/// divided by the largest of all, so within -1..1. Fewer than two points lie at 0.
std::vector<std::array<double, 2>> plane_of(std::span<const std::vector<float>> vectors);

}  // namespace audiomuse::features
