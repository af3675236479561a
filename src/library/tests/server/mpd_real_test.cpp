// The adapter against the Music Player Daemon that Debian has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "audiomuse/library/media_server.h"
#include "support/media_library.h"
#include "support/mpd_server.h"
#include "support/temp_folder.h"

namespace audiomuse::library {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using testing_support::contents;
using testing_support::MediaLibrary;
using testing_support::MpdServer;
using testing_support::TempFolder;
namespace fs = std::filesystem;

namespace {

const std::string kLight = "Main/Anna Bell/Quiet Rooms/01 - First Light.flac";
const std::string kTide = "Main/Anna Bell/Quiet Rooms/02 - Slow Tide.flac";
const std::string kWalls = "Main/Anna Bell/Quiet Rooms/03 - Paper Walls (50% & more).flac";
const std::string kSnow = "World/Ørjan & Søn/Bølger #2/02 雪の夜.m4a";

class RealMpd : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        if (!MpdServer::installed() || !MediaLibrary::tools_installed()) return;
        folder_ = std::make_unique<TempFolder>();
        music_ = std::make_unique<MediaLibrary>(folder_->path());
    }
    static void TearDownTestSuite() {
        music_.reset();
        folder_.reset();
    }
    void SetUp() override {
        if (!music_) GTEST_SKIP() << "mpd and ffmpeg are not installed";
    }

    void start(const MpdServer::Options& options) {
        mpd_ = std::make_unique<MpdServer>(
            std::map<std::string, fs::path>{{"Main", music_->music1()}, {"World", music_->music2()}}, options);
    }
    ServerAccount account(const std::string& password = "") const {
        return {.kind = ServerKind::mpd,
                .url = mpd_->url(),
                .user = {},
                .password = password,
                .token = {},
                .libraries = {},
                .music_folder = mpd_->music_folder(),
                .limits = {}};
    }
    static std::vector<ServerTrack> list(MediaServer& server) {
        std::vector<ServerTrack> tracks;
        const auto count = server.list_tracks([&](ServerTrack track) { tracks.push_back(std::move(track)); }, {});
        EXPECT_EQ(count, std::ssize(tracks));
        return tracks;
    }
    static const ServerTrack& track_of(const std::vector<ServerTrack>& tracks, const std::string& id) {
        const auto found = std::ranges::find(tracks, id, &ServerTrack::id);
        if (found == tracks.end()) throw std::runtime_error("no " + id);
        return *found;
    }
    static std::optional<ErrorCode> error_of(const std::function<void()>& call) {
        try {
            call();
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), ::testing::EndsWith("."));
            return error.code();
        }
        return std::nullopt;
    }

    static std::unique_ptr<TempFolder> folder_;
    static std::unique_ptr<MediaLibrary> music_;
    std::unique_ptr<MpdServer> mpd_;
};
std::unique_ptr<TempFolder> RealMpd::folder_;
std::unique_ptr<MediaLibrary> RealMpd::music_;

}  // namespace

TEST_F(RealMpd, ListsAndFetchesEverything) {
    start({});
    const auto server = create_media_server(account());
    const ServerInfo info = server->probe({});
    EXPECT_EQ(info.product, "MPD");
    EXPECT_THAT(info.version, HasSubstr("0."));
    EXPECT_EQ(info.tracks, 9);
    EXPECT_EQ(info.advice, "");
    ASSERT_THAT(info.libraries, SizeIs(2));
    EXPECT_EQ(info.libraries[0].name, "Main");
    EXPECT_EQ(info.libraries[0].tracks, 6);
    EXPECT_EQ(info.libraries[1].name, "World");
    EXPECT_EQ(info.libraries[1].tracks, 3);

    const auto tracks = list(*server);
    ASSERT_THAT(tracks, SizeIs(9));
    const TempFolder copies;
    for (const ServerTrack& track : tracks) {
        SCOPED_TRACE(track.id);
        const bool in_main = track.id.starts_with("Main/");
        const fs::path original = (in_main ? music_->music1() : music_->music2()) / track.id.substr(in_main ? 5 : 6);
        server->fetch(track.id, copies / "audio", {});
        EXPECT_TRUE(contents(copies / "audio") == contents(original));
        EXPECT_GT(track.changed_at, 1e9);
        EXPECT_GE(track.tags.duration_s, 3);
        EXPECT_THAT(track.album_id, Not(IsEmpty()));
    }
    const ServerTrack& walls = track_of(tracks, kWalls);
    EXPECT_EQ(walls.tags.title, "Paper Walls (50% & more)");
    EXPECT_EQ(walls.tags.album_artist, "Anna Bell");
    EXPECT_EQ(walls.tags.track_number, 3);
    EXPECT_EQ(walls.tags.year, 2011);
    EXPECT_NEAR(walls.tags.duration_s, 3, 0.1);
    const ServerTrack& snow = track_of(tracks, kSnow);
    EXPECT_EQ(snow.tags.title, "雪の夜");
    EXPECT_THAT(snow.tags.artists, ElementsAre("Ørjan & Søn"));
    EXPECT_THAT(snow.tags.genres, ElementsAre("Folk"));
    EXPECT_EQ(track_of(tracks, "Main/Various Artists/Harbour Lights/2-01 The Piers - Ropes.mp3").tags.disc_number, 2);
    EXPECT_EQ(error_of([&] { server->fetch("Main/nope.flac", copies / "none", {}); }), ErrorCode::not_found);
    EXPECT_FALSE(fs::exists(copies / "none"));
}

