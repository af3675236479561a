#include <gmock/gmock.h>

#include "audiomuse/base/clock.h"
#include "store_contract.h"

namespace audiomuse::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr double kDay = 86400;
constexpr std::int64_t kRun = 1'800'000'000;

/// A time by which everything that is gone now has been so for long.
double later() {
    return unix_now() + 40 * kDay;
}

std::int64_t count_orphans(Cleaning& cleaning) {
    std::int64_t tracks = 0;
    for (const ServerOrphans& server : cleaning.orphans(0))
        tracks += server.tracks;
    return tracks;
}

TEST_P(StoreContract, AnOrphanIsOneSinceItsLastServerLostIt) {
    Cleaning& cleaning = store_->cleaning();
    const TrackId a = add("a");
    const TrackId b = add("b");
    add("c");
    const double before = unix_now();
    EXPECT_THAT(cleaning.orphans(later()), IsEmpty());
    EXPECT_EQ(cleaning.catalogue(), 3);

    list({file("/music/b"), file("/music/c")});
    auto orphans = cleaning.orphans(later());
    ASSERT_THAT(orphans, SizeIs(1));
    EXPECT_EQ(orphans[0].server, server_);
    EXPECT_EQ(orphans[0].name, "Local folders");
    EXPECT_EQ(orphans[0].tracks, 1);
    EXPECT_EQ(orphans[0].due, 1);
    EXPECT_EQ(cleaning.orphans(before)[0].due, 0) << "it was there then";
    EXPECT_EQ(cleaning.catalogue(), 3) << "its analysis is kept";
    auto groups = cleaning.groups(std::nullopt, 0, 10, 5);
    ASSERT_EQ(groups.total, 1);
    EXPECT_THAT(groups.groups[0].sample, ElementsAre(a));
    EXPECT_GE(groups.groups[0].first_gone, before);

    // Listed again without a change, it is an orphan since the same moment.
    const double since = groups.groups[0].first_gone;
    list({file("/music/b"), file("/music/c")});
    EXPECT_EQ(cleaning.groups(std::nullopt, 0, 10, 5).groups[0].first_gone, since);
    // It is back, and the next one goes.
    list({file("/music/a"), file("/music/c")});
    EXPECT_THAT(cleaning.groups(std::nullopt, 0, 10, 5).groups[0].sample, ElementsAre(b));
    EXPECT_EQ(count_orphans(cleaning), 1);
}

TEST_P(StoreContract, WhatAnotherServerHasIsNoOrphan) {
    Cleaning& cleaning = store_->cleaning();
    const ServerId first = add_server("First");
    const ServerId second = add_server("Second");
    const std::vector<ListedItem> both = {
        {.item_id = "1", .path = "/m/Artist/Album/1.flac", .tags = tags("One", "Artist", "Album")},
        {.item_id = "2", .path = "/m/Artist/Album/2.flac", .tags = tags("Two", "Artist", "Album")}};
    list(first, both);
    list(second, std::span(both).first(1));
    list(first, {});
    ASSERT_THAT(cleaning.orphans(later()), SizeIs(1));
    EXPECT_EQ(cleaning.orphans(later())[0].name, "First");
    EXPECT_EQ(count_orphans(cleaning), 1) << "the second server has the other";
    // The one server that still has a track is removed: the track is nowhere.
    store_->servers().remove(second);
    EXPECT_EQ(count_orphans(cleaning), 2);
    store_->servers().remove(first);
    for (const ServerOrphans& server : cleaning.orphans(later()))
        EXPECT_EQ(server.name, "");
    // Found on a third one, by the paths.
    list(add_server("Third"), both);
    EXPECT_EQ(count_orphans(cleaning), 0);
}

