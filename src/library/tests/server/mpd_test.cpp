#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <thread>

#include "mpd/address.h"
#include "mpd/music_folder.h"
#include "mpd/protocol.h"
#include "server/fake_mpd.h"
#include "server/media_server_contract.h"

namespace audiomuse::library::testing {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing_support::contents;
using testing_support::TempFolder;
namespace fs = std::filesystem;

INSTANTIATE_TEST_SUITE_P(Mpd, MediaServerContract,
                         ::testing::Values(FakeMaker{"0.23", [] { return std::make_unique<FakeMpd>(); }}));

namespace {

const CancelToken kGoOn;

std::optional<Error> error_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), ::testing::EndsWith("."));
        return error;
    }
    return std::nullopt;
}
ErrorCode code_of(const std::function<void()>& call) {
    const auto error = error_of(call);
    EXPECT_TRUE(error) << "no error";
    return error ? error->code() : ErrorCode::internal;
}

mpd::Song song_of(const std::vector<std::pair<std::string, std::string>>& lines) {
    std::vector<mpd::Song> songs;
    mpd::SongReader reader([&](mpd::Song song) { songs.push_back(std::move(song)); });
    for (const auto& [key, value] : lines)
        reader.line(key, value);
    reader.end();
    EXPECT_THAT(songs, SizeIs(1));
    return songs.at(0);
}

ServerAccount account_of(const LineServer& server) {
    return {.kind = ServerKind::mpd,
            .url = "mpd://127.0.0.1:" + std::to_string(server.port()),
            .user = {},
            .password = {},
            .token = {},
            .libraries = {},
            .music_folder = "/",
            .limits = fast_limits()};
}

}  // namespace

