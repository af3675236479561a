// Jellyfin's answers as its source says they are, each to the request that it is an answer to.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>

#include "jellyfin/items.h"
#include "jellyfin/jellyfin.h"
#include "server/fake_media_server.h"
#include "server/fixture_replay.h"
#include "server/fixtures.h"
#include "server/json_read.h"

namespace audiomuse::library::testing {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const CancelToken kGoOn;
const std::string kUser = "3f9d2c1b8a7e4f5d9c0b1a2e3d4c5f60";
const std::string kKey = "0123456789abcdef0123456789abcdef";
const std::string kLight = "c0ffee00000000000000000000000001";
const std::string kTide = "c0ffee00000000000000000000000002";
const std::string kList = "feedc0de000000000000000000000001";
const std::string kOtherList = "feedc0de000000000000000000000002";
const std::string kEmptyList = R"({"Items":[],"TotalRecordCount":0,"StartIndex":0})";

class JellyfinFixtures : public ::testing::Test {
protected:
    void SetUp() override {
        if (!has_fixtures()) GTEST_SKIP() << "the fixtures are not on this machine";
        replay_ = std::make_unique<FixtureReplay>("jellyfin", FixtureReplay::Words{{"UID", kUser},
                                                                                   {"KEY", kKey},
                                                                                   {"PL", kList},
                                                                                   {"ID", kLight},
                                                                                   {"A", kLight},
                                                                                   {"A,B", kLight + "," + kTide}});
        account_ = {.url = replay_->url(), .user = "alice", .token = kKey, .limits = fast_limits()};
        server_ = create_jellyfin(account_);
    }
    void TearDown() override {
        if (!replay_) return;
        EXPECT_THAT(replay_->complaints(), IsEmpty());
    }

    void expect_count() { replay_->expect("GET", "/Items", {.body = fixture("jellyfin/items_audio.json")}); }
    void expect_session() {
        replay_->expect("system_info_public.json");
        replay_->expect("GET", "/Users/Me", {.status = 400, .type = "text/plain", .body = "Error processing request."});
        replay_->expect("users.json");
    }
    std::vector<ServerTrack> list() {
        std::vector<ServerTrack> tracks;
        server_->list_tracks([&](ServerTrack track) { tracks.push_back(std::move(track)); }, kGoOn);
        return tracks;
    }
    template <class Call>
    static std::optional<Error> error_of(const Call& call) {
        try {
            call();
        } catch (const Error& error) {
            return error;
        }
        return std::nullopt;
    }

