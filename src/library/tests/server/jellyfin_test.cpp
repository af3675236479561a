#include "jellyfin/jellyfin.h"

#include <fmt/format.h>

#include <optional>

#include "server/fake_jellyfin.h"
#include "server/media_server_contract.h"
#include "support/temp_folder.h"

namespace audiomuse::library::testing {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using testing_support::contents;
using testing_support::TempFolder;
using Login = FakeJellyfin::Login;

INSTANTIATE_TEST_SUITE_P(
    Jellyfin, MediaServerContract,
    ::testing::Values(FakeMaker{"10.10 key", [] { return std::make_unique<FakeJellyfin>("10.10.7", Login::key); }},
                      FakeMaker{"12.0 key", [] { return std::make_unique<FakeJellyfin>("12.0.0", Login::key); }},
                      FakeMaker{"10.9 token", [] { return std::make_unique<FakeJellyfin>("10.9.11", Login::token); }}));

namespace {

const CancelToken kGoOn;

template <class Call>
std::optional<Error> error_of(const Call& call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

std::optional<Error> error_of_account(const ServerAccount& account) {
    return error_of([&] { create_jellyfin(account)->probe(kGoOn); });
}

/// A server and a client that fits it.
struct Pair {
    Pair(const std::string& version, Login login) : fake(version, login), server(create_jellyfin(fake.account())) {}
    ~Pair() { EXPECT_THAT(fake.complaints(), IsEmpty()); }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;

    std::vector<std::string> ids(std::initializer_list<std::int64_t> numbers) const {
        std::vector<std::string> ids;
        for (const std::int64_t number : numbers)
            ids.push_back(fake.track_id(number));
        return ids;
    }
    /// "DELETE /Items/...": what was asked for, but for reading.
    std::vector<std::string> changes() const {
        std::vector<std::string> changes;
        for (const WebRequest& request : fake.web().requests())
            if (request.method != "GET") changes.push_back(request.method + " " + request.path);
        return changes;
    }

    FakeJellyfin fake;
    std::unique_ptr<MediaServer> server;
};

TEST(Jellyfin, AnAccountNeedsAnAddressAndALogin) {
    const ServerAccount good{.url = "http://nas:8096", .user = "alice", .token = "key"};
    EXPECT_FALSE(error_of([&] { create_jellyfin(good); }));
    ServerAccount account = good;
    account.url = " ";
    EXPECT_THAT(error_of([&] { create_jellyfin(account); })->what(), HasSubstr("address"));
    account = good;
    account.url = "nas:8096";
    EXPECT_THAT(error_of([&] { create_jellyfin(account); })->what(), HasSubstr("http://"));
    account = good;
    account.token = " ";
    EXPECT_THAT(error_of([&] { create_jellyfin(account); })->what(), HasSubstr("API key"));
    account.password = "p";
    EXPECT_FALSE(error_of([&] { create_jellyfin(account); }));
    account.user.clear();
    EXPECT_TRUE(error_of([&] { create_jellyfin(account); })) << "a password of nobody";
}

TEST(Jellyfin, AUserIsFoundByNameOrId) {
    const FakeJellyfin fake("10.11.11", Login::key);
    ServerAccount account = fake.account();
    for (const std::string user : {"alice", "ALICE", kAliceId.c_str(), "3F9D2C1B-8A7E-4F5D-9C0B-1A2E3D4C5F60"}) {
        account.user = user;
        EXPECT_EQ(create_jellyfin(account)->probe(kGoOn).user, "alice") << user;
    }
    for (const std::string user : {"alic", "ffffffffffffffffffffffffffffffff"}) {
        account.user = user;
        const auto error = error_of_account(account);
        ASSERT_TRUE(error) << user;
        EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
        EXPECT_THAT(error->what(), HasSubstr(user));
    }
    account.user.clear();
    const auto error = error_of_account(account);
    ASSERT_TRUE(error) << "an API key belongs to nobody";
    EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error->what(), HasSubstr("name of the user"));
}

TEST(Jellyfin, ATokenIsItsUsersOnly) {
    const FakeJellyfin fake("10.11.11", Login::token);
    ServerAccount account = fake.account();
    account.user = "Alice";
    EXPECT_EQ(create_jellyfin(account)->probe(kGoOn).user, "alice");
    account.user = "bob";
    const auto error = error_of_account(account);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error->what(), HasSubstr("bob"));
}

TEST(Jellyfin, AnEmbyIsNamed) {
    FakeJellyfin fake("4.9.1.80", Login::key);
    fake.product.clear();
    const auto error = error_of_account(fake.account());
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error->what(), HasSubstr("Emby"));
}

