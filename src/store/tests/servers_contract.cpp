#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "store_contract.h"

namespace audiomuse::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Track `number` of a library of albums of ten, as a server shows it that gives it `item_id`.
ListedItem item(std::int64_t number, const std::string& item_id, const std::string& root = "/srv/music") {
    ListedItem made;
    made.item_id = item_id;
    made.album_id = fmt::format("album {}", number / 10);
    made.tags = tags(fmt::format("Title {}", number), fmt::format("Artist {}", number / 30),
                     fmt::format("Album {}", number / 10));
    made.tags.duration_s = 100 + static_cast<double>(number % 50);
    if (!root.empty())
        made.path = fmt::format("{}/Artist {}/Album {}/{:02} - Title {}.flac", root, number / 30, number / 10,
                                number % 10 + 1, number);
    made.stamp = {1000 + number, 5};
    return made;
}

std::vector<ListedItem> items(std::int64_t count, const std::string& prefix, const std::string& root = "/srv/music") {
    std::vector<ListedItem> made;
    for (std::int64_t i = 0; i < count; ++i)
        made.push_back(item(i, prefix + std::to_string(i), root));
    return made;
}

TEST_P(StoreContract, KnowsWhatServersCallArtists) {
    const ServerId home = store_->servers().add({.type = "navidrome", .name = "Home"});
    const ServerId other = store_->servers().add({.type = "navidrome", .name = "Other"});
    std::vector<ListedItem> listed = items(6, "1");
    for (std::size_t i = 0; i < listed.size(); ++i) {
        listed[i].tags.artists = {i < 4 ? "Nina" : "Tom", "Guest"};
        listed[i].artist_id = i < 4 ? "n1" : "t1";
    }
    listed[0].tags.artists = {"NINA"};  // most write it otherwise
    listed[5].artist_id = "";
    store_->tracks().put_listed(home, store_->tracks().begin_listing(home), listed);
    std::vector<std::string> known;
    for (const ServerArtist& artist : store_->tracks().server_artists(home))
        known.push_back(artist.id + "=" + artist.name);
    EXPECT_THAT(known, testing::ElementsAre("n1=Nina", "t1=Tom"));
    EXPECT_TRUE(store_->tracks().server_artists(other).empty());

    // The server gives new ids: the next listing brings them.
    for (ListedItem& item : listed)
        item.artist_id = "new " + item.tags.artists.front();
    store_->tracks().put_listed(home, store_->tracks().begin_listing(home), listed);
    ASSERT_EQ(store_->tracks().server_artists(home).size(), 3U);
    EXPECT_EQ(store_->tracks().server_artists(home)[1].id, "new Nina");
}

TEST_P(StoreContract, AServerIsKept) {
    const ServerId id = add_server();
    reopen();
    const auto kept = store_->servers().get(id);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->type, "navidrome");
    EXPECT_EQ(kept->name, "Home");
    EXPECT_EQ(kept->password, "pä ss");
    EXPECT_EQ(kept->libraries, media_server().libraries);
    EXPECT_EQ(kept->path_map, media_server().path_map);
    EXPECT_TRUE(kept->is_default) << "the first media server";

    ServerRow changed = *kept;
    changed.name = "Cabin";
    changed.path_map.clear();
    store_->servers().update(changed);
    store_->servers().set_change_stamp(id, "scan 7");
    EXPECT_EQ(store_->servers().get(id)->name, "Cabin");
    EXPECT_THAT(store_->servers().get(id)->path_map, IsEmpty());
    EXPECT_EQ(store_->servers().get(id)->change_stamp, "scan 7");
    changed.id = ServerId{99};
    EXPECT_EQ(error_of([&] { store_->servers().update(changed); }).code(), ErrorCode::not_found);
}

