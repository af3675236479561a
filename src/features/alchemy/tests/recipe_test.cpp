#include "audiomuse/features/alchemy/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "audiomuse/base/error.h"
#include "audiomuse/features/alchemy/radio.h"
#include "audiomuse/numeric/distance.h"
#include "style_library.h"

namespace audiomuse::features {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const ModelTag kModel{"mini", "1"};

RecipeSources sources_of(StyleLibrary& library) {
    return {.store = library.store, .index = *library.index, .model = kModel};
}

double weight_of(const std::vector<BlendPoint>& points) {
    double sum = 0;
    for (const BlendPoint& point : points)
        sum += point.weight;
    return sum;
}

/// All points lie near that style.
void expect_style(const std::vector<BlendPoint>& points, Style style) {
    EXPECT_FALSE(points.empty());
    EXPECT_NEAR(weight_of(points), 1, 1e-6);
    for (const BlendPoint& point : points)
        EXPECT_LT(numeric::cosine_distance(point.vector, StyleLibrary::centre(style)), 0.1F);
}

TEST(Recipe, IsReadAsClientsSendIt) {
    const auto items = parse_recipe(R"({"items":[
        {"op":"ADD","id":"7"}, {"op":"add","id":7,"type":""}, {"op":"Subtract","id":" Queen ","type":"artist"},
        {"op":"ADD","id":"3","type":"playlist"}, {"op":"ADD","id":"jazz","type":"mood"},
        {"op":"MULTIPLY","id":"7"}, {"op":"ADD","id":""}, {"op":"ADD"}, {"op":"ADD","id":"1","type":"planet"}, "song",
        {"op":"ADD","id":"2","type":"anchor"}]})");
    EXPECT_THAT(items,
                ElementsAre(RecipeItem{false, ItemType::song, "7"}, RecipeItem{false, ItemType::song, "7"},
                            RecipeItem{true, ItemType::artist, "Queen"}, RecipeItem{false, ItemType::playlist, "3"},
                            RecipeItem{false, ItemType::mood, "jazz"}, RecipeItem{false, ItemType::anchor, "2"}));
    EXPECT_EQ(parse_recipe(recipe_text(items)), items);
    EXPECT_THAT(parse_recipe(R"({"items":[]})"), IsEmpty());
    for (const char* text : {"", "[]", "{}", R"({"items":7})", "{"})
        EXPECT_THROW(parse_recipe(text), Error) << text;
    const std::vector<RecipeItem> many(101, items[0]);
    EXPECT_THROW(parse_recipe(recipe_text(many)), Error);
}

TEST(Recipe, PointsOfEachKindOfItem) {
    StyleLibrary library;
    RecipeSources sources = sources_of(library);
    const ItemPoints song = points_of(sources, {.id = "1005"});
    expect_style(song.points, kRock);
    EXPECT_THAT(song.songs, ElementsAre(TrackId{1005}));

    library.store.fake_tracks.matches = [](const store::TrackRow& row, const store::TrackCriteria& criteria) {
        return criteria.artists == std::vector<std::string>{"Somebody"} && row.id.value >= 2000 && row.id.value < 2030;
    };
    const ItemPoints artist = points_of(sources, {.type = ItemType::artist, .id = "Somebody"});
    expect_style(artist.points, kJazz);
    EXPECT_THAT(artist.points, SizeIs(5));  // about the root of 30 songs
    EXPECT_THAT(artist.songs, IsEmpty());
    // A model of the artist goes before; its means are of any length.
    sources.artist = [](const std::string& name_or_id) -> ArtistPoints {
        if (name_or_id == "id of nobody heard") return {.name = "Somebody"};
        if (name_or_id != "Somebody" && name_or_id != "17") return {};
        std::vector<float> mean = StyleLibrary::centre(kAmbient);
        for (float& value : mean)
            value *= 40;
        return {.name = "Somebody",
                .components = {
                    {.vector = mean, .weight = 0.75}, {.vector = mean, .weight = 0.75}, {.vector = {1}, .weight = 9}}};
    };
    const ItemPoints modelled = points_of(sources, {.type = ItemType::artist, .id = "Somebody"});
    expect_style(modelled.points, kAmbient);
    EXPECT_THAT(modelled.points, SizeIs(2));
    EXPECT_NEAR(numeric::dot(modelled.points[0].vector, modelled.points[0].vector), 1, 1e-5);
    const ItemPoints by_id = points_of(sources, {.type = ItemType::artist, .id = "17"});
    EXPECT_EQ(by_id.name, "Somebody");
    EXPECT_EQ(by_id.item.id, "17");
    EXPECT_THAT(by_id.points, SizeIs(2));
    const ItemPoints by_songs = points_of(sources, {.type = ItemType::artist, .id = "id of nobody heard"});
    EXPECT_EQ(by_songs.name, "Somebody");
    expect_style(by_songs.points, kJazz);
    EXPECT_THAT(points_of(sources, {.type = ItemType::artist, .id = "Nobody"}).points, IsEmpty());

    library.store.fake_playlists.rows = {{.id = PlaylistId{3}, .name = "Quiet"}};
    for (int i = 0; i < 100; ++i)
        library.store.fake_playlists.members[PlaylistId{3}].push_back(TrackId{3000 + i});
    const ItemPoints list = points_of(sources, {.type = ItemType::playlist, .id = "3"});
    expect_style(list.points, kAmbient);
    EXPECT_THAT(list.points, SizeIs(10));
    EXPECT_EQ(list.name, "Quiet");
}

