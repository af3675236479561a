// The program with the music of real media servers: supysonic and MPD.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "audiomuse/library/media_server.h"
#include "audiomuse/store/store.h"
#include "support/mpd_server.h"
#include "support/process.h"
#include "support/supysonic_server.h"
#include "support/temp_folder.h"

namespace audiomuse {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing_support::audiomuse_program;
using testing_support::Finished;
using testing_support::MpdServer;
using testing_support::SupysonicServer;
using testing_support::TempFolder;

const CancelToken kGoOn;

class MediaServerProgram : public testing::Test {
protected:
    static void SetUpTestSuite() {
        if (!SupysonicServer::installed()) return;
        server_ = new SupysonicServer(std::map<std::string, fs::path>{{"Demo", AUDIOMUSE_DEMO_LIBRARY}});
    }
    static void TearDownTestSuite() {
        delete server_;
        server_ = nullptr;
    }
    void SetUp() override {
        if (server_ == nullptr) GTEST_SKIP() << "supysonic is not installed";
    }

    std::map<std::string, std::string> environment() const {
        return {{"MEDIASERVER_TYPE", "navidrome"},
                {"NAVIDROME_URL", server_->url()},
                {"NAVIDROME_USER", SupysonicServer::admin().name},
                {"NAVIDROME_PASSWORD", SupysonicServer::admin().password},
                {"NAVIDROME_PLAIN_PASSWORD", "true"},
                {"AUDIOMUSE_DATA", (data_.path() / "data").string()},
                {"MODEL", "mini"}};
    }
    Finished run(std::vector<std::string> words, std::map<std::string, std::string> changed = {}) const {
        words.insert(words.begin(), audiomuse_program().string());
        changed.merge(environment());
        return testing_support::run(words, changed);
    }
    /// The server as another program sees it.
    static std::unique_ptr<library::MediaServer> client_of(const SupysonicServer::User& user) {
        library::ServerAccount account;
        account.kind = library::ServerKind::navidrome;
        account.url = server_->url();
        account.user = user.name;
        account.password = user.password;
        account.allow_plain_password = true;
        return library::create_media_server(account);
    }