TEST_P(StoreContract, WrittenPlaylistsAreNoted) {
    const ServerId home = add_server();
    Servers& servers = store_->servers();
    EXPECT_THAT(servers.written_playlists(home), IsEmpty());
    servers.note_playlist(home, {"Rock_automatic", ""});
    servers.note_playlist(home, {"Jazz_automatic", "17"});
    servers.note_playlist(home, {"Rock_automatic", "18"});
    reopen();
    const auto noted = store_->servers().written_playlists(home);
    ASSERT_THAT(noted, SizeIs(2));
    EXPECT_EQ(noted[0].name, "Jazz_automatic");
    EXPECT_EQ(noted[1].id, "18");
    store_->servers().forget_playlist(home, "Rock_automatic");
    EXPECT_THAT(store_->servers().written_playlists(home), SizeIs(1));
    store_->servers().remove(home);
    EXPECT_THAT(store_->servers().written_playlists(home), IsEmpty());
}

TEST_P(StoreContract, AccountsAreLinked) {
    const ServerId home = add_server();
    const UserId ada = store_->users().add_first("ada", "");
    const UserId bo = store_->users().add("bo", "", Role::listener);
    const LinkedAccount hers{ada, home, "Ada", "pä ss", ""}, his{bo, home, "bo", "", "key"};
    store_->servers().link(his);
    store_->servers().link(hers);
    reopen();
    Servers& servers = store_->servers();
    EXPECT_EQ(servers.accounts(), (std::vector{hers, his}));
    EXPECT_EQ(servers.account(ada, home), hers);
    EXPECT_FALSE(servers.account(ada, ServerId{99}));
    EXPECT_EQ(error_of([&] { servers.link({ada, ServerId{99}, "x", "y", ""}); }).code(), ErrorCode::not_found);

    servers.note_playlist(home, {"Calm", "1"});
    servers.note_playlist(home, {"Calm", "2"}, ada);
    servers.note_playlist(home, {"Calm", "3"}, bo);
    EXPECT_EQ(servers.written_playlists(home, ada).at(0).id, "2");
    LinkedAccount changed = hers;
    changed.password = "new";
    servers.link(changed);
    EXPECT_EQ(servers.account(ada, home), changed);
    EXPECT_THAT(servers.written_playlists(home, ada), SizeIs(1)) << "the same account";
    changed.name = "ada 2";
    servers.link(changed);
    EXPECT_THAT(servers.written_playlists(home, ada), IsEmpty()) << "another account has none of them";
    servers.forget_playlist(home, "Calm", ada);
    EXPECT_EQ(servers.written_playlists(home).at(0).id, "1");

    servers.unlink(bo, home);
    EXPECT_THAT(servers.written_playlists(home, bo), IsEmpty());
    EXPECT_EQ(error_of([&] { servers.unlink(bo, home); }).code(), ErrorCode::not_found);
    ServerRow moved = *servers.get(home);
    servers.update(moved);
    EXPECT_TRUE(servers.account(ada, home));
    moved.url = "http://elsewhere";
    servers.update(moved);
    EXPECT_THAT(servers.accounts(), IsEmpty()) << "their secrets are not for another machine";
    servers.link(his);
    store_->users().remove(bo);
    EXPECT_THAT(servers.accounts(), IsEmpty());
    servers.link(hers);
    servers.remove(home);
    EXPECT_THAT(servers.accounts(), IsEmpty());
}

TEST_P(StoreContract, NamesAreTakenOnce) {
    add_server("Home");
    EXPECT_EQ(error_of([&] { add_server("Home"); }).code(), ErrorCode::conflict);
    const ServerId other = add_server("Other");
    ServerRow renamed = *store_->servers().get(other);
    renamed.name = "Home";
    EXPECT_EQ(error_of([&] { store_->servers().update(renamed); }).code(), ErrorCode::conflict);
}

TEST_P(StoreContract, OneIsTheDefault) {
    const ServerId local = store_->tracks().local_server();
    EXPECT_TRUE(store_->servers().get(local)->is_default);
    const ServerId first = add_server("One");
    const ServerId second = add_server("Two");
    const auto defaults = [&] {
        std::vector<std::int64_t> ids;
        for (const ServerRow& row : store_->servers().all()) {
            if (row.is_default) ids.push_back(row.id.value);
        }
        return ids;
    };
    EXPECT_THAT(defaults(), ElementsAre(first.value));
    store_->servers().make_default(second);
    EXPECT_THAT(defaults(), ElementsAre(second.value));
    store_->servers().remove(second);
    EXPECT_THAT(defaults(), ElementsAre(first.value));
    EXPECT_THAT(store_->servers().all(), SizeIs(2));
    EXPECT_FALSE(store_->servers().get(second));
    EXPECT_EQ(error_of([&] { store_->servers().make_default(second); }).code(), ErrorCode::not_found);
    EXPECT_EQ(error_of([&] { store_->servers().remove(local); }).code(), ErrorCode::invalid_argument);
    add_server("Two");  // the name is free again
}

