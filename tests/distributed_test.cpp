// One library, many processes: web instances and workers over PostgreSQL and Redis, as on several machines.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <thread>

#include "audiomuse/base/clock.h"
#include "support/installation.h"
#include "support/temp_folder.h"

namespace audiomuse {
namespace {

using testing_support::Installation;
using testing_support::Process;
using Delivery = Installation::Delivery;

constexpr double kPatience = 240;  // seconds; never reached in a passing test

bool wait_until(const std::function<bool()>& done) {
    const double started = steady_now();
    while (!done()) {
        if (steady_now() - started > kPatience) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return true;
}

class Distributed : public testing::TestWithParam<Delivery> {
protected:
    void SetUp() override {
        if (!testing_support::PostgresServer::installed() || !testing_support::RedisServer::installed())
            GTEST_SKIP() << "needs PostgreSQL and Redis";
        installation = std::make_unique<Installation>(GetParam());
    }

    bool ended(store::Store& store, const JobId& id) { return store::is_final(store.jobs().get(id)->state); }

    std::unique_ptr<Installation> installation;
};

TEST_P(Distributed, AWebInstanceAndThreeWorkersAnalyseALibraryThatOnlyTheWebInstanceCanRead) {
    const Installation::Web web(*installation, AUDIOMUSE_DEMO_LIBRARY);
    const Installation::Web other(*installation, "");
    const auto events = installation->log().parent_path() / "events";
    const Process listener({"/usr/bin/curl", "-sN", other.url() + "/api/events"}, {}, events);
    std::vector<std::unique_ptr<Process>> workers;
    for (int i = 0; i < 3; ++i)
        workers.push_back(installation->worker());

    const auto store = installation->open_store();
    const JobId id = web.start_analysis();
    std::set<std::string> owners;
    ASSERT_TRUE(wait_until([&] {
        for (const store::Job& child : store->jobs().children(id))
            owners.insert(child.owner);
        return ended(*store, id);
    })) << store->jobs().get(id)->details;
    owners.erase("");
    EXPECT_GE(owners.size(), 3U) << "every worker does its part, and the web instance scans";
    const store::Job job = *store->jobs().get(id);
    ASSERT_EQ(job.state, store::JobState::success) << job.details;
    EXPECT_THAT(job.details, testing::HasSubstr(R"("complete":true)"));
    EXPECT_TRUE(store->jobs().unfinished().empty());

    const auto tracks = store->tracks().search({.limit = 10000}).rows;
    EXPECT_GT(tracks.size(), 50U);
    for (const store::TrackRow& track : tracks)
        EXPECT_EQ(store->analyses().times_analysed(track.id), 1) << track.path;

    // Both instances answer alike, and soon.
    const std::string similar = "/api/similar_tracks?n=5&item_id=" + tracks.front().item_id;
    EXPECT_TRUE(wait_until([&] {
        const auto answer = boost::json::parse(other.get(similar));
        return answer.is_array() && answer.as_array().size() == 5;
    }));
    EXPECT_EQ(web.get(similar), other.get(similar));
    EXPECT_THAT(testing_support::contents(events), testing::HasSubstr("event: job"));

    const auto clustering = boost::json::parse(other.post("/api/clustering/start"));
    const JobId lists{std::string(clustering.at("task_id").as_string())};
    ASSERT_TRUE(wait_until([&] { return ended(*store, lists); }));
    EXPECT_EQ(store->jobs().get(lists)->state, store::JobState::success) << store->jobs().get(lists)->details;
    EXPECT_FALSE(store->playlists().list().empty());
    EXPECT_EQ(web.get("/api/lists"), other.get("/api/lists"));

    for (auto& worker : workers)
        EXPECT_EQ(worker->terminate(), 0);
}

TEST_P(Distributed, AWorkerThatIsToldToGoHandsBackItsWork) {
    const Installation::Web web(*installation, AUDIOMUSE_DEMO_LIBRARY);
    auto first = installation->worker();
    const auto store = installation->open_store();
    const JobId id = web.start_analysis();
    const auto analysed = [&] { return store->analyses().coverage({"audiomuse-mini", "1"}).analysed; };
    ASSERT_TRUE(wait_until([&] { return analysed() > 3; }));
    EXPECT_EQ(first->terminate(), 0);
    EXPECT_FALSE(ended(*store, id));
    for (const store::Job& job : store->jobs().unfinished()) {
        EXPECT_EQ(job.owner, "") << job.type;
        EXPECT_EQ(job.attempts, 0) << job.type << ": nobody died";
    }
    const auto second = installation->worker();
    ASSERT_TRUE(wait_until([&] { return ended(*store, id); }));
    EXPECT_EQ(store->jobs().get(id)->state, store::JobState::success);
}

TEST_P(Distributed, CancellingReachesWorkersEverywhere) {
    const Installation::Web web(*installation, AUDIOMUSE_DEMO_LIBRARY);
    const Installation::Web other(*installation, "");
    std::vector<std::unique_ptr<Process>> workers;
    for (int i = 0; i < 2; ++i)
        workers.push_back(installation->worker());
    const auto store = installation->open_store();
    const JobId id = web.start_analysis();
    ASSERT_TRUE(wait_until([&] { return store->analyses().coverage({"audiomuse-mini", "1"}).analysed > 3; }));
    const double asked = steady_now();
    other.post("/api/cancel/" + id.value);
    ASSERT_TRUE(wait_until([&] { return ended(*store, id); }));
    std::printf("cancelled after %.1f s\n", steady_now() - asked);
    EXPECT_EQ(store->jobs().get(id)->state, store::JobState::revoked);
    EXPECT_TRUE(store->jobs().unfinished().empty());
    EXPECT_GT(store->analyses().coverage({"audiomuse-mini", "1"}).analysed, 3);
    web.start_analysis();  // nothing blocks the next one
}

TEST_P(Distributed, ASettingThatIsSavedAtOneInstanceCountsInAllProcesses) {
    const Installation::Web web(*installation, "");
    const Installation::Web other(*installation, "");
    const auto worker = installation->worker();
    const auto logged = [&](const std::string& text) {
        std::ifstream in(installation->log());
        const std::string all((std::istreambuf_iterator<char>(in)), {});
        return all.find(text) != std::string::npos;
    };
    ASSERT_TRUE(wait_until([&] { return logged("at most 1 wanted)"); })) << "the worker is there";
    const double saved_at = steady_now();
    const auto patched =
        testing_support::run({"/usr/bin/curl", "-s", "-X", "PATCH", "-H", "Content-Type: application/json",
                              web.url() + "/api/settings", "-d", R"({"TOP_N_MOODS": 9, "AUDIOMUSE_CPU_SHARE": 30})"},
                             {});
    EXPECT_THAT(patched.output, testing::HasSubstr(R"("previous")"));
    const auto moods_of = [](const Installation::Web& instance) {
        return boost::json::parse(instance.get("/api/config")).at("top_n_moods").to_number<int>();
    };
    EXPECT_EQ(moods_of(web), 9) << "at once";
    EXPECT_TRUE(wait_until([&] { return moods_of(other) == 9; }));
    EXPECT_TRUE(wait_until([&] { return logged("30 % of the time of the cores"); })) << "the worker's new plan";
    EXPECT_LT(steady_now() - saved_at, 14) << "told by an event, sooner than anybody looks";
}

INSTANTIATE_TEST_SUITE_P(Queues, Distributed, testing::Values(Delivery::redis, Delivery::postgres),
                         [](const auto& each) { return each.param == Delivery::redis ? "Redis" : "Postgres"; });

/// nginx in front of both, which asks them in turn.
TEST_P(Distributed, WhoSignsInAtOneWebInstanceIsKnownAtAll) {
    constexpr const char* kNginx = "/usr/sbin/nginx";
    if (!std::filesystem::exists(kNginx)) GTEST_SKIP() << "needs nginx";
    const std::vector<std::string> closed = {"--auth-enabled", "true"};
    Installation::Web one(*installation, "", closed);
    Installation::Web two(*installation, "", closed);
    const testing_support::TempFolder folder;
    const std::string port = std::to_string(testing_support::free_port());
    const auto host = [](const Installation::Web& web) { return web.url().substr(std::string("http://").size()); };
    std::string temporary;
    for (const char* what : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
        temporary += fmt::format("{}_temp_path {}/{};\n", what, folder.path().native(), what);
    std::ofstream(folder / "nginx.conf") << fmt::format(
        "daemon off; pid {0}/pid; events {{}}\n"
        "http {{ access_log off; {1} upstream web {{ server {2}; server {3}; }}\n"
        "server {{ listen 127.0.0.1:{4}; location / {{ proxy_pass http://web; proxy_set_header Host $http_host;\n"
        "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }} }} }}",
        folder.path().native(), temporary, host(one), host(two), port);
    const Process proxy({kNginx, "-c", folder / "nginx.conf", "-e", folder / "errors"}, {}, folder / "log");
    const std::string url = "http://127.0.0.1:" + port;
    const auto status = [&](const std::vector<std::string>& arguments) {
        std::vector<std::string> all = {"/usr/bin/curl",
                                        "-s",
                                        "-o",
                                        "/dev/null",
                                        "-w",
                                        "%{http_code}",
                                        "-H",
                                        "Origin: " + url,
                                        "-H",
                                        "Content-Type: application/json"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return testing_support::run(all).output;
    };
    ASSERT_TRUE(wait_until([&] { return status({url + "/api/health"}) == "200"; }));
    EXPECT_EQ(status({url + "/api/lists"}), "403") << "nobody can sign in yet";
    const std::string jar = folder / "cookies";
    EXPECT_EQ(status({"-c", jar, "-d", R"({"user":"ada","password":"correct horse"})", url + "/api/auth/setup"}),
              "200");
    for (int i = 0; i < 6; ++i) {
        EXPECT_EQ(status({"-b", jar, url + "/api/lists"}), "200") << i;
        EXPECT_EQ(status({url + "/api/lists"}), "401") << i;
    }
    EXPECT_EQ(status({"-d", R"({"user":"eve","password":"correct horse"})", url + "/api/auth/setup"}), "409");
    EXPECT_EQ(status({"-b", jar, "-d", "{}", url + "/logout"}), "200");
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(status({"-b", jar, url + "/api/lists"}), "401") << i;
    EXPECT_EQ(status({"-d", R"({"user":"ada","password":"wrong password"})", one.url() + "/auth"}), "403")
        << "a page of another origin";
}

TEST(Worker, AloneSaysWhatItNeeds) {
    const testing_support::TempFolder folder;
    const auto finished = testing_support::run(
        {testing_support::audiomuse_program(), "worker", "--data", folder.path()}, {{"POSTGRES_HOST", ""}});
    EXPECT_EQ(finished.status, 2);
    EXPECT_THAT(finished.errors, testing::HasSubstr("set POSTGRES_HOST"));
}

TEST(Worker, NamesTheQueuesThereAre) {
    const testing_support::TempFolder folder;
    const auto finished = testing_support::run(
        {testing_support::audiomuse_program(), "worker", "--queues", "high, fast", "--data", folder.path()});
    EXPECT_EQ(finished.status, 2);
    EXPECT_THAT(finished.errors, testing::HasSubstr("queue 'fast'. There are high"));
}

}  // namespace
}  // namespace audiomuse