TEST_F(RealMpd, ReadsTheChosenLibraryAndItsAlbums) {
    start({});
    ServerAccount one = account();
    one.libraries = {"main"};
    const auto server = create_media_server(one);
    EXPECT_THAT(list(*server), SizeIs(6));
    EXPECT_EQ(server->probe({}).tracks, 6);
    std::vector<std::pair<std::string, std::int64_t>> albums;
    for (const ServerAlbum& album : server->newest_albums(10, {}))
        albums.emplace_back(album.name, album.tracks);
    EXPECT_THAT(albums, UnorderedElementsAre(std::pair("Quiet Rooms", 3), std::pair("Harbour Lights", 3)));

    const auto all = create_media_server(account());
    EXPECT_THAT(all->newest_albums(10, {}), SizeIs(3));
    EXPECT_THAT(all->newest_albums(2, {}), SizeIs(2));
}

TEST_F(RealMpd, WritesPlaylistsThatAnotherClientSees) {
    start({});
    const auto server = create_media_server(account());
    const std::string name = "Fånga #1 & 50% 雪's \\ _automatic";
    const std::string id = server->create_playlist(name, std::vector{kLight, kSnow, kLight}, {});
    EXPECT_THAT(server->playlist_tracks(id, {}), ElementsAre(kLight, kSnow, kLight));
    EXPECT_THAT(mpd_->ask("listplaylists"), Contains("playlist: " + name));
    auto playlists = server->playlists({});
    ASSERT_THAT(playlists, SizeIs(1));
    EXPECT_EQ(playlists[0].tracks, 3);

    EXPECT_EQ(server->replace_playlist(playlists[0], std::vector{kWalls, kTide}, {}), id);
    EXPECT_THAT(server->playlist_tracks(id, {}), ElementsAre(kWalls, kTide));
    EXPECT_THAT(server->playlists({}), SizeIs(1)) << "nothing else is left behind";

    EXPECT_EQ(error_of([&] { server->create_playlist(name, std::vector{kTide}, {}); }), ErrorCode::conflict);
    EXPECT_EQ(error_of([&] { server->create_playlist("a/b", std::vector{kTide}, {}); }), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of([&] {
                  server->create_playlist("Other", std::vector<std::string>{kTide, "Main/nope.flac"}, {});
              }),
              ErrorCode::not_found);
    const ServerPlaylist gone{"Gone", "Gone", 3};
    EXPECT_EQ(error_of([&] { server->replace_playlist(gone, std::vector{kTide}, {}); }), ErrorCode::not_found);
    EXPECT_THAT(mpd_->ask("listplaylists"), SizeIs(3)) << "name, time, OK: failures left nothing";
    EXPECT_THAT(server->playlist_tracks(id, {}), ElementsAre(kWalls, kTide));

    server->delete_playlist(id, {});
    server->delete_playlist(id, {});
    EXPECT_THAT(server->playlists({}), IsEmpty());
    EXPECT_EQ(error_of([&] { server->playlist_tracks(id, {}); }), ErrorCode::not_found);
}

TEST_F(RealMpd, LongPlaylistsGoInPieces) {
    start({});
    const auto server = create_media_server(account());
    std::vector<std::string> many;
    for (int i = 0; i < 9000; ++i)
        many.push_back(i % 3 == 0 ? kLight : i % 3 == 1 ? kWalls : kSnow);
    const std::string longest(220, 'x');
    EXPECT_EQ(server->create_playlist(longest, many, {}), longest);
    EXPECT_TRUE(server->playlist_tracks(longest, {}) == many);
    EXPECT_EQ(error_of([&] { server->create_playlist(std::string(240, 'x'), many, {}); }), ErrorCode::invalid_argument);
    EXPECT_THAT(mpd_->ask("listplaylists"), SizeIs(3));
}

TEST_F(RealMpd, PasswordsAreChecked) {
    start({.password = "pä ss&=+%"});
    EXPECT_THAT(list(*create_media_server(account("pä ss&=+%"))), SizeIs(9));
    EXPECT_EQ(error_of([&] { create_media_server(account("wrong"))->probe({}); }), ErrorCode::login_refused);
    EXPECT_EQ(error_of([&] { create_media_server(account())->probe({}); }), ErrorCode::login_refused);
}