TEST_P(StoreContract, TheApiSpeaksTheIdsOfTheDefaultServer) {
    const TrackId local = add("a");
    EXPECT_EQ(store_->tracks().get(local)->item_id, std::to_string(local.value));
    const ServerId home = add_server();
    // Lyrion's ids are numbers, too: the local track must not be taken for that one.
    list(home, std::vector{item(5, std::to_string(local.value))});
    const TrackId there = track_of(std::to_string(local.value));
    EXPECT_NE(there, local);
    EXPECT_EQ(store_->tracks().get(there)->server, home);
    const std::string prefixed = "local-" + std::to_string(local.value);
    EXPECT_EQ(store_->tracks().get(local)->item_id, prefixed);
    EXPECT_EQ(track_of(prefixed), local);
    EXPECT_THAT(store_->tracks().item_ids_on(home, std::vector{local, there}),
                ElementsAre("", std::to_string(local.value)));
}

TEST_P(StoreContract, TwoServersMayUseTheSameIds) {
    const TrackId local = add("a");
    const ServerId folders = store_->tracks().local_server();
    const ServerId home = add_server("Home");
    const ServerId cabin = add_server("Cabin");
    list(home, std::vector{item(1, "7"), item(2, "8")});
    list(cabin, std::vector{item(2, "7", "/other"), item(1, "9", "/other")});
    Tracks& tracks = store_->tracks();
    const auto title = [&](const std::string& item_id, std::optional<ServerId> server) {
        const auto row = tracks.by_item_id(item_id, server);
        return row ? row->tags.title : "none";
    };
    EXPECT_EQ(title("7", home), "Title 1");
    EXPECT_EQ(title("7", cabin), "Title 2");
    EXPECT_EQ(title("7", std::nullopt), "Title 1") << "the default server's";
    EXPECT_EQ(title("9", home), "none");
    EXPECT_EQ(title("9", cabin), "Title 1");
    EXPECT_EQ(title("", cabin), "none");
    EXPECT_EQ(title("7", ServerId{99}), "none");

    const std::string prefixed = "local-" + std::to_string(local.value);
    EXPECT_EQ(tracks.by_item_id(prefixed, folders)->id, local);
    EXPECT_FALSE(tracks.by_item_id(std::to_string(local.value), folders)) << "not what it is called now";
    EXPECT_FALSE(tracks.by_item_id(prefixed, home));
    store_->servers().make_default(folders);
    EXPECT_EQ(tracks.by_item_id(std::to_string(local.value), folders)->id, local);

    list(cabin, std::vector{item(1, "9", "/other")});
    EXPECT_EQ(title("7", cabin), "none") << "gone from there";
}

TEST_P(StoreContract, ManyItemsAreLookedUpAsOneIs) {
    const TrackId local = add("/music/here");
    const ServerId folders = store_->tracks().local_server();
    const ServerId home = add_server("Home");
    const ServerId cabin = add_server("Cabin");
    list(home, items(300, "a"));
    list(cabin, items(200, "b"));
    list(cabin, std::vector{item(7, "a3", "/other")});  // an id of Home's, for another track
    const std::string number = std::to_string(local.value);
    std::vector<std::string> names = {"", "nothing", "local-" + number, number, "a7", "a7", "\xFF", "a3"};
    for (int i = 0; i < 310; ++i)
        names.push_back((i % 3 == 0 ? "b" : "a") + std::to_string(i));
    for (const std::optional<ServerId> server :
         {std::optional<ServerId>(), std::optional(home), std::optional(cabin), std::optional(folders)}) {
        const auto many = store_->tracks().by_item_ids(names, server);
        ASSERT_EQ(many.size(), names.size());
        for (std::size_t i = 0; i < names.size(); ++i) {
            const auto one = store_->tracks().by_item_id(names[i], server);
            EXPECT_EQ(many[i], one ? std::optional(one->id) : std::nullopt) << names[i];
        }
        EXPECT_GT(std::ranges::count_if(many, [](const auto& id) { return id.has_value(); }), 0);
    }
    EXPECT_EQ(store_->tracks().by_item_ids(names)[2], local);
    EXPECT_THAT(store_->tracks().by_item_ids({}), IsEmpty());
}