TEST(MpdProtocol, QuotesArgumentsAndFiltersInThem) {
    EXPECT_EQ(mpd::command("stats"), "stats");
    EXPECT_EQ(mpd::command("rm", {R"(a "b" \ 'c')"}), R"(rm "a \"b\" \\ 'c'")");
    EXPECT_EQ(mpd::command("find", {mpd::all_of({mpd::equals("Album", "Say \"Hi\""), mpd::below("It's")})}),
              R"_(find "((Album == \"Say \\\"Hi\\\"\") AND (base \"It's\"))")_");
    EXPECT_EQ(mpd::all_of({mpd::everything()}), mpd::everything());
    EXPECT_EQ(mpd::window(1000, 500), "1000:1500");
    for (const std::string& name : {std::string("a\nclear"), std::string("a\rb"), std::string("a\0b", 3)})
        EXPECT_EQ(code_of([&] { mpd::command("rm", {name}); }), ErrorCode::invalid_argument);
}

TEST(MpdProtocol, ReadsRefusalsAndGreetings) {
    const auto ack = mpd::parse_ack("ACK [50@12] {playlistadd} No such directory");
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->code, 50);
    EXPECT_EQ(ack->index, 12U);
    EXPECT_EQ(ack->command, "playlistadd");
    EXPECT_EQ(ack->text, "No such directory");
    EXPECT_FALSE(mpd::parse_ack("OK"));
    EXPECT_FALSE(mpd::parse_ack("Title: ACK [1@1]"));
    for (const char* odd : {"ACK ", "ACK [", "ACK []", "ACK [@]{}", "ACK }{][@", "ACK [5@1", "ACK [x@y] {} z"})
        EXPECT_TRUE(mpd::parse_ack(odd)) << odd;
    EXPECT_EQ(mpd::parse_greeting("OK MPD 0.23.5"), "0.23.5");
    EXPECT_FALSE(mpd::parse_greeting("HTTP/1.1 400 Bad Request"));
    EXPECT_TRUE(mpd::is_at_least("0.21.0", 0, 21));
    EXPECT_TRUE(mpd::is_at_least("1.0", 0, 21));
    EXPECT_FALSE(mpd::is_at_least("0.20.9", 0, 21));
    EXPECT_FALSE(mpd::is_at_least("new", 0, 21));
}

TEST(MpdProtocol, ReadsAddresses) {
    EXPECT_EQ(mpd::parse_address(" mpd://nas ").port, "6600");
    EXPECT_EQ(mpd::parse_address("mpd://nas:6601/").shown, "MPD at mpd://nas:6601");
    EXPECT_EQ(mpd::parse_address("mpd://[::1]:6601").host, "::1");
    EXPECT_EQ(mpd::parse_address("mpd://[::1]").shown, "MPD at mpd://[::1]:6600");
    EXPECT_EQ(mpd::parse_address("/run/mpd/socket").socket, "/run/mpd/socket");
    const std::string secret = "hunter2";
    for (const std::string& url :
         {std::string(), std::string("nas:6600"), std::string("http://nas:6600"), std::string("mpd://"),
          std::string("mpd://:6600"), std::string("mpd://nas:port"), std::string("mpd://nas:70000"),
          std::string("mpd://nas/music"), std::string("mpd://::1"), std::string("mpd://[::1"),
          std::string("mpd://[::1]6600"), "mpd://" + secret + "@nas", '/' + std::string(200, 'x')}) {
        const auto error = error_of([&] { mpd::parse_address(url); });
        ASSERT_TRUE(error) << url;
        EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
        EXPECT_THAT(error->what(), ::testing::Not(HasSubstr(secret)));
    }
}

TEST(MpdProtocol, ReadsSongsWithOddTags) {
    const auto song = song_of({{"directory", "Main"},
                               {"file", "Main/Anna Bell/Quiet Rooms/03 - Paper Walls.flac"},
                               {"Artist", "Anna Bell"},
                               {"Artist", "Tom Reed"},
                               {"Genre", "Ambient"},
                               {"Genre", "Folk"},
                               {"Album", "Greatest Hits"},
                               {"AlbumArtist", "Anna Bell"},
                               {"Track", "3/12"},
                               {"Disc", "2/2"},
                               {"Date", "2011-05-04"},
                               {"Time", "5"},
                               {"duration", "4.987"},
                               {"MUSICBRAINZ_TRACKID", "recording"},
                               {"Unknown", "x"},
                               {"playlist", "Mix"},
                               {"Last-Modified", "2026-11-22T12:45:10Z"}});
    EXPECT_EQ(song.track.tags.title, "Paper Walls") << "from the file's name";
    EXPECT_THAT(song.track.tags.artists, ElementsAre("Anna Bell", "Tom Reed"));
    EXPECT_THAT(song.track.tags.genres, ElementsAre("Ambient", "Folk"));
    EXPECT_EQ(song.track.tags.track_number, 3);
    EXPECT_EQ(song.track.tags.disc_number, 2);
    EXPECT_EQ(song.track.tags.year, 2011);
    EXPECT_NEAR(song.track.tags.duration_s, 4.987, 1e-9);
    EXPECT_EQ(song.track.tags.musicbrainz_recording_id, "recording");
    EXPECT_EQ(song.track.changed_at, 0) << "that was the playlist's";
    const auto other = song_of({{"file", "b"}, {"Album", "Greatest Hits"}, {"AlbumArtist", "Tom Reed"}});
    EXPECT_NE(other.track.album_id, song.track.album_id) << "an album's name alone is no key";
    EXPECT_TRUE(song_of({{"file", "a.cue/track0001"}, {"Range", "0.000-12.5"}}).is_part);
}

TEST(MpdMusicFolder, CopiesWhatLiesBelowItOnly) {
    const TempFolder outside;
    outside.write("secret", "x");
    const TempFolder folder;
    folder.write("Main/a.flac", "audio");
    folder.write("Main/empty.flac", "");
    fs::create_directory_symlink(outside.path(), folder / "linked");
    ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
    const TempFolder copies;
    const fs::path copy = copies / "copy";
    mpd::copy_file(folder.path(), "Main/a.flac", copy, kGoOn);
    EXPECT_EQ(contents(copy), "audio");
    mpd::copy_file(folder.path(), "linked/secret", copy, kGoOn);  // a link that the user has set
    fs::remove(copy);
    for (const std::string& track :
         {std::string(), "../" + outside.path().filename().string() + "/secret", outside.path().string() + "/secret",
          std::string("Main/../Main/a.flac"), std::string("Main//a.flac"), std::string("./Main/a.flac"),
          std::string("http://nas/a.flac"), std::string("Main/a.flac\0", 12)}) {
        EXPECT_EQ(code_of([&] { mpd::copy_file(folder.path(), track, copy, kGoOn); }), ErrorCode::invalid_argument)
            << track;
        EXPECT_FALSE(mpd::has_file(folder.path(), track));
    }
    for (const char* track : {"Main/b.flac", "Main", "pipe", "Main/a.flac/track0001"})
        EXPECT_EQ(code_of([&] { mpd::copy_file(folder.path(), track, copy, kGoOn); }), ErrorCode::not_found) << track;
    EXPECT_EQ(code_of([&] { mpd::copy_file(folder.path(), "Main/empty.flac", copy, kGoOn); }), ErrorCode::io);
    EXPECT_EQ(code_of([&] { mpd::copy_file(folder / "gone", "Main/a.flac", copy, kGoOn); }),
              ErrorCode::invalid_argument);
    CancelSource cancel;
    cancel.cancel();
    EXPECT_EQ(code_of([&] { mpd::copy_file(folder.path(), "Main/a.flac", copy, cancel.token()); }),
              ErrorCode::cancelled);
    EXPECT_FALSE(fs::exists(copy)) << "nothing is left of a copy that failed";
}

TEST(MpdAccount, SaysWhatItLacks) {
    const FakeMpd fake;
    ServerAccount account = fake.account();
    account.music_folder.clear();
    const auto error = error_of([&] { create_media_server(account); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error->what(), HasSubstr("music_directory"));
    account.music_folder = "/no/such/folder";
    const auto missing = error_of([&] { create_media_server(account)->probe(kGoOn); });
    ASSERT_TRUE(missing);
    EXPECT_EQ(missing->code(), ErrorCode::invalid_argument);
    EXPECT_THAT(missing->what(), HasSubstr("/no/such/folder"));
    const TempFolder other;
    account.music_folder = other.path();
    EXPECT_THAT(create_media_server(account)->probe(kGoOn).advice, HasSubstr(other.path().string()));
    EXPECT_EQ(create_media_server(fake.account())->probe(kGoOn).advice, "");
    account = fake.account();
    account.password = "two\nlines";
    EXPECT_EQ(code_of([&] { create_media_server(account); }), ErrorCode::invalid_argument);
    account = fake.account();
    account.password.clear();
    const auto locked = error_of([&] { create_media_server(account)->probe(kGoOn); });
    ASSERT_TRUE(locked);
    EXPECT_EQ(locked->code(), ErrorCode::login_refused);
    EXPECT_THAT(locked->what(), HasSubstr("password"));
}

TEST(MpdListing, EndsInAnErrorWhenTheLibraryChangesMeanwhile) {
    FakeMpd fake;
    fake.state().tracks = 6000;
    std::int64_t seen = 0;
    const auto server = create_media_server(fake.account());
    const auto error = error_of([&] {
        server->list_tracks(
            [&](const ServerTrack&) {
                if (++seen == 5) ++fake.state().scans;
            },
            kGoOn);
    });
    ASSERT_TRUE(error) << "tracks may have moved between pages";
    EXPECT_EQ(error->code(), ErrorCode::server_failed);
    EXPECT_EQ(fake.asked("find"), 3) << "it listed to the end";
}

TEST(MpdListing, GoesOnWithoutStickers) {
    FakeMpd fake;
    fake.state().tracks = 5500;
    fake.drop_stickers();
    const auto server = create_media_server(fake.account());
    EXPECT_EQ(server->list_tracks([](const ServerTrack& track) { EXPECT_FALSE(track.play_count); }, kGoOn), 5500);
    EXPECT_EQ(fake.asked("sticker"), 1) << "once is enough to know";
    EXPECT_EQ(code_of([&] { server->most_played(3, kGoOn); }), ErrorCode::unsupported);
}

TEST(MpdPlaylists, WhatALostConnectionLeftIsHiddenAndUsedAgain) {
    FakeMpd fake;
    fake.state().playlists[1] = {"Mine", {1, 2}};
    fake.state().playlists[2] = {"Mine (AudioMuse is writing)", {7}};
    fake.state().next_playlist = 3;
    const auto server = create_media_server(fake.account());
    const auto playlists = server->playlists(kGoOn);
    ASSERT_THAT(playlists, SizeIs(1));
    server->replace_playlist(playlists[0], std::vector{fake.track_id(3)}, kGoOn);
    EXPECT_THAT(server->playlist_tracks("Mine", kGoOn), ElementsAre(fake.track_id(3)));
    EXPECT_THAT(fake.state().playlists, SizeIs(1));
}

TEST(MpdPlaylists, AFailureLeavesTheOldOne) {
    FakeMpd fake;
    fake.state().playlists[1] = {"Mine", {1, 2}};
    fake.state().next_playlist = 2;
    const auto server = create_media_server(fake.account());
    const ServerPlaylist mine{"Mine", "Mine", 2};
    fake.state().drops_last = true;
    const auto half = error_of([&] { server->replace_playlist(mine, std::vector(3, fake.track_id(3)), kGoOn); });
    ASSERT_TRUE(half);
    EXPECT_EQ(half->code(), ErrorCode::server_failed);
    EXPECT_THAT(half->what(), HasSubstr("2 tracks into a playlist of 3"));
    fake.state().drops_last = false;
    EXPECT_EQ(code_of([&] { server->replace_playlist(mine, std::vector<std::string>{"Main/nope.flac"}, kGoOn); }),
              ErrorCode::not_found);
    EXPECT_THAT(server->playlist_tracks("Mine", kGoOn), ElementsAre(fake.track_id(1), fake.track_id(2)));
    EXPECT_THAT(fake.state().playlists, SizeIs(1)) << "nothing else is left behind";
    for (const std::string& name : {std::string(), std::string("a/b"), std::string("a\nb"), std::string(240, 'x')}) {
        EXPECT_EQ(code_of([&] { server->create_playlist(name, std::vector{fake.track_id(1)}, kGoOn); }),
                  ErrorCode::invalid_argument);
    }
    server->replace_playlist(mine, {}, kGoOn);
    EXPECT_THAT(server->playlist_tracks("Mine", kGoOn), IsEmpty());
}

TEST(MpdPlaylists, TooManyTracksAreSaid) {
    const LineServer full([](const auto& lines, LineVisit&) {
        const bool adds = lines.size() > 1 && lines[1].starts_with("playlistadd");
        return std::string(adds ? "ACK [51@0] {playlistadd} Stored playlist is too large\n" : "OK\n");
    });
    const auto error = error_of([&] {
        create_media_server(account_of(full))->create_playlist("Long", std::vector<std::string>(9, "a.flac"), kGoOn);
    });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::unsupported);
    EXPECT_THAT(error->what(), HasSubstr("max_playlist_length"));
}

TEST(MpdConnection, OldServersAndEndlessLinesAreRefused) {
    const auto probe = [](const LineServer& server) {
        return code_of([&] { create_media_server(account_of(server))->probe(kGoOn); });
    };
    const auto nothing = [](const auto&, LineVisit&) { return std::string("OK\n"); };
    EXPECT_EQ(probe(LineServer(nothing, "OK MPD 0.20.0\n")), ErrorCode::unsupported);
    EXPECT_EQ(probe(LineServer(nothing, "220 mail.example.org ESMTP\n")), ErrorCode::invalid_argument);
    EXPECT_EQ(probe(LineServer([](const auto&, LineVisit&) { return std::string(3 << 20, 'x'); })),
              ErrorCode::server_failed);
    EXPECT_EQ(probe(LineServer([](const auto&, LineVisit&) { return std::string("what is that?\nOK\n"); })),
              ErrorCode::server_failed);
}

TEST(MpdConnection, HostsAreFoundByName) {
    const FakeMpd fake;
    ServerAccount account = fake.account();
    const std::string port = account.url.substr(account.url.rfind(':'));
    account.url = "mpd://localhost" + port;  // where that is ::1 as well, nobody listens there
    EXPECT_EQ(create_media_server(account)->probe(kGoOn).tracks, 25);
    account.url = "mpd://no-such-host.invalid";
    account.limits.retries = 0;
    EXPECT_THAT(code_of([&] { create_media_server(account)->probe(kGoOn); }),
                ::testing::AnyOf(ErrorCode::unavailable, ErrorCode::timeout));
}

TEST(MpdConnection, CancelEndsAnyWait) {
    FakeMpd fake;
    fake.set_fault(Fault::stalled);
    ServerAccount account = fake.account();
    account.limits.answer = std::chrono::hours(1);
    const auto server = create_media_server(account);
    CancelSource cancel;
    const std::jthread canceller([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        cancel.cancel();
    });
    EXPECT_EQ(code_of([&] { server->change_stamp(cancel.token()); }), ErrorCode::cancelled);
}

TEST(MpdConnection, NoMoreAtOnceThanAllowed) {
    std::atomic<int> now = 0;
    std::atomic<int> most = 0;
    const LineServer line_server([&](const auto&, LineVisit&) {
        most = std::max<int>(most, ++now);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        --now;
        return std::string("songs: 1\ndb_update: 1\nOK\n");
    });
    ServerAccount account = account_of(line_server);
    account.limits.connections = 2;
    const auto server = create_media_server(account);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] { server->change_stamp(kGoOn); });
    }
    EXPECT_LE(most, 2);
    EXPECT_EQ(line_server.connections(), 8);
}

}  // namespace audiomuse::library::testing