TEST_F(RealMpd, AReaderMayReadOnly) {
    start({.more_of_conf = "password \"boss@read,add,control,admin\"\npassword \"guest@read\"\n"
                           "default_permissions \"read\"\nlocal_permissions \"read,add,control,admin\"\n"});
    const auto guest = create_media_server(account("guest"));
    EXPECT_THAT(list(*guest), SizeIs(9)) << "although it may not ask for plays";
    EXPECT_THAT(guest->probe({}).advice, HasSubstr("control"));
    EXPECT_EQ(error_of([&] { guest->create_playlist("P", std::vector{kTide}, {}); }), ErrorCode::permission_denied);
    EXPECT_EQ(error_of([&] { create_media_server(account())->create_playlist("P", std::vector{kTide}, {}); }),
              ErrorCode::login_refused);
}

TEST_F(RealMpd, PlaysComeFromStickers) {
    start({});
    mpd_->ask("sticker set song \"" + kTide + "\" playcount 3");
    mpd_->ask("sticker set song \"" + kSnow + "\" playCount 12");
    mpd_->ask("sticker set song \"" + kSnow + "\" lastPlayed 1700000000");
    const auto server = create_media_server(account());
    const auto played = server->most_played(5, {});
    ASSERT_THAT(played, SizeIs(2));
    EXPECT_EQ(played[0].id, kSnow);
    EXPECT_EQ(played[0].play_count, 12);
    EXPECT_EQ(played[0].last_played, 1'700'000'000);
    EXPECT_EQ(played[0].tags.title, "雪の夜");
    EXPECT_EQ(played[1].id, kTide);
    const auto tracks = list(*server);
    EXPECT_EQ(track_of(tracks, kTide).play_count, 3);
    EXPECT_EQ(track_of(tracks, kLight).play_count, std::nullopt);
    ServerAccount world = account();
    world.libraries = {"World"};
    EXPECT_THAT(create_media_server(world)->most_played(5, {}), SizeIs(1));
}

TEST_F(RealMpd, RatingsComeFromStickers) {
    start({});
    mpd_->ask("sticker set song \"" + kTide + "\" rating 7");
    mpd_->ask("sticker set song \"" + kTide + "\" like 1");
    mpd_->ask("sticker set song \"" + kSnow + "\" like 2");
    const auto server = create_media_server(account());
    const auto tracks = list(*server);
    EXPECT_EQ(track_of(tracks, kTide).rating, 3) << "half a star is none";
    EXPECT_EQ(track_of(tracks, kTide).favourite, false);
    EXPECT_EQ(track_of(tracks, kSnow).favourite, true);
    EXPECT_EQ(track_of(tracks, kLight).rating, std::nullopt);
    const auto told = server->opinions({}).tracks;
    ASSERT_THAT(told, SizeIs(2));
    EXPECT_EQ(track_of(told, kTide).rating, 3);
    EXPECT_EQ(track_of(told, kSnow).favourite, true);
}

TEST_F(RealMpd, WithoutStickersItListsAllTheSame) {
    start({.stickers = false});
    const auto server = create_media_server(account());
    EXPECT_THAT(list(*server), SizeIs(9));
    EXPECT_EQ(error_of([&] { server->most_played(5, {}); }), ErrorCode::unsupported);
    EXPECT_EQ(error_of([&] { server->opinions({}); }), ErrorCode::unsupported);
}

TEST_F(RealMpd, ItsSocketTellsTheMusicFolder) {
    start({});
    ServerAccount local = account();
    local.url = mpd_->socket();
    local.music_folder.clear();
    const auto server = create_media_server(local);
    EXPECT_EQ(server->probe({}).tracks, 9);
    const TempFolder copies;
    server->fetch(kTide, copies / "audio", {});
    EXPECT_TRUE(contents(copies / "audio") == contents(mpd_->music_folder() / kTide));
}

TEST_F(RealMpd, NewFilesChangeTheStamp) {
    start({});
    const std::string name = "It's \"q\" & \\ b";
    fs::create_directories(mpd_->music_folder() / name / "deep");
    const auto server = create_media_server(account());
    const std::string before = server->change_stamp({});
    EXPECT_EQ(server->change_stamp({}), before);
    fs::copy_file(mpd_->music_folder() / kTide, mpd_->music_folder() / name / "deep" / "100% \"new\".flac");
    fs::copy_file(mpd_->music_folder() / kTide, mpd_->music_folder() / "in no folder.flac");
    mpd_->update();
    EXPECT_NE(server->change_stamp({}), before);
    EXPECT_THAT(list(*server), SizeIs(11));
    ServerAccount chosen = account();
    chosen.libraries = {name};
    const auto tracks = list(*create_media_server(chosen));
    ASSERT_THAT(tracks, SizeIs(1));
    EXPECT_EQ(tracks[0].id, name + "/deep/100% \"new\".flac");
    const std::string id = server->create_playlist("Quoted", std::vector{tracks[0].id}, {});
    EXPECT_THAT(server->playlist_tracks(id, {}), ElementsAre(tracks[0].id));
}

}  // namespace audiomuse::library
