#include <gmock/gmock.h>

#include "store_contract.h"

namespace audiomuse::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::int64_t> numbers(const std::vector<Issue>& issues) {
    std::vector<std::int64_t> numbers;
    for (const Issue& issue : issues)
        numbers.push_back(issue.number);
    return numbers;
}

TEST_P(StoreContract, KeepsRadios) {
    const RadioId id = store_->radios().add({.id = {},
                                             .name = " Evening ",
                                             .recipe = R"({"type":"blend"})",
                                             .filter = R"({"genre":"jazz"})",
                                             .temperature = 0.5,
                                             .n = 30,
                                             .enabled = false});
    reopen();
    Radio radio = store_->radios().get(id).value();
    EXPECT_EQ(radio.name, "Evening");
    EXPECT_EQ(radio.recipe, R"({"type":"blend"})");
    EXPECT_EQ(radio.filter, R"({"genre":"jazz"})");
    EXPECT_EQ(radio.temperature, 0.5);
    EXPECT_EQ(radio.n, 30);
    EXPECT_FALSE(radio.enabled || radio.anchor || radio.playlist);
    EXPECT_GT(radio.created_at, 1e9);
    EXPECT_EQ(radio.refreshed_at, 0);

    radio.name = "Morning";
    radio.temperature = 2;
    radio.enabled = true;
    store_->radios().update(radio);
    EXPECT_EQ(store_->radios().list().at(0).name, "Morning");
    EXPECT_TRUE(store_->radios().get(id)->enabled);

    store_->radios().remove(id);
    EXPECT_THAT(store_->radios().list(), IsEmpty());
    EXPECT_EQ(error_of([&] { store_->radios().update(radio); }).code(), ErrorCode::not_found);
    EXPECT_EQ(error_of([&] { store_->radios().remove(id); }).code(), ErrorCode::not_found);
    EXPECT_EQ(error_of([&] { store_->radios().publish(id, {}); }).code(), ErrorCode::not_found);
}

TEST_P(StoreContract, RadiosAreChecked) {
    Radios& radios = store_->radios();
    EXPECT_EQ(error_of([&] { radios.add({.id = {}, .name = " "}); }).code(), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of([&] { radios.add({.id = {}, .name = "x", .anchor = AnchorId{9}}); }).code(),
              ErrorCode::not_found);
    const AnchorId anchor =
        store_->anchors().add({.id = {}, .name = "a", .model = kModel, .points = {{.vector = {1}}}});
    radios.add({.id = {}, .name = "a", .anchor = anchor});
    EXPECT_EQ(error_of([&] { radios.add({.id = {}, .name = "b", .anchor = anchor}); }).code(), ErrorCode::conflict);
    radios.add({.id = {}, .name = "a"});  // without an anchor there may be any number
    radios.add({.id = {}, .name = "a"});
}

TEST_P(StoreContract, ARadioAndItsListAreOfOneUser) {
    store_->users().add_first("ada", "");
    const UserId bo = store_->users().add("bo", "", Role::listener);
    const AnchorId anchor =
        store_->anchors().add({.id = {}, .name = "a", .model = kModel, .points = {{.vector = {1}}}});
    const PlaylistId shared = store_->playlists().create("a", PlaylistKind::own, "{}", {});
    const RadioId common = store_->radios().add({.id = {}, .name = "a", .anchor = anchor});
    const RadioId id = store_->radios().add({.id = {}, .name = "a", .anchor = anchor, .owner = bo});
    reopen();
    EXPECT_EQ(store_->radios().get(id)->owner, bo);
    const Playlist list = store_->playlists().get(store_->radios().publish(id, {})).value();
    EXPECT_EQ(list.owner, bo);
    EXPECT_EQ(list.name, "a") << "the shared list of that name is none of theirs";
    EXPECT_EQ(error_of([&] { store_->playlists().create("a", PlaylistKind::own, "{}", {}, bo); }).code(),
              ErrorCode::conflict);
    store_->users().remove(bo);
    EXPECT_FALSE(store_->radios().get(id));
    EXPECT_FALSE(store_->playlists().get(list.id));
    EXPECT_TRUE(store_->playlists().get(shared));
    EXPECT_TRUE(store_->radios().get(common));
}

TEST_P(StoreContract, ARadioKeepsItsPlaylistAndTheLastIssues) {
    std::vector<TrackId> tracks;
    for (const char* path : {"/a", "/b", "/c"})
        tracks.push_back(add(path, tags(path)));
    store_->playlists().create("Evening", PlaylistKind::own, "{}", {});
    const RadioId id = store_->radios().add({.id = {}, .name = "Evening"});
    const PlaylistId list = store_->radios().publish(id, std::span(tracks).first(2));
    EXPECT_EQ(store_->playlists().get(list)->name, "Evening (2)");
    EXPECT_EQ(store_->playlists().get(list)->kind, PlaylistKind::own);
    EXPECT_EQ(store_->radios().get(id)->playlist, list);
    EXPECT_GT(store_->radios().get(id)->refreshed_at, 1e9);
    store_->playlists().rename(list, "My own name");
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(store_->radios().publish(id, std::span(tracks).last(2)), list);
    reopen();
    EXPECT_EQ(store_->playlists().get(list)->name, "My own name");
    EXPECT_THAT(store_->playlists().tracks(list), ElementsAre(tracks[1], tracks[2]));
    std::vector<Issue> issues = store_->radios().issues(list);
    EXPECT_THAT(numbers(issues), ElementsAre(7, 6, 5, 4, 3));
    EXPECT_THAT(issues[0].tracks, ElementsAre(tracks[1], tracks[2]));
    EXPECT_GT(issues[0].made_at, 1e9);

    EXPECT_EQ(error_of([&] { store_->radios().publish(id, std::vector{TrackId{99}}); }).code(), ErrorCode::not_found);
    EXPECT_THAT(numbers(store_->radios().issues(list)), ElementsAre(7, 6, 5, 4, 3)) << "nothing has happened";

    store_->playlists().remove(list);
    EXPECT_THAT(store_->radios().issues(list), IsEmpty());
    const PlaylistId next = store_->radios().publish(id, tracks);
    EXPECT_NE(next, list);
    EXPECT_THAT(numbers(store_->radios().issues(next)), ElementsAre(1));
}

}  // namespace
}  // namespace audiomuse::store
