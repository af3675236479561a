// What Subsonic servers are known to do, beside the contract that they share with the other kinds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "server/fake_subsonic.h"
#include "server/media_server_contract.h"
#include "subsonic/login.h"
#include "subsonic/read.h"
#include "support/temp_folder.h"

namespace audiomuse::library::testing {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using testing_support::contents;
using testing_support::TempFolder;

INSTANTIATE_TEST_SUITE_P(
    Subsonic, MediaServerContract,
    ::testing::Values(FakeMaker{"Navidrome", [] { return std::make_unique<FakeSubsonic>(SubsonicKind::navidrome); }},
                      FakeMaker{"supysonic", [] { return std::make_unique<FakeSubsonic>(SubsonicKind::supysonic); }},
                      FakeMaker{"OpenSubsonic_key",
                                [] { return std::make_unique<FakeSubsonic>(SubsonicKind::with_keys); }}),
    [](const ::testing::TestParamInfo<FakeMaker>& info) { return info.param.name; });

namespace {

Error error_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "no error";
    return {ErrorCode::internal, "none"};
}

std::vector<std::string> track_ids(const FakeSubsonic& fake, std::int64_t first, std::int64_t count) {
    std::vector<std::string> ids;
    for (std::int64_t i = first; i < first + count; ++i)
        ids.push_back(fake.track_id(i));
    return ids;
}

std::vector<ServerTrack> list(MediaServer& server) {
    std::vector<ServerTrack> tracks;
    server.list_tracks([&](ServerTrack track) { tracks.push_back(std::move(track)); }, {});
    return tracks;
}

std::size_t requests_for(const FakeSubsonic& fake, const std::string& method) {
    const auto all = fake.requests();
    return static_cast<std::size_t>(
        std::ranges::count(all, "/rest/" + method + ".view", [](const WebRequest& request) { return request.path; }));
}

}  // namespace

TEST(Subsonic, TokensAreThoseOfTheSpecification) {
    EXPECT_EQ(subsonic::md5_of("sesame" + std::string("c19b2d")), "26719a1196d2a940705a59634eb18eab");
    EXPECT_NE(subsonic::new_salt(), subsonic::new_salt());
    EXPECT_GE(subsonic::new_salt().size(), 6u);
    const ServerAccount account{.user = "joe", .password = "sesame", .token = "key"};
    const Pairs readable = {{"u", "joe"}, {"p", "enc:736573616d65"}};
    EXPECT_EQ(subsonic::login_parameters(account, subsonic::Login::password, ""), readable);
    const Pairs key = {{"apiKey", "key"}};
    EXPECT_EQ(subsonic::login_parameters(account, subsonic::Login::api_key, ""), key) << "and no user";
}

TEST(Subsonic, AnAccountThatLacksSomethingIsRefused) {
    const auto message = [](const ServerAccount& account) {
        const Error error = error_of([&] { create_media_server(account); });
        EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
        return std::string(error.what());
    };
    const ServerKind kind = ServerKind::navidrome;
    EXPECT_THAT(message({.kind = kind, .url = "http://nas:4533", .password = "x"}), HasSubstr("user"));
    EXPECT_THAT(message({.kind = kind, .url = "http://nas:4533", .user = "joe"}), HasSubstr("password"));
    EXPECT_THAT(message({.kind = kind, .url = "nas:4533", .user = "joe", .password = "x"}), HasSubstr("http://"));
}

TEST(Subsonic, ServersSayWhatTheyAre) {
    const auto probe = [](SubsonicKind kind) {
        FakeSubsonic fake(kind);
        fake.state().tracks = 120;
        return create_media_server(fake.account())->probe({});
    };
    const ServerInfo navidrome = probe(SubsonicKind::navidrome);
    EXPECT_EQ(navidrome.product, "Navidrome");
    EXPECT_EQ(navidrome.version, "0.60.3");
    EXPECT_EQ(navidrome.user, "alice");
    EXPECT_EQ(navidrome.libraries[0].tracks, 100);
    EXPECT_EQ(navidrome.libraries[1].tracks, 20);
    EXPECT_THAT(navidrome.advice, HasSubstr("Report Real Path"));
    const ServerInfo old = probe(SubsonicKind::supysonic);
    EXPECT_EQ(old.product, "Subsonic server");
    EXPECT_EQ(old.version, "API 1.10.2");
    EXPECT_EQ(old.tracks, 120);
    EXPECT_EQ(old.libraries[0].tracks, std::nullopt);
    EXPECT_EQ(old.advice, "");
    const ServerInfo keys = probe(SubsonicKind::with_keys);
    EXPECT_EQ(keys.product, "LMS");
    EXPECT_EQ(keys.user, "alice") << "a key names nobody, so the server is asked";
}

