// Emby's answers as its published API says they are, each to the request that it is an answer to.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <optional>

#include "emby/emby.h"
#include "server/fake_media_server.h"
#include "server/fixture_replay.h"
#include "server/fixtures.h"

namespace audiomuse::library::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const CancelToken kGoOn;
const std::string kUser = "5a6b7c8d9e0f41a2b3c4d5e6f7a8b9c0";
const std::vector<std::string> kTracks = {"401", "402"};

class EmbyFixtures : public ::testing::Test {
protected:
    void SetUp() override {
        if (!has_fixtures()) GTEST_SKIP() << "the fixtures are not on this machine";
        replay_ = std::make_unique<FixtureReplay>(
            "emby",
            FixtureReplay::Words{{"UID", kUser}, {"KEY", "k3y"}, {"ID", "401"}, {"MEDIASOURCE", "mediasource_401"}});
        server_ = create_emby({.kind = ServerKind::emby,
                               .url = replay_->url(),
                               .user = "alice",
                               .token = "k3y",
                               .limits = fast_limits()});
    }
    void TearDown() override {
        if (!replay_) return;
        EXPECT_THAT(replay_->complaints(), IsEmpty());
    }
    void expect_count() {
        replay_->expect("GET", "/emby/Users/" + kUser + "/Items", {.body = fixture("emby/items_audio.json")});
    }
    void expect_session() {
        replay_->expect("system_info_public.json");
        replay_->expect("users_query.json");
    }

    std::unique_ptr<FixtureReplay> replay_;
    std::unique_ptr<MediaServer> server_;
};

TEST_F(EmbyFixtures, Probe) {
    expect_session();
    replay_->expect("virtual_folders_query.json");
    expect_count();
    expect_count();
    const ServerInfo info = server_->probe(kGoOn);
    EXPECT_EQ(info.product, "Emby");
    EXPECT_EQ(info.version, "4.9.1.80");
    EXPECT_EQ(info.user, "alice");
    EXPECT_EQ(info.tracks, 2);
    ASSERT_THAT(info.libraries, SizeIs(1));
    EXPECT_EQ(info.libraries[0].id, "3");
    EXPECT_EQ(info.libraries[0].name, "Music");
}

TEST_F(EmbyFixtures, LibrariesOfServersWithoutTheQuery) {
    expect_session();
    replay_->expect("GET", "/emby/Library/VirtualFolders/Query", {.status = 404, .type = ""});
    replay_->expect("virtual_folders.json");
    expect_count();
    EXPECT_THAT(server_->libraries(kGoOn), SizeIs(1));
}

TEST_F(EmbyFixtures, Tracks) {
    expect_session();
    std::vector<ServerTrack> tracks;
    replay_->expect("items_audio.json");
    server_->list_tracks([&](ServerTrack track) { tracks.push_back(std::move(track)); }, kGoOn);
    ASSERT_THAT(tracks, SizeIs(2));
    EXPECT_EQ(tracks[0].id, "401");
    EXPECT_THAT(tracks[0].tags.artists, ElementsAre("Anna Bell"));
    EXPECT_EQ(tracks[0].artist_id, "301");
    EXPECT_EQ(tracks[0].album_id, "201");
    EXPECT_EQ(tracks[0].path, "/srv/music/main/Anna Bell/Quiet Rooms/01 - First Light.flac");
    EXPECT_EQ(tracks[0].play_count, 3);
    EXPECT_EQ(tracks[1].play_count, std::nullopt) << "not said";
}

TEST_F(EmbyFixtures, Albums) {
    expect_session();
    replay_->expect("items_albums.json");
    const auto albums = server_->newest_albums(7, kGoOn);
    ASSERT_THAT(albums, SizeIs(1));
    EXPECT_EQ(albums[0].name, "Quiet Rooms");
    EXPECT_EQ(albums[0].tracks, 3);
}

TEST_F(EmbyFixtures, Lyrics) {
    expect_session();
    replay_->expect("item.json");
    replay_->expect("lyrics_text.txt");
    EXPECT_EQ(server_->lyrics("401", kGoOn), "Morning comes in slowly\nOver paper walls");
    replay_->expect("item.json");
    replay_->expect("GET", "/emby/Items/401/mediasource_401/Subtitles/1/Stream.lrc", {.status = 403, .type = ""});
    EXPECT_EQ(server_->lyrics("401", kGoOn), "");
}

TEST_F(EmbyFixtures, Playlists) {
    expect_session();
    replay_->expect("playlists.json");
    replay_->expect("playlist_items.json");  // to count: the list does not say
    const auto playlists = server_->playlists(kGoOn);
    ASSERT_THAT(playlists, SizeIs(1));
    EXPECT_EQ(playlists[0].id, "901");
    EXPECT_EQ(playlists[0].tracks, 2);

    replay_->expect("playlist_create.json");
    replay_->expect("playlist_items.json");
    EXPECT_EQ(server_->create_playlist("Mix_automatic", kTracks, kGoOn), "901");

    replay_->expect("playlist_items.json");
    replay_->expect("playlist_items_remove.txt");
    replay_->expect("GET", "/emby/Playlists/901/Items", {.body = R"({"Items":[],"TotalRecordCount":0})"});
    replay_->expect("playlist_items_add.json");
    replay_->expect("playlist_items.json");
    EXPECT_EQ(server_->replace_playlist(playlists[0], kTracks, kGoOn), "901");

    // A look at what is to be deleted.
    replay_->expect("GET", "/emby/Users/" + kUser + "/Items", {.body = fixture("emby/playlists.json")});
    replay_->expect("items_delete.txt");
    server_->delete_playlist("901", kGoOn);
}

TEST_F(EmbyFixtures, ARefusedKey) {
    replay_->expect("system_info_public.json");
    for (const char* path : {"/emby/Users/Query", "/emby/Users/Public"}) {
        replay_->expect("GET", path, {.status = 401, .type = "text/plain", .body = fixture("emby/unauthorized.txt")});
    }
    try {
        server_->probe(kGoOn);
        FAIL() << "a refused key became a success";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::login_refused);
    }
}

}  // namespace
}  // namespace audiomuse::library::testing