    std::unique_ptr<FixtureReplay> replay_;
    ServerAccount account_;
    std::unique_ptr<MediaServer> server_;
};

TEST_F(JellyfinFixtures, Probe) {
    expect_session();
    replay_->expect("virtual_folders.json");
    for (int i = 0; i < 4; ++i)  // three libraries, then all of them
        expect_count();
    const ServerInfo info = server_->probe(kGoOn);
    EXPECT_EQ(info.product, "Jellyfin");
    EXPECT_EQ(info.version, "10.11.11");
    EXPECT_EQ(info.user, "alice");
    EXPECT_EQ(info.tracks, 5);
    ASSERT_THAT(info.libraries, SizeIs(3)) << "films are none, of the mixed one nobody knows";
    EXPECT_EQ(info.libraries[0].id, "a1b2c3d4e5f60718293a4b5c6d7e8f90");
    EXPECT_EQ(info.libraries[2].name, "Odds");
}

TEST_F(JellyfinFixtures, ViewsOfAUserWhoIsNoAdministrator) {
    expect_session();
    replay_->expect("GET", "/Library/VirtualFolders", {.status = 403, .type = ""});
    replay_->expect("user_views.json");
    expect_count();
    const auto libraries = server_->libraries(kGoOn);
    ASSERT_THAT(libraries, SizeIs(1));
    EXPECT_EQ(libraries[0].name, "Main");
    EXPECT_EQ(libraries[0].tracks, 5);
}

TEST_F(JellyfinFixtures, Tracks) {
    expect_session();
    replay_->expect("items_audio.json");
    const auto tracks = list();
    ASSERT_THAT(tracks, SizeIs(5));
    const ServerTrack& light = tracks[0];
    EXPECT_EQ(light.id, kLight);
    EXPECT_EQ(light.tags.title, "First Light");
    EXPECT_THAT(light.tags.artists, ElementsAre("Anna Bell"));
    EXPECT_EQ(light.tags.album_artist, "Anna Bell");
    EXPECT_EQ(light.artist_id, "99aa88bb77cc66dd55ee44ff33002211");
    EXPECT_EQ(light.album_id, "11aa22bb33cc44dd55ee66ff77008899");
    EXPECT_DOUBLE_EQ(light.tags.duration_s, 4);
    EXPECT_EQ(light.tags.year, 2011);
    EXPECT_EQ(light.play_count, 3);
    EXPECT_EQ(light.last_played, parse_time("2026-11-20T19:04:11.1234567Z"));
    EXPECT_THAT(tracks[2].tags.artists, ElementsAre("Anna Bell", "Tom Reed"));
    EXPECT_EQ(tracks[3].path, "/srv/music/world/Ørjan & Søn/Bølger #2/02 雪の夜.m4a");
    const ServerTrack& loose = tracks[4];
    EXPECT_EQ(loose.tags.title, "untitled recording");
    EXPECT_THAT(loose.tags.artists, IsEmpty());
    EXPECT_THAT(loose.tags.album, IsEmpty());
    EXPECT_EQ(loose.tags.duration_s, 0);
    EXPECT_EQ(loose.play_count, 0);
    EXPECT_EQ(loose.last_played, std::nullopt);
}

TEST_F(JellyfinFixtures, TheSecondPageBeginsWhereTheFirstEnded) {
    expect_session();
    json::value album = json::parse(fixture("jellyfin/items_audio_album.json"));
    album.as_object()["Items"].as_array().resize(2);
    replay_->expect("GET", "/Items", {.body = json::serialize(album)});
    replay_->expect("items_audio_page2.json");
    const auto tracks = list();
    ASSERT_THAT(tracks, SizeIs(3));
    EXPECT_EQ(tracks[2].tags.title, "Paper Walls (50% & more)");
}

TEST_F(JellyfinFixtures, AlbumsAndTheMostPlayed) {
    expect_session();
    replay_->expect("items_albums_page1.json");
    const auto albums = server_->newest_albums(2, kGoOn);
    ASSERT_THAT(albums, SizeIs(2));
    EXPECT_EQ(albums[0].name, "Bølger #2");
    EXPECT_EQ(albums[0].artist, "Ørjan & Søn");
    EXPECT_EQ(albums[0].tracks, 3);
    EXPECT_EQ(albums[1].added_at, parse_time("2026-11-20T10:00:00.525Z"));
    replay_->expect("items_top_played.json");
    const auto played = server_->most_played(2, kGoOn);
    ASSERT_THAT(played, SizeIs(2));
    EXPECT_EQ(played[0].play_count, 3);
    EXPECT_EQ(played[1].id, kTide);
}

TEST_F(JellyfinFixtures, Lyrics) {
    expect_session();
    replay_->expect("lyrics_plain.json");
    EXPECT_EQ(server_->lyrics(kLight, kGoOn), "Morning comes in slowly\n\nOver paper walls");
    replay_->expect("lyrics_synced.json");
    EXPECT_EQ(server_->lyrics(kLight, kGoOn), "Tide goes out\nTide comes in");
    replay_->expect("lyrics_none.json");
    EXPECT_EQ(server_->lyrics(kLight, kGoOn), "");
}

TEST_F(JellyfinFixtures, PlaylistsAreListedMadeAndRead) {
    expect_session();
    replay_->expect("items_playlists.json");
    const auto playlists = server_->playlists(kGoOn);
    ASSERT_THAT(playlists, SizeIs(3));
    EXPECT_EQ(playlists[0].name, playlists[1].name);
    EXPECT_EQ(playlists[2].tracks, 9);
    replay_->expect("playlist_create.json");
    replay_->expect("playlist_items.json");
    EXPECT_EQ(server_->create_playlist("Mix_automatic", std::vector{kLight, kTide}, kGoOn), kList);
    replay_->expect("playlist_not_found.json", {{"NOSUCH", kOtherList}});
    EXPECT_EQ(error_of([&] { server_->playlist_tracks(kOtherList, kGoOn); })->code(), ErrorCode::not_found);
    replay_->expect("POST", "/Playlists",
                    {.status = 400, .body = fixture("jellyfin/playlist_create_no_body_name.json")});
    EXPECT_EQ(error_of([&] { server_->create_playlist("x", std::vector{kLight}, kGoOn); })->code(),
              ErrorCode::server_failed);
}

TEST_F(JellyfinFixtures, AKeyReplacesInPlace) {
    expect_session();
    replay_->expect("playlist_items.json");
    replay_->expect("playlist_items_remove.txt");
    replay_->expect("GET", "/Playlists/" + kList + "/Items", {.body = kEmptyList});
    replay_->expect("playlist_items_add.txt");
    replay_->expect("playlist_items.json");
    EXPECT_EQ(server_->replace_playlist({kList, "Mix_automatic"}, std::vector{kLight, kTide}, kGoOn), kList);
}

TEST_F(JellyfinFixtures, AKeyOf10_10MakesAnother) {
    expect_session();
    const FixtureReplay::Words old{{"PL", kOtherList}, {"A", kLight + "," + kTide}};
    replay_->expect("playlist_items.json", old);
    replay_->expect("playlist_items_remove_api_key_10.10.txt", old);
    replay_->expect("playlist_create.json");
    replay_->expect("playlist_items.json");
    // A look at what is to be deleted.
    replay_->expect("GET", "/Items", {.body = fixture("jellyfin/items_playlists.json")});
    replay_->expect("item_delete.txt", old);
    EXPECT_EQ(server_->replace_playlist({kOtherList, "Mix_automatic"}, std::vector{kLight, kTide}, kGoOn), kList);
}

TEST_F(JellyfinFixtures, AnOwnerReplacesInOneCall) {
    account_.token.clear();
    account_.password = "...";
    server_ = create_jellyfin(account_);
    const FixtureReplay::Words session{{"KEY", "00000000000000000000000000000000"}};
    replay_->expect("system_info_public.json");
    replay_->expect("authenticate_by_name.json");
    replay_->expect("playlist_update.txt", session);
    replay_->expect("playlist_items.json", session);
    EXPECT_EQ(server_->replace_playlist({kList, "Mix_automatic"}, std::vector{kLight, kTide}, kGoOn), kList);
}

TEST_F(JellyfinFixtures, ARefusedKey) {
    replay_->expect("system_info_public.json");
    replay_->expect("unauthorized.txt");
    EXPECT_EQ(error_of([&] { server_->probe(kGoOn); })->code(), ErrorCode::login_refused);
}

/// Answers that this program never asks for read the same.
TEST_F(JellyfinFixtures, OtherAnswers) {
    const auto read = [](const std::string& file) { return json::parse(fixture("jellyfin/" + file)); };
    EXPECT_EQ(media_browser::parse_track(read("item.json")).play_count, 3);
    const auto rows = media_browser::parse_rows(read("items_audio_no_user.json"), 0);
    ASSERT_TRUE(rows);
    EXPECT_EQ(media_browser::parse_track(rows->rows.at(0)).play_count, std::nullopt) << "nobody's";
    const auto past = media_browser::parse_rows(read("items_audio_past_end.json"), 500);
    ASSERT_TRUE(past);
    EXPECT_THAT(past->rows, IsEmpty());
    EXPECT_EQ(past->total, 3);
    const auto found = media_browser::parse_rows(read("items_search_albums.json"), 0);
    ASSERT_TRUE(found);
    EXPECT_EQ(media_browser::parse_album(found->rows.at(0)).name, "Quiet Rooms");
}

}  // namespace
}  // namespace audiomuse::library::testing