TEST_P(StoreContract, AListingIsRecognisedByItsIds) {
    const ServerId home = add_server();
    EXPECT_EQ(list(home, items(30, "a")).created, 30);
    const Recognised again = list(home, items(30, "a"));
    EXPECT_EQ(again.by_id, 30);
    EXPECT_EQ(again.created, 0);
    EXPECT_EQ(store_->tracks().counts().tracks, 30);
    const auto row = store_->tracks().by_item_id("a7");
    ASSERT_TRUE(row);
    EXPECT_EQ(row->tags.title, "Title 7");
    EXPECT_EQ(row->path, item(7, "").path);
    EXPECT_THAT(store_->tracks().search({.text = "title 7"}).rows, SizeIs(1));

    auto retagged = items(30, "a");
    retagged[7].tags.title = "Another Name";
    EXPECT_EQ(list(home, retagged).by_id, 30);
    EXPECT_EQ(store_->tracks().by_item_id("a7")->tags.title, "Another Name") << "though its file's stamp is as it was";
}

TEST_P(StoreContract, LyricsOfAServerOutliveItsListings) {
    const ServerId home = add_server();
    list(home, items(2, "a"));
    const TrackId id = track_of("a1");
    store_->tracks().set_lyrics(id, "Rain\nover \xFF paper walls");
    EXPECT_EQ(store_->tracks().lyrics(id), "Rain\nover \uFFFD paper walls");
    auto retagged = items(2, "a");
    retagged[1].tags.title = "Another Name";
    list(home, retagged);
    reopen();
    EXPECT_THAT(store_->tracks().lyrics(id), HasSubstr("Rain"));
    store_->tracks().set_lyrics(id, "Snow");
    EXPECT_EQ(store_->tracks().lyrics(id), "Snow");
    store_->tracks().set_lyrics(id, "");
    EXPECT_EQ(store_->tracks().lyrics(id), "");
    store_->tracks().set_lyrics(TrackId{4711}, "Nobody's");
}

TEST_P(StoreContract, WhatIsGoneIsAbsentAndComesBack) {
    const ServerId home = add_server();
    list(home, items(10, "a"));
    const TrackId third = track_of("a3");
    const auto eight = items(8, "a");
    Tracks& tracks = store_->tracks();
    const std::int64_t listing = tracks.begin_listing(home);
    tracks.put_listed(home, listing, std::span(eight).first(3));
    EXPECT_EQ(tracks.unseen(home, listing).present, 10);
    EXPECT_EQ(tracks.unseen(home, listing).unseen, 7) << "asked before anything counts as gone";
    tracks.put_listed(home, listing, std::span(eight).subspan(3));
    EXPECT_EQ(tracks.finish_listing(home, listing), 2);
    EXPECT_EQ(tracks.counts().tracks, 8);
    EXPECT_EQ(list(home, items(10, "b")).created, 0);
    EXPECT_EQ(tracks.counts().tracks, 10);
    EXPECT_EQ(track_of("b3"), third);
    EXPECT_EQ(track_of("a3"), TrackId{});
}

