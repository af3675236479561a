#include "audiomuse/radios/refresh.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audiomuse/base/error.h"
#include "support/temp_folder.h"

namespace audiomuse::radios {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Eight tracks in two directions: the odd ones by "Rock", the even ones by "Jazz".
class Radios : public ::testing::Test {
protected:
    Radios() {
        const ServerId local = store->tracks().local_server();
        for (std::int64_t id = 1; id <= 8; ++id) {
            TrackTags tags;
            tags.title = "Song " + std::to_string(id);
            tags.artists = {id % 2 == 1 ? "Rock" : "Jazz"};
            tags.album = "Album";
            tags.duration_s = 100 + static_cast<double>(id) * 10;
            const std::string path = "/music/" + std::to_string(id);
            const store::Tracks::PutItem item{{path, {id, 1}}, path, tags};
            EXPECT_EQ(store->tracks().put(local, {&item, 1}).front().id.value, id);
            const float step = static_cast<float>(id) / 100;
            index->add(id, id % 2 == 1 ? std::vector<float>{1, step, 0} : std::vector<float>{0, step, 1});
        }
    }
    RadioId add(store::Radio radio, const std::string& items) {
        if (!items.empty()) radio.recipe = features::adding_recipe(R"({"items":[)" + items + "]}");
        return store->radios().add(radio);
    }
    std::vector<std::int64_t> tracks_of(RadioId radio) {
        std::vector<std::int64_t> ids;
        for (const TrackId id : store->playlists().tracks(store->radios().get(radio)->playlist))
            ids.push_back(id.value);
        return ids;
    }

    testing_support::TempFolder folder;
    std::unique_ptr<store::Store> store = store::open_sqlite(folder.path() / "test.db");
    std::unique_ptr<index::VectorIndex> index = index::create_index(3);
    Ingredients ingredients{.store = *store, .index = *index, .model = {"mini", "1"}};
};

TEST_F(Radios, AreThoseOfTheParameters) {
    const RadioId morning = add({.id = {}, .name = "Morning"}, R"({"op":"ADD","id":"1"})");
    const RadioId evening = add({.id = {}, .name = "Evening", .enabled = false}, R"({"op":"ADD","id":"2"})");
    const auto names = [&](const std::string& params) {
        std::vector<std::string> found;
        for (const store::Radio& radio : wanted_radios(*store, params))
            found.push_back(radio.name);
        return found;
    };
    EXPECT_THAT(names(refresh_params(std::nullopt)), ElementsAre("Morning"));
    EXPECT_THAT(names("{}"), ElementsAre("Morning"));
    EXPECT_THAT(names(refresh_params(std::vector{evening})), ElementsAre("Evening")) << "asked for by name";
    EXPECT_THAT(names(refresh_params(std::vector{evening, morning})), ElementsAre("Evening", "Morning"));
    EXPECT_THAT(names(refresh_params(std::vector{RadioId{99}})), IsEmpty());
    EXPECT_THAT(names(refresh_params(std::vector<RadioId>())), IsEmpty());

    EXPECT_THAT(names(taste_params()), ElementsAre("Sonic fingerprint")) << "the household's is made";
    store->radios().add({.id = {}, .name = "Bo's", .recipe = features::kTasteRecipe, .owner = UserId{2}});
    EXPECT_THAT(names(taste_params()), ElementsAre("Bo's", "Sonic fingerprint")) << "and made once";
    for (store::Radio radio : store->radios().list()) {
        radio.enabled = false;
        store->radios().update(radio);
    }
    EXPECT_THAT(names(taste_params()), IsEmpty());
}

TEST_F(Radios, KeepTheirListsWhereTheyFail) {
    const RadioId rock = add({.id = {}, .name = "Rock", .filter = R"({"max_per_artist":0})", .temperature = 0, .n = 3},
                             R"({"op":"ADD","id":"1"})");
    const RadioId gone = add({.id = {}, .name = "Gone", .n = 3}, R"({"op":"ADD","id":"77"})");
    const RadioId wrong =
        add({.id = {}, .name = "Wrong", .filter = R"({"tempo_from":"fast"})", .n = 3}, R"({"op":"ADD","id":"1"})");
    const Report report = refresh(ingredients, wanted_radios(*store, "{}"), {});
    EXPECT_EQ(report.radios, 3);
    EXPECT_EQ(report.made, 1);
    EXPECT_THAT(report.failed, ElementsAre("Gone: no track fits, so the list stays as it was",
                                           HasSubstr("Wrong: 'tempo_from' must be a number")));
    EXPECT_THAT(tracks_of(rock), ElementsAre(3, 5, 7));
    EXPECT_FALSE(store->radios().get(gone)->playlist);
    EXPECT_FALSE(store->radios().get(wrong)->playlist);
    EXPECT_EQ(refresh(ingredients, {}, {}), Report());

    CancelSource source;
    source.cancel();
    EXPECT_THROW(refresh(ingredients, wanted_radios(*store, "{}"), {}, {}, source.token()), Error);
    EXPECT_THAT(store->radios().issues(store->radios().get(rock)->playlist), SizeIs(1));
}

TEST_F(Radios, PlayWhatIsLikedAndWhatAnArtistSoundsLike) {
    for (int i = 0; i < 3; ++i)
        store->history().add_play({}, TrackId{2}, 1000);
    store::Radio liked{.id = {}, .name = "Liked", .recipe = features::kTasteRecipe, .temperature = 0, .n = 3};
    const RadioId taste = add(liked, "");
    const RadioId artist =
        add({.id = {}, .name = "Artist", .temperature = 0, .n = 3}, R"({"op":"ADD","type":"artist","id":"Rock"})");
    std::vector<store::Credits> credits;
    store->tracks().each_credits([&](const store::Credits& track) { credits.push_back(track); });
    const features::ArtistModels models = features::make_artist_models(credits, index.get());
    store->index_blobs().save({.name = features::kArtistModels, .model = ingredients.model, .count = 1},
                              [&](const auto& sink) { models.save(sink); });
    ingredients.artists = [this] { return load_artists(*store); };
    EXPECT_EQ(refresh(ingredients, wanted_radios(*store, "{}"), {}).made, 2);
    EXPECT_THAT(tracks_of(taste), ::testing::Each(::testing::Truly([](std::int64_t id) { return id % 2 == 0; })));
    EXPECT_THAT(tracks_of(artist), ::testing::Each(::testing::Truly([](std::int64_t id) { return id % 2 == 1; })));
}

TEST(RadioReport, IsReadAsItWasWritten) {
    const Report report{.radios = 3, .made = 2, .failed = {"\"Rain\" is gone.", "The disk is full."}};
    EXPECT_EQ(read_report(R"({"log":[],"report":)" + report_text(report) + "}"), report);
    for (const char* other : {"", "{", "[]", "{}", R"({"report":7})"})
        EXPECT_FALSE(read_report(other)) << other;
    EXPECT_EQ(read_report(R"({"report":{"made":"two","failed":[7,"x"]}})"), (Report{.failed = {"x"}}));
}

}  // namespace
}  // namespace audiomuse::radios
