#include "lyrion/lyrion.h"

#include <algorithm>

#include "server/fake_lyrion.h"
#include "server/media_server_contract.h"
#include "support/temp_folder.h"

namespace audiomuse::library::testing {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using testing_support::contents;
using testing_support::TempFolder;

namespace {

const CancelToken kGoOn;

FakeMaker maker(const std::string& name, const std::string& version) {
    return {name, [version] { return std::make_unique<FakeLyrion>(version); }};
}

std::optional<Error> error_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

std::vector<ServerTrack> list(MediaServer& server) {
    std::vector<ServerTrack> tracks;
    server.list_tracks([&](ServerTrack track) { tracks.push_back(std::move(track)); }, kGoOn);
    return tracks;
}

class LyrionTest : public ::testing::Test {
protected:
    ~LyrionTest() override { EXPECT_THAT(fake_.complaints(), IsEmpty()); }

    std::vector<std::string> ids(std::initializer_list<std::int64_t> numbers) const {
        std::vector<std::string> ids;
        for (const std::int64_t number : numbers)
            ids.push_back(fake_.track_id(number));
        return ids;
    }
    std::int64_t asked(const std::string& command) const { return std::ranges::count(fake_.commands(), command); }

    FakeLyrion fake_{"9.0.2"};
    std::unique_ptr<MediaServer> server_ = create_lyrion(fake_.account());
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Lyrion, MediaServerContract,
                         ::testing::Values(maker("LMS7_7_1", "7.7.1"), maker("Lyrion9", "9.0.2")),
                         [](const auto& info) { return info.param.name; });

TEST(LyrionAccount, SaysWhatItLacks) {
    const auto message = [](const ServerAccount& account) {
        const auto error = error_of([&] { create_lyrion(account); });
        EXPECT_EQ(error ? error->code() : ErrorCode::invalid_argument, ErrorCode::invalid_argument);
        return error ? std::string(error->what()) : "";
    };
    ServerAccount account{.kind = ServerKind::lyrion, .url = "nas:9000"};
    EXPECT_THAT(message(account), HasSubstr("http://"));
    account.url = "http://nas:9000";
    EXPECT_EQ(message(account), "");
    account.password = "s3cret";
    EXPECT_THAT(message(account), AllOf(HasSubstr("user name"), Not(HasSubstr("s3cret"))));
    account.user = "a:b";
    EXPECT_THAT(message(account), HasSubstr("colon"));
}

TEST(LyrionAccount, NeedsNoLoginWhereThereIsNone) {
    FakeLyrion open("9.0.2", true);
    const auto server = create_lyrion(open.account());
    EXPECT_EQ(server->probe(kGoOn).tracks, 25);
    EXPECT_THAT(open.complaints(), IsEmpty());
}

// --- refusals ------------------------------------------------------------------------------------------------------

TEST_F(LyrionTest, ARefusalIsToldFromADeadServerAndNotRepeated) {
    fake_.refuse("titles");
    const auto error = error_of([&] { list(*server_); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::unsupported) << error->what();
    EXPECT_THAT(fake_.commands(), ElementsAre("titles", "version"));
    EXPECT_EQ(error_of([&] { server_->most_played(5, kGoOn); })->code(), ErrorCode::unsupported);
    fake_.refuse("playlists new");
    const auto no_folder = error_of([&] { server_->create_playlist("New", ids({1}), kGoOn); });
    ASSERT_TRUE(no_folder);
    EXPECT_EQ(no_folder->code(), ErrorCode::unsupported);
    EXPECT_THAT(no_folder->what(), HasSubstr("playlist folder"));
    EXPECT_EQ(asked("playlists new"), 1);
}

TEST(LyrionRefusal, AServerThatClosesEveryConnectionIsNotThere) {
    FakeWeb web([](const WebRequest&) -> WebAnswer { return {.close = true}; });
    const auto server = create_lyrion({.kind = ServerKind::lyrion, .url = web.url(), .limits = fast_limits()});
    const auto error = error_of([&] { server->create_playlist("New", std::vector<std::string>{"1"}, kGoOn); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::unavailable) << error->what();
}

TEST(LyrionRefusal, AnotherKindOfServerIsSaid) {
    FakeWeb web([](const WebRequest&) -> WebAnswer { return {.body = R"({"result":{"Version":"10.10"}})"}; });
    const auto server = create_lyrion({.kind = ServerKind::lyrion, .url = web.url(), .limits = fast_limits()});
    EXPECT_EQ(error_of([&] { server->probe(kGoOn); })->code(), ErrorCode::invalid_argument);
}

// --- folders -------------------------------------------------------------------------------------------------------

TEST_F(LyrionTest, LibrariesMayBePathsOfFolders) {
    fake_.state().tracks = 120;
    const auto listed = [&](const std::string& folder) {
        ServerAccount account = fake_.account();
        account.libraries = {folder};
        return list(*create_lyrion(account)).size();
    };
    EXPECT_EQ(listed("/srv/music/world") + listed("/srv/music/main"), 120);
    EXPECT_EQ(listed("/srv/music/world/"), listed("World"));
    EXPECT_EQ(listed("/srv/music/main/Artist 0/Album 1"), 10);
    EXPECT_EQ(listed("/srv/music/main/Artist 0/Album"), 0) << "half a name";
    EXPECT_EQ(listed("/srv/music"), 120);
    for (const char* wrong : {"/srv/musi", "/srv/music/mai", "/other", "music"})
        EXPECT_EQ(error_of([&] { listed(wrong); })->code(), ErrorCode::invalid_argument) << wrong;
}

TEST_F(LyrionTest, ProbeCountsTheTracksOfEachFolder) {
    fake_.state().tracks = 120;
    const ServerInfo info = server_->probe(kGoOn);
    EXPECT_EQ(info.product, "Lyrion Music Server");
    EXPECT_EQ(info.version, "9.0.2");
    ASSERT_THAT(info.libraries, SizeIs(2));
    EXPECT_EQ(info.libraries[0].id, "/srv/music/main");
    EXPECT_EQ(info.libraries[0].tracks, 100);
    EXPECT_EQ(info.libraries[1].tracks, 20);
    EXPECT_EQ(info.advice, "");
    FakeLyrion old("7.7.1");
    const ServerInfo ancestor = create_lyrion(old.account())->probe(kGoOn);
    EXPECT_EQ(ancestor.product, "Logitech Media Server");
    EXPECT_THAT(ancestor.advice, HasSubstr("Lyrion 8"));
}

TEST_F(LyrionTest, TracksWithoutAFileOfTheirOwnAreLeftOut) {
    fake_.add_row({{"id", -1}, {"title", "Stream"}, {"url", "qobuz://1.flac"}});
    fake_.add_row({{"id", 9001}, {"title", "Local"}, {"url", "file:///srv/music/main/Deezer/a.flac"}});
    EXPECT_THAT(list(*server_), SizeIs(26));
    const ServerInfo info = server_->probe(kGoOn);
    EXPECT_EQ(info.tracks, 26);
    EXPECT_THAT(info.advice, HasSubstr("1 tracks of online services"));
    fake_.add_row({{"id", 9002}, {"title", "Part"}, {"url", "file:///srv/music/main/album.flac#0-10"}});
    EXPECT_THAT(list(*server_), SizeIs(26));
    EXPECT_THAT(server_->probe(kGoOn).advice, HasSubstr("cue sheets"));
    fake_.add_row({{"id", 9003}, {"title", "No address"}});
    EXPECT_EQ(error_of([&] { list(*server_); })->code(), ErrorCode::server_failed) << "not taken for a stream";
}

TEST_F(LyrionTest, AlbumsAreNotCutAtAHundred) {
    fake_.state().tracks = 1500;
    const auto albums = server_->newest_albums(150, kGoOn);
    ASSERT_EQ(albums.size(), 150);
    EXPECT_EQ(albums.front().name, "Album 149");
    EXPECT_EQ(albums.front().added_at, fake_track(1490).added_at);
    EXPECT_THAT(server_->newest_albums(0, kGoOn), IsEmpty());
}

// --- scans ---------------------------------------------------------------------------------------------------------

TEST_F(LyrionTest, NothingIsReadWhileAScanRuns) {
    fake_.set_scanning(true);
    EXPECT_EQ(error_of([&] { list(*server_); })->code(), ErrorCode::unavailable);
    EXPECT_EQ(error_of([&] { server_->change_stamp(kGoOn); })->code(), ErrorCode::unavailable);
    const ServerInfo info = server_->probe(kGoOn);
    EXPECT_THAT(info.advice, HasSubstr("scanning"));
    EXPECT_EQ(info.tracks, 25) << "not taken for an empty library";
    fake_.set_scanning(false);
    EXPECT_THAT(list(*server_), SizeIs(25));
}

// --- tracks --------------------------------------------------------------------------------------------------------

TEST_F(LyrionTest, AFileThatIsNotThereIsNotAskedFor) {
    const TempFolder folder;
    for (const char* id : {"1", "99999", "x/../y", "5001/download.mp3"})
        EXPECT_EQ(error_of([&] { server_->fetch(id, folder / "a", kGoOn); })->code(), ErrorCode::not_found) << id;
    EXPECT_FALSE(std::filesystem::exists(folder / "a"));
    for (const WebRequest& request : fake_.requests())
        EXPECT_EQ(request.path, "/jsonrpc.js");
}

TEST_F(LyrionTest, TwoArtistsAreTwo) {
    EXPECT_THAT(list(*server_)[1].tags.artists, ElementsAre("Anna Bell", "Tom Reed"));
}

TEST(LyrionOld, PlaysAreSortedButNotCounted) {
    FakeLyrion old("7.7.1");
    const auto played = create_lyrion(old.account())->most_played(100, kGoOn);
    ASSERT_THAT(played, SizeIs(7)) << "those never played are none of them";
    EXPECT_EQ(played[0].id, old.track_id(0));
    EXPECT_FALSE(played[0].play_count);
    EXPECT_THAT(old.complaints(), IsEmpty());
}

// --- playlists -----------------------------------------------------------------------------------------------------

TEST_F(LyrionTest, ATakenNameIsAConflictAndChangesNothing) {
    const std::string id = server_->create_playlist("Rock/Pop: 50%", ids({1, 2}), kGoOn);
    EXPECT_EQ(server_->playlists(kGoOn).front().name, "Rock Pop  50%");
    const auto error = error_of([&] { server_->create_playlist("Rock Pop  50%", ids({3}), kGoOn); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::conflict);
    EXPECT_EQ(server_->playlist_tracks(id, kGoOn), ids({1, 2}));
}

TEST_F(LyrionTest, AnEmptyOneOfThatNameIsFilled) {
    fake_.state().playlists[9] = {.name = "New", .tracks = {}};
    const std::string id = server_->create_playlist("New", ids({4, 2}), kGoOn);
    EXPECT_EQ(server_->playlist_tracks(id, kGoOn), ids({4, 2}));
    EXPECT_THAT(server_->playlists(kGoOn), SizeIs(1));
}

TEST_F(LyrionTest, HalfAPlaylistIsAnErrorAndIsTakenAway) {
    fake_.state().drops_last = true;
    const auto error = error_of([&] { server_->create_playlist("New", ids({4, 2, 1}), kGoOn); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::server_failed);
    EXPECT_THAT(error->what(), AllOf(HasSubstr("of 2 tracks"), HasSubstr("3 were asked for")));
    EXPECT_THAT(fake_.state().playlists, IsEmpty());
    fake_.state().drops_last = false;
    fake_.refuse("playlists edit");
    EXPECT_EQ(error_of([&] { server_->create_playlist("New", ids({4}), kGoOn); })->code(), ErrorCode::unsupported);
    EXPECT_THAT(fake_.state().playlists, IsEmpty());
}

TEST_F(LyrionTest, AHalfReplacedPlaylistSaysBothCounts) {
    fake_.state().playlists[9] = {.name = "Mine", .tracks = {}};
    const ServerPlaylist playlist = server_->playlists(kGoOn).front();
    fake_.state().drops_last = true;
    const auto error = error_of([&] { server_->replace_playlist(playlist, ids({4, 5, 6, 7}), kGoOn); });
    ASSERT_TRUE(error);
    EXPECT_THAT(error->what(), AllOf(HasSubstr("\"Mine\""), HasSubstr("3 of 4 tracks")));
}

TEST_F(LyrionTest, UnknownTracksMakeNoPlaylist) {
    for (const char* id : {"1", "77777", "abc", ""}) {
        const std::vector<std::string> tracks{fake_.track_id(1), id};
        EXPECT_EQ(error_of([&] { server_->create_playlist("New", tracks, kGoOn); })->code(), ErrorCode::not_found);
    }
    EXPECT_EQ(error_of([&] { server_->create_playlist("New", {}, kGoOn); })->code(), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of([&] { server_->create_playlist(" ", ids({1}), kGoOn); })->code(), ErrorCode::invalid_argument);
    EXPECT_THAT(fake_.state().playlists, IsEmpty());
}

TEST_F(LyrionTest, WhatStaysIsNotWrittenAnew) {
    fake_.state().playlists[9] = {.name = "Mine", .tracks = {1, 2, 3, 4}};
    const ServerPlaylist playlist = server_->playlists(kGoOn).front();
    server_->replace_playlist(playlist, ids({1, 2, 5}), kGoOn);
    EXPECT_EQ(server_->playlist_tracks(playlist.id, kGoOn), ids({1, 2, 5}));
    EXPECT_EQ(asked("playlists edit"), 3) << "two go, one comes";
}

TEST_F(LyrionTest, DeletingThatIsRefusedIsSaid) {
    fake_.state().playlists[9] = {.name = "Mine", .tracks = {1}};
    const std::string id = server_->playlists(kGoOn).front().id;
    fake_.refuse("playlists delete");
    EXPECT_EQ(error_of([&] { server_->delete_playlist(id, kGoOn); })->code(), ErrorCode::permission_denied);
    EXPECT_EQ(error_of([&] { server_->playlist_tracks("4711", kGoOn); })->code(), ErrorCode::not_found);
}

}  // namespace audiomuse::library::testing