TEST(Jellyfin, AnotherServerIsNamed) {
    const FakeWeb web([](const WebRequest&) { return WebAnswer{.body = R"({"subsonic-response":{}})"}; });
    const auto error = error_of_account({.url = web.url(), .user = "a", .token = "key", .limits = fast_limits()});
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
}

TEST(Jellyfin, AdviceWhereAKeyLosesIds) {
    EXPECT_THAT(Pair("10.10.7", Login::key).server->probe(kGoOn).advice, HasSubstr("10.11"));
    EXPECT_THAT(Pair("10.11.11", Login::key).server->probe(kGoOn).advice, IsEmpty());
    EXPECT_THAT(Pair("10.10.7", Login::token).server->probe(kGoOn).advice, IsEmpty());
}

TEST(Jellyfin, TokensGoIntoOneHeaderOnly) {
    const Pair pair("12.0.0", Login::key);
    pair.server->probe(kGoOn);
    for (const WebRequest& request : pair.fake.web().requests()) {
        if (request.path == "/System/Info/Public") continue;
        EXPECT_EQ(request.header("authorization"), "MediaBrowser Token=\"0123456789abcdef0123456789abcdef\"");
        EXPECT_THAT(request.query, Not(::testing::Contains(::testing::Key("api_key"))));
    }
}

TEST(Jellyfin, APasswordLogsInOnceAndAgainWhenItsTokenEnds) {
    Pair pair("10.11.11", Login::password);
    const auto logins = [&] { return std::ranges::count(pair.changes(), "POST /Users/AuthenticateByName"); };
    EXPECT_EQ(pair.server->probe(kGoOn).user, "alice");
    pair.server->playlists(kGoOn);
    EXPECT_EQ(logins(), 1);
    pair.fake.end_login();
    const std::string id = pair.server->create_playlist("Mine", pair.ids({1, 2}), kGoOn);
    EXPECT_EQ(logins(), 2);
    EXPECT_EQ(pair.server->replace_playlist({id, "Mine"}, pair.ids({3}), kGoOn), id);
}

TEST(Jellyfin, Version10_8IsRead) {
    for (const Login login : {Login::key, Login::token}) {
        const Pair pair("10.8.13", login);
        EXPECT_THAT(pair.server->libraries(kGoOn), SizeIs(2));
        const std::string id = pair.server->create_playlist("Mine", pair.ids({1, 2}), kGoOn);
        EXPECT_EQ(pair.server->replace_playlist({id, "Mine"}, pair.ids({5, 3}), kGoOn), id);
        EXPECT_EQ(pair.server->playlist_tracks(id, kGoOn), pair.ids({5, 3}));
        EXPECT_EQ(error_of([&] { pair.server->lyrics(pair.fake.track_id(0), kGoOn); })->code(), ErrorCode::unsupported);
    }
}

TEST(Jellyfin, AnOwnersTokenReplacesAtOnce) {
    const Pair pair("10.10.7", Login::token);
    const std::string id = pair.server->create_playlist("Mine", pair.ids({1, 2}), kGoOn);
    EXPECT_EQ(pair.server->replace_playlist({id, "Mine"}, pair.ids({3}), kGoOn), id);
    EXPECT_THAT(pair.changes(), ElementsAre("POST /Playlists", "POST /Playlists/" + id));
}