TEST_P(StoreContract, AServerThatGivesNewIdsLosesNoAnalysis) {
    const ServerId home = add_server();
    constexpr std::int64_t kTracks = 2000;
    for (const std::string& root : {std::string("/srv/music"), std::string()}) {  // with paths, and without
        SCOPED_TRACE("root " + root);
        list(home, items(kTracks, "1", root));
        std::vector<TrackId> before;
        std::vector<Analyses::Saved> results;
        for (std::int64_t i = 0; i < kTracks; ++i) {
            before.push_back(track_of("1" + std::to_string(i)));
            results.push_back({.id = before.back(),
                               .stamp = store_->tracks().get(before.back())->stamp,
                               .analysis = analysis(),
                               .failure = {}});
        }
        store_->analyses().save(results);
        // Row numbers after a rescan: every id is now another track's.
        std::vector<ListedItem> renumbered = items(kTracks, "1", root);
        for (std::int64_t i = 0; i < kTracks; ++i)
            renumbered[static_cast<std::size_t>(i)].item_id = "1" + std::to_string((i + 777) % kTracks);
        const Recognised counts = list(home, renumbered);
        std::int64_t kept = 0;
        for (std::int64_t i = 0; i < kTracks; ++i)
            kept += track_of("1" + std::to_string((i + 777) % kTracks)) == before[static_cast<std::size_t>(i)] ? 1 : 0;
        fmt::print("{} of {} tracks kept their analysis (by id {}, path {}, tail {}, tags {}, new {})\n", kept, kTracks,
                   counts.by_id, counts.by_path, counts.by_tail, counts.by_tags, counts.created);
        EXPECT_GE(kept, kTracks * 999 / 1000);
        EXPECT_EQ(store_->analyses().coverage(kModel).pending, 0) << "no audio is read";
        list(home, items(kTracks, "1", root));
    }
}

TEST_P(StoreContract, ASecondServerIsMatchedTierByTier) {
    const ServerId home = add_server("Home");
    list(home, items(40, "a"));
    const ServerId away = add_server("Away");
    std::vector<ListedItem> there;
    there.push_back(item(0, "b0"));                    // the same path
    there.push_back(item(1, "b1", "/volume1/audio"));  // the same tail
    there.push_back(item(2, "b2", ""));                // tags only
    there.push_back(item(3, "b3", "/elsewhere"));      // another name of the same music: new
    there.back().path = "/elsewhere/x/y/z.flac";
    there.back().tags.title = "Unheard of";
    there.push_back(item(4, "b4", ""));  // the same names, another recording
    there.back().tags.duration_s += 60;
    there.push_back(item(5, "b5", "/container"));  // mapped to where the other server has it
    there.back().local_path = item(5, "").path;
    there.back().path = "/container/5.flac";
    there.back().tags.title = "Renamed";
    const Recognised counts = list(away, there);
    EXPECT_EQ(counts.by_path, 2);
    EXPECT_EQ(counts.by_tail, 1);
    EXPECT_EQ(counts.by_tags, 1);
    EXPECT_EQ(counts.created, 2);
    EXPECT_EQ(track_of("b0"), track_of("a0"));
    EXPECT_EQ(track_of("b1"), track_of("a1"));
    EXPECT_EQ(track_of("b2"), track_of("a2"));
    EXPECT_EQ(track_of("b5"), track_of("a5"));
    EXPECT_NE(track_of("b4"), track_of("a4"));
    EXPECT_THAT(store_->tracks().places(track_of("a1")), SizeIs(2));
    EXPECT_EQ(store_->tracks().get(track_of("b1"))->item_id, "a1") << "the default server's";
    EXPECT_THAT(store_->tracks().item_ids_on(away, std::vector{track_of("a1"), track_of("a30")}),
                ElementsAre("b1", ""));
    store_->servers().make_default(away);
    EXPECT_EQ(store_->tracks().get(track_of("a1"))->item_id, "b1");
}

TEST_P(StoreContract, ATrackIsRecognisedByItsAudio) {
    const TrackId local = put(file("/music/x.flac"), tags("Here")).id;  // with a signature of its own
    const std::string signature = "signature of /music/x.flac";
    const ServerId home = add_server();
    list(home, std::vector{item(1, "x"), item(2, "y")});
    Tracks& tracks = store_->tracks();
    const TrackId x = track_of("x");
    EXPECT_EQ(tracks.recognise_audio(x, signature), std::nullopt) << "nothing was heard there yet";
    save(local, analysis());
    const PlaylistId list_of_x = store_->playlists().create("X", PlaylistKind::own, "{}", std::vector{x});
    EXPECT_EQ(tracks.recognise_audio(x, signature), local);
    EXPECT_EQ(track_of("x"), local);
    EXPECT_THAT(store_->playlists().tracks(list_of_x), ElementsAre(local)) << "lists keep it under its other name";
    EXPECT_THAT(tracks.places(local), SizeIs(2));
    EXPECT_FALSE(tracks.get(x));
    EXPECT_EQ(tracks.counts().tracks, 2);
    EXPECT_EQ(tracks.recognise_audio(track_of("y"), signature), std::nullopt) << "a copy on the same server";
    EXPECT_EQ(tracks.recognise_audio(track_of("y"), ""), std::nullopt);
    EXPECT_EQ(list(home, std::vector{item(1, "x"), item(2, "y")}).by_id, 2) << "and the next listing knows it";
}