    static inline SupysonicServer* server_ = nullptr;
    const TempFolder data_;
};

TEST_F(MediaServerProgram, AnalysesAServerAndLeavesPlaylistsThere) {
    const auto client = client_of(SupysonicServer::admin());
    const std::int64_t tracks = client->probe(kGoOn).tracks;
    ASSERT_GT(tracks, 20);

    const Finished scan = run({"scan", "--json"});
    ASSERT_EQ(scan.status, 0) << scan.errors;
    EXPECT_EQ(json::parse(scan.output).at("analysed"), tracks);
    EXPECT_THAT(scan.errors, Not(HasSubstr(SupysonicServer::admin().password)));

    const Finished cluster = run({"cluster"});
    ASSERT_EQ(cluster.status, 0) << cluster.errors;
    const auto lists = client->playlists(kGoOn);
    ASSERT_THAT(lists, Not(testing::IsEmpty()));
    std::set<std::string> known;
    client->list_tracks([&](const library::ServerTrack& track) { known.insert(track.id); }, kGoOn);
    for (const library::ServerPlaylist& list : lists) {
        EXPECT_THAT(list.name, testing::EndsWith("_automatic"));
        const auto ids = client->playlist_tracks(list.id, kGoOn);
        EXPECT_THAT(ids, SizeIs(static_cast<std::size_t>(list.tracks)));
        EXPECT_TRUE(std::ranges::all_of(ids, [&](const std::string& id) { return known.contains(id); }));
    }

    // Again: nothing is listened to, and the lists stay where clients know them.
    const Finished again = run({"scan", "--json"});
    EXPECT_EQ(json::parse(again.output).at("known"), tracks);
    ASSERT_EQ(run({"cluster"}).status, 0);
    const auto kept = client->playlists(kGoOn);
    ASSERT_EQ(kept.size(), lists.size());
    for (std::size_t i = 0; i < lists.size(); ++i)
        EXPECT_EQ(kept[i].id, lists[i].id);
}

TEST_F(MediaServerProgram, WhatIsAUsersGoesToTheirOwnAccount) {
    ASSERT_EQ(run({"scan"}).status, 0);
    {
        const auto store = store::open_sqlite(data_.path() / "data" / "audiomuse.db");
        const auto servers = store->servers().all();
        const auto server = std::ranges::find_if(servers, [](const auto& row) { return row.type == "navidrome"; });
        ASSERT_NE(server, servers.end());
        store->users().add_first("ada", "");
        const UserId bo = store->users().add("bo", "", store::Role::listener);
        const SupysonicServer::User there = SupysonicServer::listener();
        store->servers().link({bo, server->id, there.name, there.password, ""});
        const auto rows = store->tracks().search({.text = "", .limit = 2}).rows;
        ASSERT_THAT(rows, SizeIs(2));
        for (const UserId owner : {UserId{}, bo}) {
            const RadioId radio =
                store->radios().add({.id = {}, .name = owner ? "Of bo" : "Of all", .enabled = false, .owner = owner});
            store->radios().publish(radio, std::vector{rows[0].id, rows[1].id});
        }
    }
    const Finished cluster = run({"cluster"});
    ASSERT_EQ(cluster.status, 0) << cluster.errors;
    const auto has = [](const SupysonicServer::User& user, std::string_view name) {
        const auto lists = client_of(user)->playlists(kGoOn);
        return std::ranges::find(lists, name, &library::ServerPlaylist::name) != lists.end();
    };
    EXPECT_TRUE(has(SupysonicServer::listener(), "Of bo_radio"));
    EXPECT_FALSE(has(SupysonicServer::listener(), "Of all_radio"));
    EXPECT_TRUE(has(SupysonicServer::admin(), "Of all_radio"));
    EXPECT_FALSE(has(SupysonicServer::admin(), "Of bo_radio"));
}

TEST_F(MediaServerProgram, WrongSettingsHaveTheirSentence) {
    const auto error_with = [&](const std::map<std::string, std::string>& changed) {
        const TempFolder other;
        auto all = changed;
        all["AUDIOMUSE_DATA"] = other.path().string();
        const Finished finished = run({"scan"}, all);
        EXPECT_NE(finished.status, 0);
        return finished.errors;
    };
    EXPECT_THAT(error_with({{"NAVIDROME_URL", "nas:4533"}}), HasSubstr("must begin with http://"));
    EXPECT_THAT(error_with({{"NAVIDROME_URL", "http://127.0.0.1:1"}}), HasSubstr("can't be reached"));
    EXPECT_THAT(error_with({{"NAVIDROME_URL", server_->url() + "/music"}}), Not(HasSubstr("can't be reached")));
    EXPECT_THAT(error_with({{"NAVIDROME_PASSWORD", "wrong"}}), HasSubstr("refuses"));
    EXPECT_THAT(error_with({{"MUSIC_LIBRARIES", "Jazz"}}), HasSubstr("\"Jazz\""));
    EXPECT_THAT(error_with({{"NAVIDROME_USER", ""}}), HasSubstr("NAVIDROME_USER must be set"));
}

TEST(MpdProgram, AnalysesItsFilesAndLeavesPlaylistsThere) {
    if (!MpdServer::installed()) GTEST_SKIP() << "MPD is not installed";
    const MpdServer server(std::map<std::string, fs::path>{{"Demo", AUDIOMUSE_DEMO_LIBRARY}}, {.password = "s3cret"});
    const TempFolder data;
    const std::string url = server.url();
    const std::map<std::string, std::string> environment = {{"MEDIASERVER_TYPE", "mpd"},
                                                            {"MPD_HOST", "127.0.0.1"},
                                                            {"MPD_PORT", url.substr(url.rfind(':') + 1)},
                                                            {"MPD_PASSWORD", "s3cret"},
                                                            {"MPD_MUSIC_DIRECTORY", server.music_folder().string()},
                                                            {"AUDIOMUSE_DATA", (data.path() / "data").string()},
                                                            {"MODEL", "mini"}};
    const std::string program = audiomuse_program().string();
    const Finished scan = testing_support::run({program, "scan", "--json"}, environment);
    ASSERT_EQ(scan.status, 0) << scan.errors;
    EXPECT_GT(json::parse(scan.output).at("analysed").to_number<int>(), 20);
    EXPECT_THAT(scan.errors, Not(HasSubstr("s3cret")));
    const Finished cluster = testing_support::run({program, "cluster"}, environment);
    ASSERT_EQ(cluster.status, 0) << cluster.errors;
    EXPECT_THAT(server.ask("listplaylists"), testing::Contains(HasSubstr("_automatic")));
}

}  // namespace
}  // namespace audiomuse