TEST(Subsonic, TheReadablePasswordNeedsLeave) {
    const FakeSubsonic fake(SubsonicKind::supysonic);
    ServerAccount account = fake.account();
    account.allow_plain_password = false;
    const Error error = error_of([&] { create_media_server(account)->probe({}); });
    EXPECT_EQ(error.code(), ErrorCode::login_refused);
    EXPECT_THAT(error.what(), HasSubstr("https"));
    for (const WebRequest& request : fake.requests())
        EXPECT_FALSE(request.query.contains("p"));
}

TEST(Subsonic, WhatWorkedIsRemembered) {
    FakeSubsonic fake(SubsonicKind::supysonic);
    const auto server = create_media_server(fake.account());
    server->libraries({});
    fake.forget_requests();
    server->libraries({});
    EXPECT_THAT(fake.requests(), SizeIs(1));
}

TEST(Subsonic, ServersWithoutKeys) {
    const FakeSubsonic fake(SubsonicKind::navidrome);
    ServerAccount account = fake.account();
    account.token = "some-key";
    EXPECT_EQ(create_media_server(account)->libraries({}).size(), 2u) << "user and password are there as well";
    account.password.clear();
    const Error error = error_of([&] { create_media_server(account)->probe({}); });
    EXPECT_EQ(error.code(), ErrorCode::login_refused);
    EXPECT_THAT(error.what(), HasSubstr("API key"));
    EXPECT_THAT(error.what(), Not(HasSubstr("some-key")));
}