TEST_P(StoreContract, AFileIsRecognisedThatAServerHad) {
    const ServerId home = add_server();
    list(home, std::vector{item(1, "x")});
    const TrackId x = track_of("x");
    const std::string signature = "signature of /music/x.flac";  // as put() gives it
    save(x, analysis());
    EXPECT_EQ(store_->tracks().recognise_audio(x, signature), std::nullopt) << "nobody else had it; now it is noted";
    store_->servers().remove(home);
    const auto put_again = put(file("/music/x.flac"), tags("Other tags"));
    EXPECT_EQ(put_again.id, x) << "its analysis, lists and plays are its own again";
    EXPECT_EQ(put_again.outcome, PutOutcome::moved);
    EXPECT_TRUE(store_->tracks().get(x)->present);
    EXPECT_EQ(store_->tracks().counts().tracks, 1);
}

TEST_P(StoreContract, CopiesOfOneRecordingStayTwo) {
    const ServerId home = add_server();
    std::vector<ListedItem> copies = {item(1, "x", ""), item(1, "y", "")};
    EXPECT_EQ(list(home, copies).created, 2);
    EXPECT_NE(track_of("x"), track_of("y"));
    EXPECT_EQ(list(home, copies).by_id, 2);
    copies[0].item_id = "v";
    copies[1].item_id = "w";
    EXPECT_EQ(list(home, copies).by_tags, 2);
    EXPECT_EQ(store_->tracks().counts().tracks, 2);
}

TEST_P(StoreContract, SeveralTracksMayBeInOneFile) {
    const ServerId home = add_server();
    std::vector<ListedItem> parts = {item(1, "x"), item(2, "y")};
    parts[1].path = parts[0].path;
    EXPECT_EQ(list(home, parts).created, 2);
    EXPECT_EQ(list(home, parts).by_id, 2);
}

TEST_P(StoreContract, AFileOfAnotherSizeIsHeardAgain) {
    const ServerId home = add_server();
    std::vector<ListedItem> one = {item(1, "x")};
    list(home, one);
    const TrackId id = track_of("x");
    store_->analyses().save(
        std::vector{Analyses::Saved{.id = id, .stamp = one[0].stamp, .analysis = analysis(), .failure = {}}});
    one[0].stamp.mtime_ns += 1;
    list(home, one);
    EXPECT_EQ(store_->analyses().coverage(kModel).pending, 0);
    one[0].stamp.size += 1;
    list(home, one);
    EXPECT_THAT(store_->analyses().pending(kModel, {}, 10), SizeIs(1));
}

TEST_P(StoreContract, ARemovedServerLeavesItsAnalysisForTheNext) {
    const ServerId home = add_server();
    list(home, items(20, "a"));
    const TrackId fifth = track_of("a5");
    store_->servers().remove(home);
    EXPECT_EQ(store_->tracks().counts().tracks, 0);
    EXPECT_EQ(track_of("a5"), TrackId{});
    EXPECT_TRUE(store_->tracks().get(fifth)) << "kept";
    const ServerId again = add_server();
    EXPECT_EQ(list(again, items(20, "c")).by_path, 20);
    EXPECT_EQ(track_of("c5"), fifth);
    EXPECT_EQ(error_of([&] { store_->tracks().put_listed(ServerId{99}, 1, items(1, "x")); }).code(),
              ErrorCode::not_found);
}

}  // namespace
}  // namespace audiomuse::store
