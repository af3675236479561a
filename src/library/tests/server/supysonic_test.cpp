// The adapter for Subsonic servers against a real one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "audiomuse/library/media_server.h"
#include "server/http.h"
#include "support/media_library.h"
#include "support/supysonic_server.h"
#include "support/temp_folder.h"

namespace audiomuse::library {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using testing_support::contents;
using testing_support::MediaLibrary;
using testing_support::SupysonicServer;
using testing_support::TempFolder;

ErrorCode code_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    ADD_FAILURE() << "no error";
    return ErrorCode::internal;
}

/// One server for all of these tests, as it takes a few seconds to set up.
class RealSupysonic : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        if (!MediaLibrary::tools_installed() || !SupysonicServer::installed()) return;
        folder = std::make_unique<TempFolder>();
        library = std::make_unique<MediaLibrary>(folder->path());
        server = std::make_unique<SupysonicServer>(
            std::map<std::string, std::filesystem::path>{{"Main", library->music1()}, {"World", library->music2()}});
    }
    static void TearDownTestSuite() {
        server.reset();
        library.reset();
        folder.reset();
    }
    void SetUp() override {
        if (!server) GTEST_SKIP() << "supysonic, gunicorn or ffmpeg is not installed";
    }

    static ServerAccount account_of(const SupysonicServer::User& user) {
        ServerAccount account;
        account.kind = ServerKind::navidrome;
        account.url = server->url() + "/app/";  // as a browser shows it
        account.user = user.name;
        account.password = user.password;
        account.allow_plain_password = true;
        return account;
    }
    static std::unique_ptr<MediaServer> connect(const SupysonicServer::User& user) {
        return create_media_server(account_of(user));
    }
    /// By title.
    static std::map<std::string, ServerTrack> tracks_of(MediaServer& from) {
        std::map<std::string, ServerTrack> tracks;
        from.list_tracks([&](ServerTrack track) { tracks.emplace(track.tags.title, std::move(track)); }, {});
        return tracks;
    }

    static inline std::unique_ptr<TempFolder> folder;
    static inline std::unique_ptr<MediaLibrary> library;
    static inline std::unique_ptr<SupysonicServer> server;
};

TEST_F(RealSupysonic, SaysWhatItIs) {
    for (const auto& user : {SupysonicServer::admin(), SupysonicServer::listener()}) {
        const ServerInfo info = connect(user)->probe({});
        EXPECT_EQ(info.product, "Subsonic server");
        EXPECT_THAT(info.version, HasSubstr("1."));
        EXPECT_EQ(info.user, user.name);
        EXPECT_EQ(info.tracks, 9);
        ASSERT_THAT(info.libraries, SizeIs(2));
        EXPECT_EQ(info.libraries[0].name, "Main");
    }
}

TEST_F(RealSupysonic, RefusesAWrongPassword) {
    const auto wrong = connect({"bob", "nope"});
    EXPECT_EQ(code_of([&] { wrong->probe({}); }), ErrorCode::login_refused);
    ServerAccount careful = account_of(SupysonicServer::listener());
    careful.allow_plain_password = false;
    const auto refusing = create_media_server(careful);
    EXPECT_EQ(code_of([&] { refusing->probe({}); }), ErrorCode::login_refused);
}

TEST_F(RealSupysonic, ListsWhatIsThere) {
    const auto bob = connect(SupysonicServer::listener());
    const auto tracks = tracks_of(*bob);
    ASSERT_THAT(tracks, SizeIs(9));
    const ServerTrack& walls = tracks.at("Paper Walls (50% & more)");
    EXPECT_EQ(walls.path, "Anna Bell/Quiet Rooms/03 - Paper Walls (50% & more).flac");
    EXPECT_EQ(walls.size, static_cast<std::int64_t>(std::filesystem::file_size(library->music1() / walls.path)));
    EXPECT_NEAR(walls.tags.duration_s, 3, 1);
    EXPECT_FALSE(walls.play_count) << "supysonic does not tell";
    const ServerTrack& snow = tracks.at("雪の夜");
    EXPECT_EQ(snow.tags.album, "Bølger #2");
    EXPECT_EQ(snow.tags.artists, std::vector<std::string>{"Ørjan & Søn"});
    EXPECT_EQ(snow.tags.year, 2020);
    EXPECT_EQ(snow.tags.track_number, 2);
    EXPECT_EQ(tracks.at("Ropes").tags.album_artist, "Various Artists");
    EXPECT_EQ(tracks.at("Ropes").tags.disc_number, 2);
}

