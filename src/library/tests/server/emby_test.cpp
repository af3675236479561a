#include "emby/emby.h"

#include <optional>

#include "emby/subtitle_text.h"
#include "server/fake_emby.h"
#include "server/media_server_contract.h"

namespace audiomuse::library::testing {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Login = FakeEmby::Login;

INSTANTIATE_TEST_SUITE_P(
    Emby, MediaServerContract,
    ::testing::Values(FakeMaker{"4.8 key", [] { return std::make_unique<FakeEmby>("4.8.11.0", Login::key); }},
                      FakeMaker{"4.9 token", [] { return std::make_unique<FakeEmby>("4.9.1.90", Login::token); }}));

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

struct Pair {
    Pair(const std::string& version, Login login) : fake(version, login), server(create_emby(fake.account())) {}
    ~Pair() { EXPECT_THAT(fake.complaints(), IsEmpty()); }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;

    std::vector<std::string> ids(std::int64_t first, std::int64_t count) const {
        std::vector<std::string> ids;
        for (std::int64_t i = 0; i < count; ++i)
            ids.push_back(fake.track_id(first + i));
        return ids;
    }

    FakeEmby fake;
    std::unique_ptr<MediaServer> server;
};

TEST(Emby, AnAccountNeedsAddressUserAndLogin) {
    const ServerAccount good{.kind = ServerKind::emby, .url = "http://nas:8096", .user = "alice", .token = "key"};
    EXPECT_FALSE(error_of([&] { create_emby(good); }));
    ServerAccount account = good;
    account.url.clear();
    EXPECT_THAT(error_of([&] { create_emby(account); })->what(), HasSubstr("address"));
    account = good;
    account.user = " ";
    EXPECT_THAT(error_of([&] { create_emby(account); })->what(), HasSubstr("user"));
    account = good;
    account.token.clear();
    EXPECT_THAT(error_of([&] { create_emby(account); })->what(), HasSubstr("API key"));
}

TEST(Emby, AddressesMayHoldThePrefix) {
    const FakeEmby fake("4.9.1.90", Login::key);
    ServerAccount account = fake.account();
    for (const char* end : {"", "/", "/emby", "/emby/", "/web/index.html#!/home", "/emby/web/index.html"}) {
        account.url = fake.web().url() + end;
        EXPECT_EQ(create_emby(account)->probe(kGoOn).version, "4.9.1.90") << end;
    }
    EXPECT_THAT(fake.complaints(), IsEmpty());
}

TEST(Emby, AUserIsFoundByNameOrId) {
    for (const Login login : {Login::key, Login::token}) {
        for (const int refusal : {401, 403}) {
            FakeEmby fake("4.9.1.90", login);
            fake.refusal_status = refusal;
            ServerAccount account = fake.account();
            for (const std::string user : {"alice", "ALICE", kAliceId.c_str()}) {
                account.user = user;
                EXPECT_EQ(create_emby(account)->probe(kGoOn).user, "alice") << user;
            }
            fake.hides_users = true;
            EXPECT_FALSE(error_of([&] { create_emby(account)->probe(kGoOn); })) << "ids need no list";
        }
    }
    const FakeEmby fake("4.9.1.90", Login::key);
    ServerAccount account = fake.account();
    account.user = "carol";
    const auto error = error_of([&] { create_emby(account)->probe(kGoOn); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error->what(), HasSubstr("carol"));
}

TEST(Emby, AHiddenUserNeedsAnId) {
    FakeEmby fake("4.9.1.90", Login::token);
    fake.hides_users = true;
    const auto error = error_of([&] { create_emby(fake.account())->probe(kGoOn); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::permission_denied);
}

TEST(Emby, APasswordLogsIn) {
    const Pair pair("4.9.1.90", Login::password);
    EXPECT_EQ(pair.server->probe(kGoOn).user, "alice");
    const std::string id = pair.server->create_playlist("Mine", pair.ids(1, 2), kGoOn);
    EXPECT_EQ(pair.server->playlist_tracks(id, kGoOn), pair.ids(1, 2));
}

TEST(Emby, AJellyfinIsNamed) {
    FakeEmby fake("10.10.7", Login::key);
    fake.product = "Jellyfin Server";
    const auto error = error_of([&] { create_emby(fake.account())->probe(kGoOn); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error->what(), HasSubstr("Jellyfin"));
}

TEST(Emby, PlayCountsThatListsLackAreReadFromTheItems) {
    Pair pair("4.9.1.90", Login::key);
    pair.fake.no_play_counts = true;
    const auto played = pair.server->most_played(3, kGoOn);
    ASSERT_THAT(played, SizeIs(3));
    for (std::int64_t i = 0; i < 3; ++i) {
        EXPECT_EQ(played[static_cast<std::size_t>(i)].id, pair.fake.track_id(i));
        EXPECT_EQ(played[static_cast<std::size_t>(i)].play_count, fake_track(i).play_count);
    }
    pair.server->list_tracks(
        [&](const ServerTrack& track) {
            const bool was_played = track.last_played.has_value();
            EXPECT_EQ(track.play_count, was_played ? std::optional<std::int64_t>(1) : std::nullopt) << "at least";
        },
        kGoOn);
}

TEST(Emby, PlaylistsAreMadeWithoutABodyInBatches) {
    Pair pair("4.8.11.0", Login::key);
    pair.fake.state().tracks = 400;
    const std::string id = pair.server->create_playlist("Mine & yours", pair.ids(0, 250), kGoOn);
    std::vector<std::size_t> batches;
    for (const WebRequest& request : pair.fake.web().requests()) {
        if (request.method != "POST") continue;
        EXPECT_THAT(request.body, IsEmpty());
        const std::string ids = request.value("Ids");
        batches.push_back(static_cast<std::size_t>(std::ranges::count(ids, ',')) + 1);
    }
    EXPECT_THAT(batches, ElementsAre(100, 100, 50));
    EXPECT_EQ(pair.server->playlist_tracks(id, kGoOn), pair.ids(0, 250));
}

TEST(Emby, AnIncompletePlaylistIsAnErrorWithBothCounts) {
    Pair pair("4.9.1.90", Login::key);
    pair.fake.state().tracks = 400;
    const std::string id = pair.server->create_playlist("Mine", pair.ids(1, 2), kGoOn);
    pair.fake.adds_before_failure = 1;
    auto error = error_of([&] { pair.server->replace_playlist({id, "Mine"}, pair.ids(0, 150), kGoOn); });
    ASSERT_TRUE(error);
    EXPECT_THAT(error->what(), HasSubstr("holds 100 of its 150 new tracks"));
    pair.fake.adds_before_failure = -1;
    pair.fake.state().drops_last = true;
    error = error_of([&] { pair.server->create_playlist("New", pair.ids(0, 3), kGoOn); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::server_failed);
    EXPECT_THAT(error->what(), HasSubstr("of 3 tracks, but it holds 2"));
    EXPECT_THAT(pair.server->playlists(kGoOn), SizeIs(1)) << "nothing half-made is left";
}

TEST(Emby, OnlyPlaylistsAreDeleted) {
    const Pair pair("4.9.1.90", Login::key);
    const auto error = error_of([&] { pair.server->delete_playlist(pair.fake.track_id(1), kGoOn); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
}

TEST(SubtitleText, LosesItsTimes) {
    EXPECT_EQ(subtitle_text("[00:00.00]One\r\n[00:02.00][00:09.5] Two \n"), "One\nTwo");
    EXPECT_EQ(subtitle_text("[ar:Anna Bell]\n[ti:Light]\n[offset:+20]\n[00:01]One\n\n[00:02]\n"), "One");
    EXPECT_EQ(subtitle_text("[Chorus]\nla [x:y] la\n[Verse: 2] words"), "[Chorus]\nla [x:y] la\n[Verse: 2] words");
    EXPECT_EQ(subtitle_text(R"({"TrackEvents":[{"StartPositionTicks":1,"Text":"One"},{"Text":"Two"}]})"), "One\nTwo");
    for (const char* odd : {"", "\n\n", "{", "{}", R"({"TrackEvents":7})", "[", "[]", "[:", "[:]"})
        EXPECT_LE(subtitle_text(odd).size(), 3U) << odd;
}

}  // namespace
}  // namespace audiomuse::library::testing
