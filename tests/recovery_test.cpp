// kill -9 in the middle of an analysis: the next start goes on where it was, and nothing is done twice.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <random>
#include <thread>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/random.h"
#include "audiomuse/store/store.h"
#include "support/process.h"

namespace audiomuse {
namespace {

using testing_support::audiomuse_program;
using testing_support::Process;
using testing_support::TempFolder;

constexpr int kKills = 10;
constexpr int kEarlyKills = 3;
const ModelTag kModel{"audiomuse-mini", "1"};

std::unique_ptr<store::Store> open_store(const std::filesystem::path& data) {
    return store::open_sqlite(data / "audiomuse.db");
}

Process start_server(const std::filesystem::path& data, const std::filesystem::path& log) {
    return Process({audiomuse_program(), "serve", "--data", data, "--music", AUDIOMUSE_DEMO_LIBRARY, "--port", "0",
                    "--host", "127.0.0.1", "--workers", "1", "--model", "mini"},
                   {}, log);
}

std::int64_t analysed(const std::filesystem::path& data) {
    return open_store(data)->analyses().coverage(kModel).analysed;
}

TEST(Recovery, TenKillsLoseAndRepeatNothing) {
    const TempFolder folder;
    const auto data = folder.path() / "data";
    const auto log = folder.path() / "log";
    std::filesystem::create_directories(data);
    store::Job job;
    job.id = new_job_id();
    job.type = "main_analysis";
    job.created_at = unix_now();
    open_store(data)->jobs().create(job);

    const std::uint64_t seed = std::random_device{}();
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    Random random(seed);
    int in_the_middle = 0;
    for (int i = 0; i < kKills; ++i) {
        Process server = start_server(data, log);
        // The first kills hit start-up and scan, the others the analysis, however slow the machine is.
        const std::int64_t before = analysed(data);
        const double started = steady_now();
        while (i >= kEarlyKills && analysed(data) == before && steady_now() - started < 60) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(random.integer(0, 300)));
        ASSERT_TRUE(server.running()) << "the server ended by itself; see " << log;
        server.kill();
        const auto store = open_store(data);
        const store::Coverage coverage = store->analyses().coverage(kModel);
        if (coverage.analysed > before && coverage.pending > 0) ++in_the_middle;
        std::printf("kill %2d: %lld of %lld tracks analysed\n", i + 1, static_cast<long long>(coverage.analysed),
                    static_cast<long long>(coverage.tracks));
    }
    EXPECT_GE(in_the_middle, kKills / 2) << "the kills came too late to mean anything";

    Process server = start_server(data, log);
    const double started = steady_now();
    while (!store::is_final(open_store(data)->jobs().get(job.id)->state)) {
        ASSERT_TRUE(server.running());
        ASSERT_LT(steady_now() - started, 300) << "the job never ends";
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    EXPECT_EQ(server.terminate(), 0);

    const auto store = open_store(data);
    EXPECT_EQ(store->jobs().get(job.id)->state, store::JobState::success) << store->jobs().get(job.id)->details;
    EXPECT_TRUE(store->jobs().unfinished().empty());
    const auto tracks = store->tracks().search({.limit = 10000}).rows;
    EXPECT_FALSE(tracks.empty());
    for (const store::TrackRow& track : tracks) {
        EXPECT_EQ(store->analyses().times_analysed(track.id), 1) << track.path;
    }
    const auto index = store->index_blobs().info("tracks");
    ASSERT_TRUE(index);
    EXPECT_EQ(index->count, static_cast<std::int64_t>(tracks.size()));
}

}  // namespace
}  // namespace audiomuse
