#include "audiomuse/features/alchemy/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "audiomuse/numeric/distance.h"
#include "audiomuse/numeric/pca.h"

namespace audiomuse::features {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 5> kTypeNames = {"song", "artist", "playlist", "mood", "anchor"};
constexpr std::size_t kMostItems = 100;
constexpr std::size_t kMostSongs = 500;  ///< of an artist or a playlist that are looked at
constexpr std::size_t kMostCentres = 10;
constexpr std::size_t kMoodCentres = 5;
constexpr std::size_t kMoodSongs = 200;  ///< at most, and a fiftieth of the library, but twenty
constexpr std::size_t kFewestMoodSongs = 20;

/// 0 for what is no number.
std::int64_t number_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

std::vector<BlendPoint> centres_of(const index::VectorIndex& index, std::span<const TrackId> tracks, std::size_t most) {
    std::vector<std::vector<float>> vectors;
    for (const TrackId id : tracks.first(std::min(tracks.size(), kMostSongs))) {
        if (auto vector = index.vector(id.value); !vector.empty()) vectors.push_back(std::move(vector));
    }
    return spread_points(vectors, most);
}

void share_weights(std::vector<BlendPoint>& points) {
    double sum = 0;
    for (const BlendPoint& point : points)
        sum += point.weight;
    for (BlendPoint& point : points)
        point.weight = sum > 0 ? point.weight / sum : 1 / static_cast<double>(points.size());
}

void add_song(const RecipeSources& sources, ItemPoints& made) {
    const auto row = sources.store.tracks().by_item_id(made.item.id, sources.server);
    if (!row) return;
    std::vector<float> vector = sources.index.vector(row->id.value);
    if (vector.empty()) return;
    made.songs = {row->id};
    made.points = {{.vector = std::move(vector)}};
}

void add_artist(const RecipeSources& sources, ItemPoints& made) {
    if (sources.artist) {
        ArtistPoints known = sources.artist(made.item.id);
        if (!known.name.empty()) made.name = std::move(known.name);
        made.points = std::move(known.components);
    }
    std::erase_if(made.points, [&](BlendPoint& point) {
        return point.vector.size() != sources.index.dimension() || !numeric::normalise(point.vector);
    });
    if (!made.points.empty()) return;
    store::TrackCriteria by_artist;
    by_artist.artists = {made.name};
    made.points = centres_of(sources.index, sources.store.tracks().matching(by_artist), kMostCentres);
}

void add_playlist(const RecipeSources& sources, ItemPoints& made) {
    const auto list = sources.store.playlists().get(PlaylistId{number_of(made.item.id)});
    if (!list || !store::may_see(list->owner, sources.listener)) return;
    made.name = list->name;
    made.points = centres_of(sources.index, sources.store.playlists().tracks(list->id), kMostCentres);
}

/// How strong a mood is in a song.
std::function<float(const store::AnalysisSummary&)> strength_of(std::string_view mood) {
    const auto place = [&](const auto& names) {
        return static_cast<std::size_t>(
            std::ranges::find_if(names, [&](std::string_view name) { return fold(name) == fold(mood); }) -
            names.begin());
    };
    // A mood of both lists ("happy", "sad", "party") is the tag: it was learnt from what people call music.
    if (const std::size_t tag = place(kMoodNames); tag < kMoodNames.size()) {
        return [tag](const store::AnalysisSummary& song) { return tag < song.moods.size() ? song.moods[tag] : 0; };
    }
    if (const std::size_t feature = place(kOtherFeatureNames); feature < kOtherFeatureNames.size()) {
        return [feature](const store::AnalysisSummary& song) { return song.other_features[feature]; };
    }
    return {};
}

void add_mood(const RecipeSources& sources, ItemPoints& made) {
    const auto strength = strength_of(made.item.id);
    if (!strength) return;
    std::vector<std::pair<float, TrackId>> songs;
    sources.store.analyses().each_summary(
        [&](const store::AnalysisSummary& song) { songs.emplace_back(-strength(song), song.id); });
    const std::size_t wanted = std::min(std::clamp(songs.size() / 50, kFewestMoodSongs, kMoodSongs), songs.size());
    std::partial_sort(songs.begin(), songs.begin() + static_cast<std::ptrdiff_t>(wanted), songs.end());
    std::vector<TrackId> strongest;
    for (std::size_t i = 0; i < wanted; ++i)
        strongest.push_back(songs[i].second);
    made.points = centres_of(sources.index, strongest, kMoodCentres);
}

void add_anchor(const RecipeSources& sources, ItemPoints& made) {
    const auto anchor = sources.store.anchors().get(AnchorId{number_of(made.item.id)});
    if (!anchor) return;
    made.name = anchor->name;
    if (anchor->model != sources.model) {
        throw Error(ErrorCode::conflict,
                    fmt::format("The anchor \"{}\" was saved when {} {} listened, but now {} {} does. Save it again.",
                                anchor->name, anchor->model.name, anchor->model.version, sources.model.name,
                                sources.model.version));
    }
    for (const store::AnchorPoint& point : anchor->points)
        made.points.push_back({.vector = point.vector, .weight = point.weight, .radius = point.radius});
    for (const store::AnchorPoint& point : anchor->exclusions)
        made.exclusions.push_back({.vector = point.vector, .weight = point.weight, .radius = point.radius});
}

std::optional<RecipeItem> parse_item(const json::value& value) {
    if (!value.is_object()) return std::nullopt;
    const auto text = [&](const char* name) -> std::string {
        const json::value* field = value.get_object().if_contains(name);
        if (field == nullptr) return "";
        if (field->is_int64()) return fmt::format("{}", field->get_int64());
        return field->is_string() ? std::string(trim(std::string_view(field->get_string()))) : "";
    };
    const std::string op = fold(text("op"));
    const auto type = parse_item_type(text("type"));
    if ((op != "add" && op != "subtract") || !type || text("id").empty()) return std::nullopt;
    return RecipeItem{.subtract = op == "subtract", .type = *type, .id = text("id")};
}

}  // namespace