TEST(Recipe, AMoodIsWhereItIsStrongest) {
    StyleLibrary library;
    for (const auto& [id, row] : library.store.fake_tracks.rows) {
        store::AnalysisSummary summary;
        summary.id = id;
        summary.moods.assign(kMoodNames.size(), 0.1F);
        if (StyleLibrary::style_of(id) == kJazz) summary.moods[9] = 0.8F;
        summary.other_features.fill(0.2F);
        if (StyleLibrary::style_of(id) == kAmbient) summary.other_features[4] = 0.9F;
        library.store.fake_analyses.rows[id] = summary;
    }
    const RecipeSources sources = sources_of(library);
    expect_style(points_of(sources, {.type = ItemType::mood, .id = "Jazz"}).points, kJazz);
    expect_style(points_of(sources, {.type = ItemType::mood, .id = "relaxed"}).points, kAmbient);
    EXPECT_THAT(points_of(sources, {.type = ItemType::mood, .id = "purple"}).points, IsEmpty());
}

TEST(Recipe, AnAnchorBringsItsExclusions) {
    StyleLibrary library;
    store::Anchor anchor{.id = AnchorId{2},
                         .name = "Mine",
                         .model = kModel,
                         .points = {{.vector = StyleLibrary::centre(kRock), .weight = 3}},
                         .exclusions = {{.vector = StyleLibrary::centre(kJazz), .radius = 0.3}}};
    library.store.fake_anchors.rows[anchor.id] = anchor;
    const RecipeSources sources = sources_of(library);
    const Mixture added = mix(sources, std::vector<RecipeItem>{{false, ItemType::anchor, "2"}});
    expect_style(added.add(), kRock);
    ASSERT_THAT(added.subtract(), SizeIs(1));
    EXPECT_EQ(added.subtract()[0].radius, 0.3);
    const Mixture subtracted = mix(sources, std::vector<RecipeItem>{{true, ItemType::anchor, "2"}});
    EXPECT_THAT(subtracted.add(), IsEmpty());
    expect_style(subtracted.subtract(), kRock);

    library.store.fake_anchors.rows[anchor.id].model.version = "0";
    EXPECT_THROW(mix(sources, std::vector<RecipeItem>{{false, ItemType::anchor, "2"}}), Error);
}