TEST_F(RealSupysonic, KeepsToOneLibrary) {
    ServerAccount account = account_of(SupysonicServer::listener());
    account.libraries = {"world"};
    const auto world = create_media_server(account);
    EXPECT_THAT(tracks_of(*world), SizeIs(3));
    EXPECT_EQ(world->probe({}).tracks, 3);
    const auto albums = world->newest_albums(10, {});
    ASSERT_THAT(albums, SizeIs(1));
    EXPECT_EQ(albums[0].name, "Bølger #2");
    EXPECT_THAT(connect(SupysonicServer::listener())->newest_albums(10, {}), SizeIs(3));
}

TEST_F(RealSupysonic, FetchesEveryFileByteForByte) {
    const auto bob = connect(SupysonicServer::listener());
    const TempFolder here;
    for (const auto& [title, track] : tracks_of(*bob)) {
        const auto original = std::filesystem::exists(library->music1() / track.path) ? library->music1() / track.path
                                                                                      : library->music2() / track.path;
        bob->fetch(track.id, here / "audio", {});
        EXPECT_TRUE(contents(here / "audio") == contents(original)) << title;
    }
    EXPECT_EQ(code_of([&] { bob->fetch("00000000-0000-0000-0000-000000000000", here / "none", {}); }),
              ErrorCode::not_found);
    EXPECT_FALSE(std::filesystem::exists(here / "none"));
}

TEST_F(RealSupysonic, PlaylistsOfTwoUsers) {
    const auto alice = connect(SupysonicServer::admin());
    const auto bob = connect(SupysonicServer::listener());
    const auto tracks = tracks_of(*bob);
    const std::vector<std::string> three = {tracks.at("雪の夜").id, tracks.at("Gulls").id, tracks.at("雪の夜").id};
    const std::vector<std::string> two = {tracks.at("Ropes").id, tracks.at("Bølge én").id};
    const std::string name = "Fånga #1 & 50% \"雪\" = +";

    const std::string id = bob->create_playlist(name, three, {});
    const std::string other = bob->create_playlist(name, two, {});
    const std::string hers = alice->create_playlist(name, two, {});
    EXPECT_NE(id, other);
    EXPECT_EQ(bob->playlist_tracks(id, {}), three);
    EXPECT_EQ(bob->playlist_tracks(other, {}), two);
    std::vector<std::string> ids;
    for (const ServerPlaylist& playlist : bob->playlists({})) {
        EXPECT_EQ(playlist.name, name);
        ids.push_back(playlist.id);
    }
    EXPECT_THAT(ids, UnorderedElementsAre(id, other));
    EXPECT_THAT(alice->playlists({}), SizeIs(1));

    EXPECT_EQ(bob->replace_playlist({.id = id, .name = name}, two, {}), id);
    EXPECT_EQ(bob->playlist_tracks(id, {}), two);
    EXPECT_EQ(bob->replace_playlist({.id = id, .name = name}, {}, {}), id);
    EXPECT_THAT(bob->playlist_tracks(id, {}), IsEmpty());
    EXPECT_EQ(code_of([&] { bob->replace_playlist({.id = hers, .name = name}, three, {}); }),
              ErrorCode::permission_denied);
    EXPECT_EQ(code_of([&] { bob->delete_playlist(hers, {}); }), ErrorCode::permission_denied);
    const std::vector<std::string> unknown = {two[0], "00000000-0000-0000-0000-000000000000"};
    EXPECT_EQ(code_of([&] { bob->create_playlist("Bad", unknown, {}); }), ErrorCode::not_found);

    for (const std::string& one : {id, other, id})
        bob->delete_playlist(one, {});
    EXPECT_THAT(bob->playlists({}), IsEmpty());
    EXPECT_EQ(alice->playlist_tracks(hers, {}), two);
    alice->delete_playlist(hers, {});
}

