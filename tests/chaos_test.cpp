// Workers, Redis and PostgreSQL are killed and restarted at random during analyses. At the end every track was analysed
// exactly once, every job has ended, and nothing blocks a new one.
//
// AUDIOMUSE_CHAOS_KILLS   how many kills, in as many analyses as that takes (40)
// AUDIOMUSE_CHAOS_SEED    the seed of an earlier run, to repeat it as far as timing allows
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/random.h"
#include "support/installation.h"

namespace audiomuse {
namespace {

using testing_support::Installation;
using testing_support::Process;
using testing_support::TempFolder;

constexpr int kTracks = 520;
constexpr int kTracksPerFolder = 13;
constexpr std::size_t kWorkers = 3;
constexpr double kPatience = 300;  // seconds for an analysis to end after the last kill
const ModelTag kModel{"audiomuse-mini", "1"};

std::uint64_t number_or(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// A few seconds of a chord in noise, other for each number: mono, 16 bit, 16 kHz.
void write_track(const std::filesystem::path& file, int number) {
    constexpr int kRate = 16000;
    constexpr int kSamples = 4 * kRate;
    Random random(static_cast<std::uint64_t>(number));
    std::string bytes;
    const auto put = [&](std::uint32_t value, int size) {
        for (int i = 0; i < size; ++i)
            bytes += static_cast<char>(value >> (8 * i) & 0xFFU);
    };
    bytes += "RIFF";
    put(36 + 2 * kSamples, 4);
    bytes += "WAVEfmt ";
    put(16, 4);
    put(1, 2);
    put(1, 2);
    put(kRate, 4);
    put(2 * kRate, 4);
    put(2, 2);
    put(16, 2);
    bytes += "data";
    put(2 * kSamples, 4);
    const double pitch = random.uniform(100, 800);
    const double beat = random.uniform(1, 3);
    for (int i = 0; i < kSamples; ++i) {
        const double t = static_cast<double>(i) / kRate;
        const double tone = std::sin(6.2832 * pitch * t) + std::sin(6.2832 * 1.5 * pitch * t);
        const double value = std::exp(-3 * std::fmod(t * beat, 1.0)) * tone + 0.1 * random.normal();
        put(static_cast<std::uint16_t>(static_cast<std::int16_t>(9000 * std::clamp(value, -3.0, 3.0))), 2);
    }
    std::ofstream(file, std::ios::binary) << bytes;
}

void write_library(const std::filesystem::path& folder) {
    for (int i = 0; i < kTracks; ++i) {
        const auto album = folder / ("Album " + std::to_string(i / kTracksPerFolder));
        std::filesystem::create_directories(album);
        write_track(album / ("Track " + std::to_string(i) + ".wav"), i);
    }
}

/// Asks something of a store whose server may be gone for a moment.
template <class Ask>
auto patiently(Ask ask) -> std::invoke_result_t<Ask> {
    for (const double started = steady_now();;) {
        try {
            return ask();
        } catch (const Error& error) {
            if (steady_now() - started > 60) throw;
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
        }
    }
}

/// Does harm at random to an installation that is at work.
class Chaos {
public:
    Chaos(Installation& installation, std::uint64_t seed) : installation_(installation), random_(seed) {
        for (std::size_t i = 0; i < kWorkers; ++i)
            workers_.push_back(installation_.worker());
    }

    int kills() const { return worker_kills + redis_kills + postgres_restarts; }

    void strike() {
        const double dice = random_.uniform();
        if (dice < 0.8) {
            const auto victim = static_cast<std::size_t>(random_.integer(0, kWorkers - 1));
            workers_[victim]->kill();
            workers_[victim] = installation_.worker();
            ++worker_kills;
        } else if (dice < 0.95) {
            installation_.redis().kill();  // with everything it held
            std::this_thread::sleep_for(std::chrono::milliseconds(random_.integer(0, 1500)));
            installation_.redis().start();
            ++redis_kills;
        } else {
            installation_.postgres().restart();
            ++postgres_restarts;
        }
        for (auto& worker : workers_) {
            if (worker->running()) continue;
            ++deaths;  // a worker must outlive whatever happens to the services
            worker = installation_.worker();
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(random_.integer(300, 2500)));
    }

    int worker_kills = 0;
    int redis_kills = 0;
    int postgres_restarts = 0;
    int deaths = 0;

private:
    Installation& installation_;
    Random random_;
    std::vector<std::unique_ptr<Process>> workers_;
};

void expect_all_done(store::Store& store, const JobId& id) {
    const store::Job job = *store.jobs().get(id);
    EXPECT_EQ(job.state, store::JobState::success) << job.details;
    EXPECT_THAT(job.details, testing::HasSubstr(R"("complete":true)")) << job.details;
    EXPECT_TRUE(store.jobs().unfinished().empty());
    const auto tracks = store.tracks().search({.limit = 10000}).rows;
    EXPECT_EQ(tracks.size(), static_cast<std::size_t>(kTracks));
    for (const store::TrackRow& track : tracks)
        EXPECT_EQ(store.analyses().times_analysed(track.id), 1) << track.path;
    EXPECT_EQ(store.analyses().failures(0, 10).total, 0);
}

/// One analysis of the whole library, struck until it ends or `kills` are used up.
void analyse_under_fire(Installation& installation, const Installation::Web& web, Chaos& chaos, int kills) {
    const auto store = installation.open_store();
    const JobId id = web.start_analysis();
    const auto ended = [&] { return patiently([&] { return store::is_final(store->jobs().get(id)->state); }); };
    while (!ended() && chaos.kills() < kills)
        chaos.strike();
    const double last_kill = steady_now();
    while (!ended() && steady_now() - last_kill < kPatience)
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    const auto coverage = store->analyses().coverage(kModel);
    std::printf(
        "%d kills (%d of workers, %d of Redis, %d restarts of PostgreSQL): %lld of %lld tracks, ended %.0f s later\n",
        chaos.kills(), chaos.worker_kills, chaos.redis_kills, chaos.postgres_restarts,
        static_cast<long long>(coverage.analysed), static_cast<long long>(coverage.tracks), steady_now() - last_kill);
    std::fflush(stdout);
    ASSERT_TRUE(ended()) << store->jobs().get(id)->details;
    expect_all_done(*store, id);

    // Nothing blocks the next one, which finds everything known.
    const JobId next = web.start_analysis();
    const double started = steady_now();
    while (!store::is_final(store->jobs().get(next)->state) && steady_now() - started < kPatience)
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_EQ(store->jobs().get(next)->state, store::JobState::success) << store->jobs().get(next)->details;
    expect_all_done(*store, next);
}

TEST(Chaos, EveryTrackIsAnalysedOnceWhateverDies) {
    if (!testing_support::PostgresServer::installed() || !testing_support::RedisServer::installed())
        GTEST_SKIP() << "needs PostgreSQL and Redis";
    const std::uint64_t seed = number_or("AUDIOMUSE_CHAOS_SEED", std::random_device{}());
    const auto kills = static_cast<int>(number_or("AUDIOMUSE_CHAOS_KILLS", 40));
    std::printf("seed %llu, %d kills\n", static_cast<unsigned long long>(seed), kills);
    std::fflush(stdout);
    const TempFolder music;
    write_library(music.path());
    int done = 0;
    for (std::uint64_t round = 0; done < kills; ++round) {
        Installation installation(Installation::Delivery::redis);
        const Installation::Web web(installation, music.path());
        Chaos chaos(installation, seed + round);
        analyse_under_fire(installation, web, chaos, kills - done);
        if (HasFatalFailure()) return;
        EXPECT_EQ(chaos.deaths, 0) << "workers that ended by themselves";
        EXPECT_GT(chaos.kills(), 0);
        done += chaos.kills();
    }
}

}  // namespace
}  // namespace audiomuse
