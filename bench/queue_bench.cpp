// How fast the queues deliver: jobs per second through several claimers, and the time from enqueue() to an idle
// claimer. Starts a Redis and a PostgreSQL of its own.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "audiomuse/queue/queue.h"
#include "audiomuse/store/deliveries.h"
#include "support/postgres_server.h"
#include "support/redis_server.h"

namespace audiomuse {
namespace {

using namespace std::chrono_literals;
using queue::Lane;
using queue::Queue;
using Clock = std::chrono::steady_clock;
using MakeQueue = std::function<std::shared_ptr<Queue>()>;

const std::vector<Lane> kBoth = {Lane::high, Lane::normal};
constexpr int kJobs = 20'000;
constexpr int kClaimers = 8;
constexpr int kSamples = 2'000;

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct Throughput {
    double all = 0;    ///< enqueue, claim and finish beside each other, jobs per second
    double drain = 0;  ///< claim and finish of jobs that wait already, jobs per second
};

/// Claims and finishes `jobs` by kClaimers threads of two queues; the seconds it took.
double drain(Queue& one, Queue& two, int jobs, const std::function<void()>& meanwhile) {
    std::atomic<int> done = 0;
    std::vector<std::thread> claimers;
    const auto begin = Clock::now();
    for (int i = 0; i < kClaimers; ++i) {
        claimers.emplace_back([&, &queue = i % 2 == 0 ? one : two] {
            while (done < jobs) {
                const auto claim = queue.claim(kBoth, 20ms);
                if (!claim) continue;
                claim->finish();
                ++done;
            }
        });
    }
    meanwhile();
    for (auto& claimer : claimers)
        claimer.join();
    return seconds_since(begin);
}

Throughput throughput(Queue& one, Queue& two) {
    std::vector<JobId> jobs(kJobs);
    std::ranges::generate(jobs, new_job_id);
    const auto enqueue_all = [&] {
        auto other = std::async(std::launch::async, [&] {
            for (int i = 0; i < kJobs; i += 2)
                two.enqueue(jobs[static_cast<std::size_t>(i)], Lane::normal);
        });
        for (int i = 1; i < kJobs; i += 2)
            one.enqueue(jobs[static_cast<std::size_t>(i)], Lane::normal);
        other.get();
    };
    const double beside = drain(one, two, kJobs, enqueue_all);
    enqueue_all();
    const double after = drain(one, two, kJobs, [] {});
    return {kJobs / beside, kJobs / after};
}

/// Milliseconds from enqueue() by one process to the claim by an idle one of another, sorted.
std::vector<double> latencies(Queue& one, Queue& two) {
    std::vector<double> milliseconds;
    for (int i = 0; i < kSamples; ++i) {
        std::promise<void> claiming;
        auto claimed = std::async(std::launch::async, [&] {
            claiming.set_value();
            const auto claim = two.claim(kBoth, 60s);
            const auto now = Clock::now();
            if (claim) claim->finish();
            return now;
        });
        claiming.get_future().wait();
        std::this_thread::sleep_for(2ms);  // it has looked, and waits
        const auto begin = Clock::now();
        one.enqueue(new_job_id(), Lane::high);
        milliseconds.push_back(std::chrono::duration<double, std::milli>(claimed.get() - begin).count());
    }
    std::ranges::sort(milliseconds);
    return milliseconds;
}

void measure(const char* name, const MakeQueue& make) {
    const auto one = make();
    const auto two = make();
    const Throughput jobs = throughput(*one, *two);
    const std::vector<double> wait = latencies(*one, *two);
    const auto at = [&](double part) { return wait[static_cast<std::size_t>(part * (wait.size() - 1))]; };
    fmt::print("{:<10} {:>9.0f} {:>9.0f}   {:>8.3f} {:>8.3f} {:>8.3f}\n", name, jobs.all, jobs.drain, at(0.5), at(0.99),
               at(1));
}

void measure_redis() {
    if (!testing_support::RedisServer::installed()) {
        fmt::print("redis-server is not installed: the Redis queue is left out.\n");
        return;
    }
    const testing_support::RedisServer server;
    measure("redis", [&] { return std::shared_ptr<Queue>(queue::create_redis({.url = server.url()})); });
}

void measure_stored() {
    if (!testing_support::PostgresServer::installed()) {
        fmt::print("PostgreSQL is not installed: the queue in the store is left out.\n");
        return;
    }
    testing_support::PostgresServer server({{"fsync", "on"}, {"full_page_writes", "on"}});
    const std::string database = server.new_database();
    std::vector<std::unique_ptr<store::Deliveries>> deliveries;  // outlive the queues
    measure("stored", [&] {
        deliveries.push_back(store::open_postgres_deliveries({.url = server.url(database)}));
        return std::shared_ptr<Queue>(queue::create_stored(*deliveries.back()));
    });
}

int run() {
    fmt::print("{} jobs, {} claimers in two queues; {} claims by an idle claimer\n", kJobs, kClaimers, kSamples);
    fmt::print("{:<10} {:>9} {:>9}   {:>8} {:>8} {:>8}\n", "", "jobs/s", "drain/s", "p50 ms", "p99 ms", "most ms");
    std::shared_ptr<Queue> embedded = queue::create_embedded();
    measure("embedded", [&] { return std::shared_ptr<Queue>(embedded); });
    measure_redis();
    measure_stored();
    return 0;
}

}  // namespace
}  // namespace audiomuse

int main() {
    try {
        return audiomuse::run();
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