TEST(Subsonic, AddressesAsBrowsersShowThem) {
    const FakeSubsonic fake(SubsonicKind::navidrome);
    for (const char* end : {"/", "/app", "/app/#/album", "/rest/"}) {
        ServerAccount account = fake.account();
        account.url += end;
        EXPECT_THAT(create_media_server(account)->libraries({}), SizeIs(2)) << end;
    }
    ServerAccount elsewhere = fake.account();
    elsewhere.url += "/music";
    const Error error = error_of([&] { create_media_server(elsewhere)->probe({}); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error.what(), HasSubstr("path"));
}

TEST(Subsonic, StreamsTheOriginalWhereDownloadsAreOff) {
    FakeSubsonic fake(SubsonicKind::navidrome);
    fake.habits.downloads_off = true;
    const TempFolder folder;
    const auto server = create_media_server(fake.account());
    server->fetch(fake.track_id(3), folder / "audio", {});
    EXPECT_TRUE(contents(folder / "audio") == fake_audio(3));
    EXPECT_EQ(error_of([&] { server->fetch(fake.track_id(4711), folder / "none", {}); }).code(),
              ErrorCode::permission_denied);
}

TEST(Subsonic, StreamsCountAsPlaysSoTheyComeSecond) {
    const FakeSubsonic fake(SubsonicKind::navidrome);
    const TempFolder folder;
    create_media_server(fake.account())->fetch(fake.track_id(3), folder / "audio", {});
    EXPECT_EQ(requests_for(fake, "download"), 1u);
    EXPECT_EQ(requests_for(fake, "stream"), 0u);
}

TEST(Subsonic, IdsOfAnotherForm) {
    const FakeSubsonic fake(SubsonicKind::supysonic);
    const TempFolder folder;
    const auto server = create_media_server(fake.account());
    const Error error = error_of([&] { server->fetch("notauuid", folder / "audio", {}); });
    EXPECT_EQ(error.code(), ErrorCode::server_failed);
    EXPECT_THAT(error.what(), HasSubstr("badly formed"));
}

TEST(Subsonic, SearchesThatFindNothing) {
    for (const auto kind : {SubsonicKind::navidrome, SubsonicKind::supysonic}) {
        FakeSubsonic fake(kind);
        fake.habits.finds_nothing = true;
        fake.state().tracks = 120;
        ServerAccount account = fake.account();
        EXPECT_THAT(list(*create_media_server(account)), SizeIs(120)) << "album by album";
        account.libraries = {"World"};
        const auto tracks = list(*create_media_server(account));
        EXPECT_THAT(tracks, SizeIs(20)) << "folder by folder";
        EXPECT_THAT(tracks.front().tags.album_artist, HasSubstr("Artist "));
        EXPECT_THAT(fake.complaints(), IsEmpty());
    }
}

TEST(Subsonic, SearchesThatWantTwoQuotes) {
    FakeSubsonic fake(SubsonicKind::with_keys);
    fake.habits.wants_query = true;
    fake.state().tracks = 1200;
    EXPECT_THAT(list(*create_media_server(fake.account())), SizeIs(1200));
    EXPECT_EQ(requests_for(fake, "getAlbum"), 0u);
    EXPECT_THAT(fake.complaints(), IsEmpty());
}

TEST(Subsonic, EndlessAlbumsEnd) {
    FakeSubsonic fake(SubsonicKind::navidrome);
    fake.habits.finds_nothing = true;
    fake.state().ignores_offset = true;
    EXPECT_EQ(error_of([&] { list(*create_media_server(fake.account())); }).code(), ErrorCode::server_failed);
}

TEST(Subsonic, SpeaksTheVersionThatTheServerSpeaks) {
    FakeSubsonic fake(SubsonicKind::supysonic);
    fake.habits.refuses_new_clients = true;
    EXPECT_THAT(list(*create_media_server(fake.account())), SizeIs(25));
    EXPECT_EQ(fake.requests().back().value("v"), "1.10.2");
}

TEST(Subsonic, TheStampWhereScansAreForAdministrators) {
    FakeSubsonic fake(SubsonicKind::navidrome);
    fake.habits.scan_is_secret = true;
    const auto server = create_media_server(fake.account());
    const std::string before = server->change_stamp({});
    EXPECT_EQ(server->change_stamp({}), before);
    ++fake.state().scans;
    EXPECT_NE(server->change_stamp({}), before);
}

TEST(Subsonic, PlaylistsWithoutForms) {
    for (const auto kind : {SubsonicKind::navidrome, SubsonicKind::supysonic}) {
        FakeSubsonic fake(kind);
        fake.habits.no_forms = true;
        fake.state().tracks = 200;
        const auto server = create_media_server(fake.account());
        const auto tracks = track_ids(fake, 0, 130);
        const std::string id = server->create_playlist("Long", tracks, {});
        EXPECT_EQ(server->playlist_tracks(id, {}), tracks);
        for (const WebRequest& request : fake.requests())
            EXPECT_LE(request.values("songId").size() + request.values("songIdToAdd").size(),
                      request.method == "POST" ? 2000u : 40u);
        server->delete_playlist(id, {});
        EXPECT_THAT(fake.state().playlists, IsEmpty());
        EXPECT_THAT(fake.complaints(), IsEmpty());
    }
}

TEST(Subsonic, VeryLongPlaylistsGoInParts) {
    FakeSubsonic fake(SubsonicKind::navidrome);
    fake.state().tracks = 11'000;
    const auto server = create_media_server(fake.account());
    const auto tracks = track_ids(fake, 0, 10'500);
    const std::string id = server->create_playlist("All", tracks, {});
    EXPECT_EQ(server->playlist_tracks(id, {}), tracks);
    EXPECT_EQ(server->replace_playlist({.id = id, .name = "All"}, {}, {}), id);
    EXPECT_THAT(server->playlist_tracks(id, {}), IsEmpty());
}

TEST(Subsonic, APlaylistThatBecameAnotherIsAnError) {
    for (const auto kind : {SubsonicKind::navidrome, SubsonicKind::supysonic}) {
        FakeSubsonic fake(kind);
        const auto server = create_media_server(fake.account());
        const std::string id = server->create_playlist("Kept", track_ids(fake, 0, 3), {});
        fake.state().drops_last = true;
        Error error = error_of([&] { server->create_playlist("New", track_ids(fake, 0, 12), {}); });
        EXPECT_EQ(error.code(), ErrorCode::server_failed);
        EXPECT_THAT(error.what(), HasSubstr("11 tracks instead of 12"));
        EXPECT_THAT(server->playlists({}), SizeIs(1)) << "nothing unfinished is left";
        error = error_of([&] { server->replace_playlist({.id = id, .name = "Kept"}, track_ids(fake, 0, 5), {}); });
        EXPECT_EQ(error.code(), ErrorCode::server_failed);
        EXPECT_THAT(error.what(), HasSubstr("4 tracks instead of 5"));
    }
}

TEST(Subsonic, UnknownTracksDoNotVanishInSilence) {
    const FakeSubsonic fake(SubsonicKind::navidrome);
    const auto server = create_media_server(fake.account());
    const std::vector<std::string> tracks = {fake.track_id(1), "nosuch"};
    const Error error = error_of([&] { server->create_playlist("Bad", tracks, {}); });
    EXPECT_EQ(error.code(), ErrorCode::server_failed);
    EXPECT_THAT(error.what(), HasSubstr("1 tracks instead of 2"));
    EXPECT_THAT(server->playlists({}), IsEmpty());
}

TEST(Subsonic, PlaylistsThatMayNotBeChanged) {
    for (const auto kind : {SubsonicKind::navidrome, SubsonicKind::supysonic, SubsonicKind::with_keys}) {
        FakeSubsonic fake(kind);
        const auto server = create_media_server(fake.account());
        fake.state().playlists[7] = {"Theirs", {1, 2}, false, false};
        if (kind != SubsonicKind::supysonic) fake.state().playlists[8] = {"Smart", {1, 2}, true, true};
        fake.state().playlists[9] = {"Mine", {1}, true, false};
        const auto playlists = server->playlists({});
        ASSERT_THAT(playlists, SizeIs(1));
        EXPECT_EQ(playlists[0].name, "Mine");
        const std::string theirs = fake.playlist_id(7);
        EXPECT_EQ(error_of([&] { server->replace_playlist({.id = theirs}, track_ids(fake, 0, 1), {}); }).code(),
                  ErrorCode::permission_denied);
        EXPECT_EQ(error_of([&] { server->delete_playlist(theirs, {}); }).code(), ErrorCode::permission_denied);
    }
}

TEST(Subsonic, APlaylistThatIsGoneIsDeleted) {
    FakeSubsonic fake(SubsonicKind::navidrome);
    fake.habits.deletes_only_once = true;
    const auto server = create_media_server(fake.account());
    server->delete_playlist(fake.playlist_id(3), {});
    EXPECT_EQ(error_of([&] { server->replace_playlist({.id = "gone"}, track_ids(fake, 0, 1), {}); }).code(),
              ErrorCode::not_found);
}

TEST(Subsonic, LyricsOfOldServersAreThoseOfTheSong) {
    const FakeSubsonic fake(SubsonicKind::supysonic);
    const auto server = create_media_server(fake.account());
    EXPECT_EQ(server->lyrics(fake.track_id(0), {}), "Morning comes in slowly\nOver paper walls");
    const boost::json::value other = {{"lyrics", {{"title", "Lighthouse"}, {"value", "Words"}}}};
    EXPECT_EQ(subsonic::read_lyrics(other, "Light"), "") << "found by a part of its title";
}

TEST(Subsonic, ReadsRowsOfEveryDialect) {
    using boost::json::value;
    std::vector<std::string> ids;
    const auto collect = [&](const value& row) { ids.push_back(subsonic::read_track(row, false).id); };
    const auto rows = [&](const value& content) {
        ids.clear();
        return subsonic::each_row(content, "searchResult3", "song", collect);
    };
    EXPECT_TRUE(rows({{"searchResult3", {{"song", {{"id", 300000012}}}}}})) << "one row may be no list";
    EXPECT_THAT(ids, ElementsAre("300000012"));
    for (const value& nothing :
         {value(nullptr), value(""), value(boost::json::array{}), value(boost::json::object{})}) {
        EXPECT_TRUE(rows({{"searchResult3", nothing}}));
        EXPECT_THAT(ids, IsEmpty());
    }
    EXPECT_TRUE(rows({{"status", "ok"}}));
    EXPECT_FALSE(rows({{"searchResult3", 5}})) << "not an empty library";
    EXPECT_FALSE(rows({{"searchResult3", {{"song", "none"}}}}));
    EXPECT_FALSE(rows({{"searchResult3", {{"song", {1, 2}}}}}));
    EXPECT_TRUE(subsonic::older("1.10.2", "1.14"));
    EXPECT_FALSE(subsonic::older("1.16.1", "1.14"));
    EXPECT_FALSE(subsonic::older("1.14.0", "1.14"));
}

}  // namespace audiomuse::library::testing