std::string_view item_type_name(ItemType type) {
    return kTypeNames[static_cast<std::size_t>(type)];
}

std::optional<ItemType> parse_item_type(std::string_view name) {
    if (name.empty()) return ItemType::song;
    const auto found = std::ranges::find(kTypeNames, fold(name));
    if (found == kTypeNames.end()) return std::nullopt;
    return static_cast<ItemType>(found - kTypeNames.begin());
}

std::string recipe_text(std::span<const RecipeItem> items) {
    json::array list;
    for (const RecipeItem& item : items) {
        list.push_back(json::object{
            {"op", item.subtract ? "SUBTRACT" : "ADD"}, {"type", item_type_name(item.type)}, {"id", item.id}});
    }
    return json::serialize(json::object{{"items", std::move(list)}});
}

std::vector<RecipeItem> parse_recipe(std::string_view text) {
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    const json::value* items = !error && value.is_object() ? value.get_object().if_contains("items") : nullptr;
    if (items == nullptr || !items->is_array()) {
        throw Error(ErrorCode::invalid_argument, "A recipe is an object with a list of items.");
    }
    if (items->get_array().size() > kMostItems) {
        throw Error(ErrorCode::invalid_argument, fmt::format("A recipe has at most {} items.", kMostItems));
    }
    std::vector<RecipeItem> parsed;
    for (const json::value& each : items->get_array()) {
        if (auto item = parse_item(each)) parsed.push_back(std::move(*item));
    }
    return parsed;
}

ItemPoints points_of(const RecipeSources& sources, const RecipeItem& item) {
    ItemPoints made{.item = item, .name = item.id};
    switch (item.type) {
        case ItemType::song:
            add_song(sources, made);
            break;
        case ItemType::artist:
            add_artist(sources, made);
            break;
        case ItemType::playlist:
            add_playlist(sources, made);
            break;
        case ItemType::mood:
            add_mood(sources, made);
            break;
        case ItemType::anchor:
            add_anchor(sources, made);
            break;
    }
    share_weights(made.points);
    return made;
}

std::vector<BlendPoint> Mixture::add() const {
    std::vector<BlendPoint> points;
    for (const ItemPoints& each : items) {
        if (!each.item.subtract) points.insert(points.end(), each.points.begin(), each.points.end());
    }
    return points;
}

std::vector<BlendPoint> Mixture::subtract() const {
    std::vector<BlendPoint> points;
    for (const ItemPoints& each : items) {
        const std::vector<BlendPoint>& found = each.item.subtract ? each.points : each.exclusions;
        points.insert(points.end(), found.begin(), found.end());
    }
    return points;
}

std::vector<TrackId> Mixture::songs() const {
    std::vector<TrackId> songs;
    for (const ItemPoints& each : items)
        songs.insert(songs.end(), each.songs.begin(), each.songs.end());
    return songs;
}

Mixture mix(const RecipeSources& sources, std::span<const RecipeItem> items) {
    Mixture mixture;
    for (const RecipeItem& item : items)
        mixture.items.push_back(points_of(sources, item));
    return mixture;
}

std::vector<std::array<double, 2>> plane_of(std::span<const std::vector<float>> vectors) {
    std::vector<std::array<double, 2>> plane(vectors.size(), {0, 0});
    if (vectors.size() < 2) return plane;
    numeric::Matrix rows(vectors.size(), vectors.front().size());
    for (std::size_t i = 0; i < vectors.size(); ++i)
        std::ranges::copy(vectors[i], rows.row(i).begin());
    const numeric::Matrix flat = numeric::project(numeric::fit_pca(rows, 2), rows);
    double largest = 0;
    for (std::size_t i = 0; i < flat.rows(); ++i) {
        for (std::size_t j = 0; j < flat.columns(); ++j) {
            plane[i][j] = static_cast<double>(flat(i, j));
            largest = std::max(largest, std::abs(plane[i][j]));
        }
    }
    if (largest <= 0) return std::vector<std::array<double, 2>>(vectors.size(), {0, 0});
    for (auto& [x, y] : plane) {
        x /= largest;
        y /= largest;
    }
    return plane;
}

}  // namespace audiomuse::features