TEST(Recipe, UnknownThingsAddNothing) {
    StyleLibrary library(4);
    library.store.fake_tracks.matches = [](const auto&, const auto&) { return false; };
    const RecipeSources sources = sources_of(library);
    const std::vector<RecipeItem> unknown = {{false, ItemType::song, "77"},
                                             {false, ItemType::artist, "x"},
                                             {false, ItemType::playlist, "list"},
                                             {true, ItemType::mood, "x"},
                                             {true, ItemType::anchor, "9"}};
    const Mixture mixture = mix(sources, unknown);
    EXPECT_THAT(mixture.items, SizeIs(5));
    EXPECT_TRUE(mixture.add().empty() && mixture.subtract().empty() && mixture.songs().empty());
}

TEST(PlaneOf, ShowsWhatLiesApart) {
    StyleLibrary library;
    std::vector<std::vector<float>> vectors;
    for (int i = 0; i < 20; ++i) {
        vectors.push_back(library.index->vector(1000 + i));
        vectors.push_back(library.index->vector(2000 + i));
    }
    const auto plane = plane_of(vectors);
    double largest = 0;
    for (std::size_t i = 0; i < plane.size(); ++i) {
        EXPECT_EQ(plane[i][0] > 0, plane[i % 2][0] > 0) << "the first axis parts the styles";
        largest = std::max({largest, std::abs(plane[i][0]), std::abs(plane[i][1])});
    }
    EXPECT_NE(plane[0][0] > 0, plane[1][0] > 0);
    EXPECT_NEAR(largest, 1, 1e-6);
    EXPECT_THAT(plane_of({}), IsEmpty());
    EXPECT_THAT(plane_of(std::span(vectors).first(1)), ElementsAre(std::array<double, 2>{0, 0}));
    EXPECT_THAT(plane_of(std::vector<std::vector<float>>(3, vectors[0])), testing::Each(std::array<double, 2>{0, 0}));
}

TEST(Radio, KeepsItsListAndRepeatsNothing) {
    StyleLibrary library;
    const RecipeSources sources = sources_of(library);
    store::Radio radio{.id = RadioId{5},
                       .name = "Jazz",
                       .recipe = recipe_text(std::vector<RecipeItem>{{false, ItemType::song, "2005"}}),
                       .n = 20};
    std::vector<std::set<TrackId>> issues;
    for (int i = 0; i < 7; ++i) {
        const Refreshed made = refresh_radio(library.store, *library.index, radio, mixture_of(sources, radio), {});
        EXPECT_EQ(made.playlist, PlaylistId{5});
        EXPECT_EQ(made.tracks, 20U);
        EXPECT_EQ(made.repeated, 0U);
        radio.playlist = made.playlist;
        const auto& tracks = library.store.fake_radios.kept[made.playlist].front().tracks;
        issues.emplace_back(tracks.begin(), tracks.end());
        EXPECT_FALSE(issues.back().contains(TrackId{2005}));
        for (const TrackId id : tracks) {
            EXPECT_EQ(StyleLibrary::style_of(id), kJazz);
            if (i > 0) {
                EXPECT_FALSE(issues[issues.size() - 2].contains(id));
            }
        }
    }
    EXPECT_NE(issues[0], issues[2]) << "not the same two lists in turn";
}

TEST(Radio, AnEmptyResultKeepsTheOldList) {
    StyleLibrary library(10);
    RecipeSources sources = sources_of(library);
    store::Radio radio{.id = RadioId{5}, .name = "Liked", .recipe = R"({"type":"fingerprint"})", .n = 5};
    const auto refresh = [&] {
        return refresh_radio(library.store, *library.index, radio, mixture_of(sources, radio), {});
    };
    EXPECT_FALSE(refresh().playlist);
    sources.taste = [] { return std::vector<BlendPoint>{{.vector = StyleLibrary::centre(kRock)}}; };
    const Refreshed made = refresh();
    EXPECT_EQ(made.tracks, 5U);
    radio.playlist = made.playlist;
    sources.taste = {};
    EXPECT_EQ(refresh().tracks, 0U);
    EXPECT_EQ(refresh().playlist, made.playlist);
    EXPECT_THAT(library.store.fake_radios.kept[made.playlist], SizeIs(1));

    radio.anchor = AnchorId{9};
    EXPECT_THROW(mixture_of(sources, radio), Error);
}

}  // namespace
}  // namespace audiomuse::features