TEST_P(StoreContract, GroupsOfOrphansAreAlbums) {
    const auto song = [&](const std::string& path, const std::string& artist, const std::string& album, int number) {
        TrackTags each = tags(path, artist, album);
        each.track_number = number;
        return add(path, each);
    };
    const TrackId second = song("/1", "Björk", "Debut", 2);
    const TrackId first = song("/2", "Björk", "Debut", 1);
    song("/3", "Björk", "Post", 1);
    song("/4", "ABBA", "Arrival", 1);
    list({});
    Cleaning& cleaning = store_->cleaning();
    const OrphanGroups all = cleaning.groups(std::nullopt, 0, 10, 10);
    EXPECT_EQ(all.total, 3);
    ASSERT_THAT(all.groups, SizeIs(3));
    EXPECT_EQ(all.groups[0].tracks, 1);
    EXPECT_EQ(all.groups[1].tracks, 2);
    EXPECT_THAT(all.groups[1].sample, ElementsAre(first, second)) << "as on the album";
    const OrphanGroups page = cleaning.groups(std::nullopt, 1, 1, 1);
    EXPECT_EQ(page.total, 3);
    ASSERT_THAT(page.groups, SizeIs(1));
    EXPECT_THAT(page.groups[0].sample, ElementsAre(first));
    EXPECT_EQ(page.groups[0].tracks, 2);
}

TEST_P(StoreContract, WhatIsRemovedIsHiddenAndComesBackAsItWas) {
    Cleaning& cleaning = store_->cleaning();
    const TrackId gone = add("gone");
    const TrackId stays = add("stays");
    add("stays too");
    save(gone, analysis());
    const PlaylistId playlist =
        store_->playlists().create("Mine", PlaylistKind::own, "", std::vector{gone, stays, gone});
    const RadioId radio = store_->radios().add({.name = "Radio"});
    const PlaylistId of_radio = store_->radios().publish(radio, std::vector{gone, stays});
    list({file("/music/stays"), file("/music/stays too")});
    EXPECT_THAT(store_->playlists().tracks(playlist), ElementsAre(gone, stays, gone)) << "an orphan keeps its place";

    EXPECT_EQ(cleaning.remove(unix_now() - kDay, kRun).removed, 0) << "not gone for long enough";
    const auto removal = cleaning.remove(later(), kRun);
    EXPECT_EQ(removal.removed, 1);
    EXPECT_EQ(removal.catalogue, 3);
    EXPECT_FALSE(removal.refused());
    EXPECT_EQ(cleaning.remove(later(), kRun + 1).removed, 0) << "once is enough";
    EXPECT_EQ(cleaning.catalogue(), 2);
    EXPECT_EQ(count_orphans(cleaning), 0);
    EXPECT_THAT(store_->playlists().tracks(playlist), ElementsAre(stays));
    EXPECT_EQ(store_->playlists().get(playlist)->track_count, 1);
    EXPECT_THAT(store_->radios().issues(of_radio).at(0).tracks, ElementsAre(stays));
    const auto runs = cleaning.runs();
    ASSERT_THAT(runs, SizeIs(1));
    EXPECT_EQ(runs[0].at, kRun);
    EXPECT_EQ(runs[0].tracks, 1);
    ASSERT_THAT(runs[0].servers, SizeIs(1));
    EXPECT_EQ(runs[0].servers[0].name, "Local folders");
    EXPECT_THAT(cleaning.groups(kRun, 0, 10, 5).groups.at(0).sample, ElementsAre(gone));
    EXPECT_EQ(cleaning.groups(kRun + 1, 0, 10, 5).total, 0);

    EXPECT_EQ(cleaning.restore(kRun + 1, unix_now()), 0);
    EXPECT_EQ(cleaning.restore(kRun, later()), 1);
    EXPECT_THAT(cleaning.runs(), IsEmpty());
    EXPECT_THAT(store_->playlists().tracks(playlist), ElementsAre(gone, stays, gone));
    EXPECT_THAT(store_->radios().issues(of_radio).at(0).tracks, ElementsAre(gone, stays));
    EXPECT_TRUE(store_->analyses().get(gone));
    EXPECT_EQ(cleaning.remove(unix_now() + kDay, kRun).removed, 0) << "its time begins anew";
    EXPECT_EQ(cleaning.restore(std::nullopt, 0), 0);
}

TEST_P(StoreContract, APlaylistThatIsEditedKeepsWhatWasRemoved) {
    const TrackId gone = add("gone");
    const TrackId stays = add("stays");
    const TrackId other = add("other");
    Playlists& playlists = store_->playlists();
    const PlaylistId id = playlists.create("Mine", PlaylistKind::own, "", std::vector{gone, stays});
    list({file("/music/stays"), file("/music/other")});
    store_->cleaning().remove(later(), kRun);
    playlists.set_tracks(id, std::vector{other, stays});
    EXPECT_THAT(playlists.tracks(id), ElementsAre(other, stays));
    store_->cleaning().restore(std::nullopt, unix_now());
    EXPECT_THAT(playlists.tracks(id), ElementsAre(other, stays, gone));
}