TEST(Jellyfin, AKeyTakesOutAndPutsInFrom10_11On) {
    const Pair pair("10.11.11", Login::key);
    const std::string id = pair.server->create_playlist("Mine", pair.ids({1, 2}), kGoOn);
    EXPECT_EQ(pair.server->replace_playlist({id, "Mine"}, pair.ids({3}), kGoOn), id);
    EXPECT_THAT(pair.changes(), ElementsAre("POST /Playlists", "DELETE /Playlists/" + id + "/Items",
                                            "POST /Playlists/" + id + "/Items"));
}

TEST(Jellyfin, TheOldPlaylistGoesWhenTheNewOneIsWhole) {
    Pair pair("10.10.7", Login::key);
    const std::string id = pair.server->create_playlist("Mine", pair.ids({1, 2}), kGoOn);
    const std::string other = pair.server->replace_playlist({id, "Mine"}, pair.ids({3, 4}), kGoOn);
    EXPECT_NE(other, id);
    EXPECT_THAT(pair.changes(), ElementsAre("POST /Playlists", "DELETE /Playlists/" + id + "/Items", "POST /Playlists",
                                            "DELETE /Items/" + id));
    pair.fake.state().drops_last = true;
    const auto error = error_of([&] { pair.server->replace_playlist({other, "Mine"}, pair.ids({5, 6, 7}), kGoOn); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::server_failed);
    EXPECT_EQ(pair.server->playlist_tracks(other, kGoOn), pair.ids({3, 4})) << "the old one is as it was";
    EXPECT_THAT(pair.server->playlists(kGoOn), SizeIs(1)) << "the unfinished one is gone";
}

TEST(Jellyfin, AnIncompletePlaylistIsAnErrorWithBothCounts) {
    for (const Login login : {Login::key, Login::token}) {
        Pair pair("12.0.0", login);
        const std::string id = pair.server->create_playlist("Mine", pair.ids({1, 2}), kGoOn);
        pair.fake.state().drops_last = true;
        for (const bool replaces : {true, false}) {
            const auto error = error_of([&] {
                if (replaces) {
                    pair.server->replace_playlist({id, "Mine"}, pair.ids({3, 4, 5}), kGoOn);
                } else {
                    pair.server->create_playlist("New", pair.ids({3, 4, 5}), kGoOn);
                }
            });
            ASSERT_TRUE(error);
            EXPECT_EQ(error->code(), ErrorCode::server_failed);
            EXPECT_THAT(error->what(), HasSubstr("of 3 tracks, but it holds 2"));
        }
        EXPECT_THAT(pair.server->playlists(kGoOn), SizeIs(1)) << "nothing half-made is left";
    }
}

TEST(Jellyfin, AReplacementThatStopsHalfwaySaysHowFarItCame) {
    Pair pair("12.0.0", Login::key);
    pair.fake.state().tracks = 400;
    const std::string id = pair.server->create_playlist("Mine", pair.ids({1, 2}), kGoOn);
    std::vector<std::string> many;
    for (std::int64_t i = 0; i < 250; ++i)
        many.push_back(pair.fake.track_id(i));
    pair.fake.adds_before_failure = 2;
    const auto error = error_of([&] { pair.server->replace_playlist({id, "Mine"}, many, kGoOn); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::server_failed);
    EXPECT_THAT(error->what(), HasSubstr("holds 200 of its 250 new tracks, and 0 old ones"));
    pair.fake.adds_before_failure = -1;
    EXPECT_EQ(pair.server->replace_playlist({id, "Mine"}, many, kGoOn), id) << "again, and whole";
    EXPECT_EQ(pair.server->playlist_tracks(id, kGoOn), many);
}

TEST(Jellyfin, UnknownTracksAreNoPlaylist) {
    const Pair pair("12.0.0", Login::key);
    const auto error = error_of([&] { pair.server->create_playlist("Mine", pair.ids({1, 4711}), kGoOn); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::server_failed);
    EXPECT_THAT(pair.server->playlists(kGoOn), IsEmpty());
    EXPECT_EQ(error_of([&] { pair.server->create_playlist(" ", pair.ids({1}), kGoOn); })->code(),
              ErrorCode::invalid_argument);
    EXPECT_EQ(error_of([&] { pair.server->create_playlist("Empty", {}, kGoOn); })->code(), ErrorCode::invalid_argument);
}

TEST(Jellyfin, OnlyPlaylistsAreDeleted) {
    const Pair pair("12.0.0", Login::key);
    const auto error = error_of([&] { pair.server->delete_playlist(pair.fake.track_id(1), kGoOn); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
    EXPECT_FALSE(error_of([&] { pair.server->delete_playlist("", kGoOn); }));
    EXPECT_FALSE(error_of([&] { pair.server->delete_playlist("no/such?one", kGoOn); }));
    EXPECT_THAT(pair.changes(), IsEmpty());
}

TEST(Jellyfin, NoRightToDeleteIsNoWrongLogin) {
    Pair pair("10.10.7", Login::token);
    const std::string id = pair.server->create_playlist("Mine", pair.ids({1}), kGoOn);
    pair.fake.deletes_playlists = false;
    const auto error = error_of([&] { pair.server->delete_playlist(id, kGoOn); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::permission_denied);
}

TEST(Jellyfin, AReplacedPlaylistThatCantBeDeletedIsNotThereTwice) {
    Pair pair("10.10.7", Login::key);
    const std::string id = pair.server->create_playlist("Mine", pair.ids({1}), kGoOn);
    pair.fake.deletes_playlists = false;
    const auto error = error_of([&] { pair.server->replace_playlist({id, "Mine"}, pair.ids({2}), kGoOn); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::permission_denied);
    EXPECT_EQ(pair.server->playlist_tracks(id, kGoOn), pair.ids({1}));
}

TEST(Jellyfin, WhoMayNotDownloadGetsTheFileAllTheSame) {
    const Pair pair("10.11.11", Login::token);
    const TempFolder folder;
    pair.server->fetch(pair.fake.track_id(3), folder.path() / "audio", kGoOn);
    EXPECT_TRUE(contents(folder.path() / "audio") == fake_audio(3));
    EXPECT_EQ(pair.fake.web().requests().back().path, "/Items/" + pair.fake.track_id(3) + "/File");
}

TEST(Jellyfin, PlaylistsThatAreGoneAreNamed) {
    const Pair pair("12.0.0", Login::key);
    const std::string gone = pair.fake.playlist_id(77);
    EXPECT_EQ(error_of([&] { pair.server->playlist_tracks(gone, kGoOn); })->code(), ErrorCode::not_found);
    EXPECT_EQ(error_of([&] {
                  pair.server->replace_playlist({gone, "Gone"}, pair.ids({1}), kGoOn);
              })->code(),
              ErrorCode::not_found);
}

TEST(Jellyfin, LongPlaylistsAreReadInPages) {
    const Pair pair("12.0.0", Login::key);
    const_cast<FakeJellyfin&>(pair.fake).state().tracks = 1300;
    std::vector<std::string> many;
    for (std::int64_t i = 0; i < 1234; ++i)
        many.push_back(pair.fake.track_id(i));
    const std::string id = pair.server->create_playlist("Long", many, kGoOn);
    EXPECT_EQ(pair.server->playlist_tracks(id, kGoOn), many);
    EXPECT_EQ(pair.server->replace_playlist({id, "Long"}, std::span(many).first(7), kGoOn), id);
}

}  // namespace
}  // namespace audiomuse::library::testing