TEST_F(RealSupysonic, LongPlaylists) {
    const auto bob = connect(SupysonicServer::listener());
    const auto tracks = tracks_of(*bob);
    std::vector<std::string> many;
    while (many.size() < 2500)  // more than go into one request
        for (const auto& [title, track] : tracks)
            many.push_back(track.id);
    const std::string id = bob->create_playlist("Long", many, {});
    EXPECT_EQ(bob->playlist_tracks(id, {}), many);
    bob->delete_playlist(id, {});
}

TEST_F(RealSupysonic, TheStampChangesWithAScan) {
    const auto alice = connect(SupysonicServer::admin());
    const std::string before = alice->change_stamp({});
    EXPECT_EQ(alice->change_stamp({}), before);
    EXPECT_EQ(connect(SupysonicServer::listener())->change_stamp({}), before);
    const auto added = library->music1() / "Anna Bell/Quiet Rooms/04 - Again.flac";
    std::filesystem::copy_file(library->music1() / "Anna Bell/Quiet Rooms/01 - First Light.flac", added);
    server->scan();
    EXPECT_NE(alice->change_stamp({}), before);
    EXPECT_EQ(alice->probe({}).tracks, 10);
    std::filesystem::remove(added);
    server->scan();
    EXPECT_EQ(alice->probe({}).tracks, 9);
}

TEST_F(RealSupysonic, LyricsOfATag) {
    const auto bob = connect(SupysonicServer::listener());
    const auto tracks = tracks_of(*bob);
    EXPECT_EQ(bob->lyrics(tracks.at("First Light").id, {}), "Morning comes in slowly\nOver paper walls");
}

TEST_F(RealSupysonic, TellsWhatItsUserThinks) {
    const auto user = SupysonicServer::admin();
    const auto alice = connect(user);
    const auto before = tracks_of(*alice);
    const std::string light = before.at("First Light").id;
    const std::string ropes = before.at("Ropes").id;
    EXPECT_EQ(before.at("Ropes").rating, 0);
    EXPECT_EQ(before.at("Ropes").favourite, false);
    const ServerHttp http("supysonic", server->url(), {}, {});
    const auto say = [&](const std::string& method, Pairs what) {
        what.insert(what.end(), {{"u", user.name}, {"p", user.password}, {"c", "test"}, {"v", "1.10.2"}});
        http.send({.path = "/rest/" + method + ".view", .query = std::move(what)}, {});
    };
    say("star", {{"id", light}});
    say("setRating", {{"id", light}, {"rating", "5"}});
    say("setRating", {{"id", ropes}, {"rating", "4"}});
    const auto tracks = tracks_of(*alice);
    EXPECT_EQ(tracks.at("First Light").favourite, true);
    EXPECT_EQ(tracks.at("First Light").rating, 5);
    EXPECT_EQ(tracks.at("Ropes").favourite, false);
    EXPECT_EQ(tracks.at("Ropes").rating, 4);
    const auto starred = alice->opinions({}).tracks;
    ASSERT_THAT(starred, SizeIs(1));
    EXPECT_EQ(starred[0].id, light);
    EXPECT_EQ(starred[0].rating, 5);
    EXPECT_THAT(connect(SupysonicServer::listener())->opinions({}).tracks, IsEmpty()) << "of another user";
    say("unstar", {{"id", light}});
    EXPECT_THAT(alice->opinions({}).tracks, IsEmpty());
}

TEST_F(RealSupysonic, CountsNoPlays) {
    const auto bob = connect(SupysonicServer::listener());
    EXPECT_EQ(code_of([&] { bob->most_played(3, {}); }), ErrorCode::unsupported);
}

}  // namespace
}  // namespace audiomuse::library