TEST_P(StoreContract, ARemovedTrackIsInAnEditedPlaylistOnce) {
    const TrackId a = add("a");
    const TrackId b = add("b");
    const PlaylistId id = store_->playlists().create("Both", PlaylistKind::own, "{}", std::vector{a, b});
    list({file("/music/b")});
    ASSERT_EQ(store_->cleaning().remove(later(), kRun).removed, 1);
    store_->playlists().set_tracks(id, std::vector{b, a});  // by a page that was read before
    store_->cleaning().restore(kRun, unix_now());
    EXPECT_THAT(store_->playlists().tracks(id), ElementsAre(b, a));
}

TEST_P(StoreContract, MoreThanHalfIsNotRemoved) {
    Cleaning& cleaning = store_->cleaning();
    for (const char* title : {"a", "b", "c", "d", "e"})
        add(title);
    list({file("/music/a"), file("/music/b")});
    const auto refused = cleaning.remove(later(), kRun);
    EXPECT_TRUE(refused.refused());
    EXPECT_EQ(refused.due, 3);
    EXPECT_EQ(refused.catalogue, 5);
    EXPECT_THAT(cleaning.runs(), IsEmpty());
    EXPECT_EQ(count_orphans(cleaning), 3);
    add("f");
    EXPECT_EQ(cleaning.remove(later(), kRun).removed, 3) << "half is not more than half";
}

TEST_P(StoreContract, ARemovedTrackThatComesBackIsThere) {
    Cleaning& cleaning = store_->cleaning();
    const TrackId id = put(file("/music/a"), tags("a"), "audio").id;
    add("b");
    save(id, analysis());
    list({file("/music/b")});
    ASSERT_EQ(cleaning.remove(later(), kRun).removed, 1);
    const std::int64_t change = store_->change_counter();
    // Elsewhere, and known by its audio.
    list({file("/music/b")});
    EXPECT_EQ(put(file("/new/a"), tags("a"), "audio").id, id);
    EXPECT_THAT(cleaning.runs(), IsEmpty());
    EXPECT_EQ(cleaning.catalogue(), 2);
    EXPECT_THAT(pending(), ElementsAre(track_of(std::to_string(id.value + 1)))) << "it is not listened to again";
    EXPECT_THAT(find("a"), ElementsAre("a"));
    std::vector<TrackId> indexed;
    store_->analyses().each_change(kModel, change,
                                   [&](TrackId changed, const Embedding&) { indexed.push_back(changed); });
    EXPECT_THAT(indexed, ElementsAre(id)) << "indexes take it in again";
}

TEST_P(StoreContract, WhatIsForgottenIsGoneForGood) {
    Cleaning& cleaning = store_->cleaning();
    const TrackId first = add("first");
    const TrackId second = add("second");
    const TrackId third = add("third");
    for (const char* title : {"x", "y", "z"})
        add(title);
    save(first, analysis());
    const PlaylistId playlist = store_->playlists().create("Mine", PlaylistKind::own, "", std::vector{first, third});
    list({file("/music/third"), file("/music/x"), file("/music/y"), file("/music/z")});
    ASSERT_EQ(cleaning.remove(later(), kRun).removed, 2);
    list({file("/music/x"), file("/music/y"), file("/music/z")});
    ASSERT_EQ(cleaning.remove(later(), kRun + 100).removed, 1);

    EXPECT_EQ(cleaning.forget(kRun - 1, 10), 0);
    EXPECT_EQ(cleaning.forget(kRun, 1), 1) << "some at a time";
    EXPECT_EQ(cleaning.forget(kRun, 10), 1);
    EXPECT_EQ(cleaning.forget(kRun, 10), 0);
    EXPECT_FALSE(store_->tracks().get(first) || store_->tracks().get(second));
    EXPECT_FALSE(store_->analyses().get(first));
    ASSERT_THAT(cleaning.runs(), SizeIs(1));
    EXPECT_EQ(cleaning.restore(std::nullopt, unix_now()), 1);
    EXPECT_THAT(store_->playlists().tracks(playlist), ElementsAre(third));
    // A file that comes now is new.
    EXPECT_EQ(put(file("/music/first"), tags("first")).outcome, PutOutcome::created);
}

}  // namespace
}  // namespace audiomuse::store
