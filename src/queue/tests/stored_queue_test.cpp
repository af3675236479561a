#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "audiomuse/base/error.h"
#include "audiomuse/store/deliveries.h"
#include "queue_contract.h"
#include "support/postgres_server.h"

namespace audiomuse::queue {
namespace {

using namespace std::chrono_literals;
using ::testing::UnorderedElementsAre;
using testing_support::PostgresServer;

const std::vector<Lane> kBoth = {Lane::high, Lane::normal};
constexpr auto kNoWait = 0ms;
constexpr auto kLong = 30s;  // never reached in a passing test

PostgresServer& server() {
    return PostgresServer::shared();
}

store::PostgresOptions options_of(const std::string& database) {
    return {.url = server().url(database)};
}

std::string new_database() {
    static const std::string made = [] {
        std::string name = server().new_database();
        store::open_postgres_deliveries(options_of(name));
        return name;
    }();
    return server().new_database(made);
}

/// An empty queue whose claims may outlive it: what it is made of stays until the end of the program.
std::unique_ptr<Queue> create_empty() {
    static std::vector<std::unique_ptr<store::Deliveries>> kept;
    kept.push_back(store::open_postgres_deliveries(options_of(new_database())));
    return create_stored(*kept.back());
}

INSTANTIATE_TEST_SUITE_P(Stored, QueueContract, ::testing::Values(QueueBackend{"stored", create_empty}));

JobId id(const std::string& text) {
    return JobId{text};
}

/// Whether `happened` becomes true; waits for it as long as a hanging test may take.
template <class Happened>
bool eventually(Happened happened) {
    const auto deadline = std::chrono::steady_clock::now() + kLong;
    while (!happened()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

/// A queue as a process of its own has it: with its own connections.
struct Process {
    explicit Process(const std::string& database, const StoredQueueOptions& options = {})
        : deliveries(store::open_postgres_deliveries(options_of(database))),
          queue(create_stored(*deliveries, options)) {}
    Queue* operator->() const { return queue.get(); }
    std::unique_ptr<store::Deliveries> deliveries;
    std::unique_ptr<Queue> queue;
};

class StoredQueue : public ::testing::Test {
protected:
    void SetUp() override {
        if (!PostgresServer::installed()) GTEST_SKIP() << "PostgreSQL is not installed.";
        database_ = new_database();
    }
    std::string database_;
};

TEST_F(StoredQueue, DeliversToAnotherProcess) {
    const Process one(database_);
    const Process two(database_);
    auto claimed = std::async(std::launch::async, [&] { return two->claim(kBoth, kLong); });
    EXPECT_EQ(claimed.wait_for(20ms), std::future_status::timeout);
    one->enqueue(id("a"), Lane::normal);
    const auto claim = claimed.get();
    ASSERT_NE(claim, nullptr);
    EXPECT_EQ(claim->job(), id("a"));
    EXPECT_EQ(one->claim(kBoth, kNoWait), nullptr);
    claim->finish();
}

TEST_F(StoredQueue, AnIdWaitsOnceForAllProcesses) {
    const Process one(database_);
    const Process two(database_);
    one->enqueue(id("a"), Lane::normal);
    two->enqueue(id("a"), Lane::high);
    EXPECT_EQ(two->waiting(Lane::normal), 1u);
    EXPECT_EQ(two->waiting(Lane::high), 0u);
    auto claim = one->claim(kBoth, kNoWait);
    two->enqueue(id("a"), Lane::high);  // held by the other one
    EXPECT_EQ(one->waiting(Lane::high), 1u);
    EXPECT_EQ(two->claim(kBoth, kNoWait), nullptr);
    claim->finish();
    claim = two->claim(kBoth, kNoWait);
    ASSERT_NE(claim, nullptr);
    claim->finish();
    EXPECT_EQ(one->waiting(Lane::high), 0u);
    EXPECT_EQ(one->claim(kBoth, kNoWait), nullptr);
}

TEST_F(StoredQueue, CancelReachesTheHolderInAnotherProcess) {
    const Process one(database_);
    const Process two(database_);
    one->enqueue(id("a"), Lane::normal);
    one->enqueue(id("b"), Lane::normal);
    auto a = two->claim(kBoth, kNoWait);
    const auto b = two->claim(kBoth, kNoWait);
    one->cancel(id("a"));
    const auto token = a->cancel_token();
    EXPECT_TRUE(eventually([&] { return token.cancelled(); }));
    EXPECT_FALSE(b->cancel_token().cancelled());
    a.reset();
    const auto again = one->claim(kBoth, kNoWait);
    ASSERT_NE(again, nullptr);
    EXPECT_FALSE(again->cancel_token().cancelled());
}

TEST_F(StoredQueue, ACancelWhoseMessageIsLostIsFoundAtTheNextRenewal) {
    const Process queue(database_, {.lease = 400ms});
    queue->enqueue(id("a"), Lane::normal);
    const auto claim = queue->claim(kBoth, kNoWait);
    server().run("UPDATE deliveries SET cancelled = 1", database_);
    const auto token = claim->cancel_token();
    EXPECT_TRUE(eventually([&] {
        claim->renew();
        return token.cancelled();
    }));
}

TEST_F(StoredQueue, EventsReachEveryProcessOnceWhateverTheyHold) {
    const Process one(database_);
    const Process two(database_);
    std::mutex mutex;
    std::vector<std::string> first;
    std::vector<std::string> second;
    const auto at_one = one->subscribe([&](const Event& event) {
        std::lock_guard lock(mutex);
        first.push_back(event.topic + event.data);
    });
    const auto at_two = two->subscribe([&](const Event& event) {
        std::lock_guard lock(mutex);
        second.push_back(event.topic + event.data);
    });
    const std::string odd("\0\xFF\n", 3);
    const std::string just_fits(7800, 'x');
    const std::string large(500'000, 'y');
    one->publish({"job", "1\n{}"});
    one->publish({"index", ""});
    one->publish({"job", odd});
    one->publish({"job", just_fits});
    one->publish({"job", large});
    one->publish({"job", std::string(5000, '\xFF')});  // three times as long on its way
    two->publish({"library", "3"});
    const auto both_have = [&](std::size_t count) {
        std::lock_guard lock(mutex);
        return first.size() >= count && second.size() >= count;
    };
    EXPECT_TRUE(eventually([&] { return both_have(7); }));
    std::this_thread::sleep_for(50ms);  // nothing comes twice
    std::lock_guard lock(mutex);
    EXPECT_EQ(first.size(), 7u);
    EXPECT_EQ(second.size(), 7u);
    std::erase(second, "library3");
    // Compared one by one: they are too long to be printed.
    const std::vector<std::string> sent = {"job1\n{}",        "index",       "job" + odd,
                                           "job" + just_fits, "job" + large, "job" + std::string(5000, '\xFF')};
    ASSERT_EQ(second.size(), sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i)
        EXPECT_TRUE(second[i] == sent[i]) << i << ": " << second[i].size() << " bytes";
}

TEST_F(StoredQueue, TheIdOfADeadWorkerIsTakenOver) {
    const StoredQueueOptions short_lease{.lease = 200ms};
    const Process one(database_, short_lease);
    const Process two(database_, short_lease);
    one->enqueue(id("a"), Lane::high);
    auto lost = one->claim(kBoth, kNoWait);
    const auto taken = two->claim(kBoth, kLong);  // the first claim is never renewed
    ASSERT_NE(taken, nullptr);
    EXPECT_EQ(taken->job(), id("a"));
    const auto token = lost->cancel_token();
    EXPECT_TRUE(eventually([&] { return token.cancelled(); }));
    lost->finish();  // too late: the id belongs to the other one
    lost.reset();
    EXPECT_EQ(one->claim({Lane::normal}, kNoWait), nullptr);
    EXPECT_EQ(taken->job(), id("a"));
    taken->finish();
    EXPECT_EQ(one->claim(kBoth, 300ms), nullptr);
}

TEST_F(StoredQueue, ARenewedClaimIsKept) {
    const StoredQueueOptions short_lease{.lease = 300ms};
    const Process one(database_, short_lease);
    const Process two(database_, short_lease);
    one->enqueue(id("a"), Lane::high);
    const auto claim = one->claim(kBoth, kNoWait);
    auto other = std::async(std::launch::async, [&] { return two->claim(kBoth, 1200ms); });
    while (other.wait_for(20ms) == std::future_status::timeout)
        claim->renew();
    EXPECT_EQ(other.get(), nullptr);
    EXPECT_FALSE(claim->cancel_token().cancelled());
}

TEST_F(StoredQueue, AnIdAskedForAgainWhileItsWorkerDiesIsDeliveredOnce) {
    const Process queue(database_, {.lease = 200ms});
    queue->enqueue(id("a"), Lane::high);
    const auto dead = queue->claim(kBoth, kNoWait);
    queue->enqueue(id("a"), Lane::normal);
    auto claim = queue->claim(kBoth, kLong);
    ASSERT_NE(claim, nullptr);
    claim->finish();
    EXPECT_EQ(queue->claim(kBoth, 500ms), nullptr);
}

TEST_F(StoredQueue, ClaimersSurviveARestartOfTheServer) {
    const Process one(database_);
    const Process two(database_);
    std::vector<std::future<std::string>> claimers;
    for (int i = 0; i < 4; ++i) {
        claimers.push_back(std::async(std::launch::async, [&, i] {
            const auto claim = (i % 2 == 0 ? one : two)->claim(kBoth, kLong);
            if (!claim) return std::string("nothing");
            claim->finish();
            return claim->job().value;
        }));
    }
    EXPECT_EQ(claimers.front().wait_for(50ms), std::future_status::timeout);
    server().restart();
    for (const char* job : {"1", "2", "3", "4"})
        two->enqueue(id(job), Lane::high);
    std::multiset<std::string> jobs;
    for (auto& claimer : claimers)
        jobs.insert(claimer.get());
    EXPECT_THAT(jobs, UnorderedElementsAre("1", "2", "3", "4"));
    // Events and cancels are heard again, too.
    std::atomic<int> heard = 0;
    const auto subscription = two->subscribe([&](const Event&) { ++heard; });
    EXPECT_TRUE(eventually([&] {
        one->publish({"job", "{}"});
        return heard > 0;
    }));
}

TEST_F(StoredQueue, WhatWaitsAndWhatIsHeldOutlivesARestart) {
    const Process one(database_, {.lease = 2s});
    const Process two(database_, {.lease = 2s});
    one->enqueue(id("a"), Lane::normal);
    one->enqueue(id("b"), Lane::normal);
    const auto a = one->claim(kBoth, kNoWait);
    server().restart();
    const auto b = two->claim(kBoth, kLong);
    ASSERT_NE(b, nullptr);
    EXPECT_EQ(b->job(), id("b"));
    auto other = std::async(std::launch::async, [&] { return two->claim(kBoth, 3s); });
    while (other.wait_for(50ms) == std::future_status::timeout) {
        a->renew();
        b->renew();
    }
    EXPECT_EQ(other.get(), nullptr);
    EXPECT_FALSE(a->cancel_token().cancelled());
    EXPECT_FALSE(b->cancel_token().cancelled());
}

TEST_F(StoredQueue, AnEndThatTheServerDidNotHearIsToldLater) {
    const Process queue(database_, {.lease = 4s});
    queue->enqueue(id("a"), Lane::normal);
    queue->enqueue(id("b"), Lane::normal);
    const auto a = queue->claim(kBoth, kNoWait);
    auto b = queue->claim(kBoth, kNoWait);
    server().stop();
    a->finish();
    b.reset();
    server().start();
    const auto again = queue->claim(kBoth, kLong);
    ASSERT_NE(again, nullptr);
    EXPECT_EQ(again->job(), id("b"));
    EXPECT_EQ(queue->claim(kBoth, kNoWait), nullptr);
}

TEST_F(StoredQueue, EnqueueTriesForAWhileAndThenSaysSo) {
    const Process queue(database_, {.patience = 300ms});
    server().stop();
    try {
        queue->enqueue(id("a"), Lane::normal);
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::unavailable);
    }
    EXPECT_THROW(create_stored(*queue.deliveries, {.patience = 20ms}), Error);
    EXPECT_EQ(queue->claim(kBoth, 20ms), nullptr);
    EXPECT_NO_THROW(queue->cancel(id("a")));
    int heard = 0;
    const auto subscription = queue->subscribe([&](const Event&) { ++heard; });
    queue->publish({"job", "{}"});
    EXPECT_EQ(heard, 1);
    server().start();
}

TEST_F(StoredQueue, EnqueueWaitsForARestart) {
    const Process queue(database_, {.patience = kLong});
    server().stop();
    auto enqueued = std::async(std::launch::async, [&] { queue->enqueue(id("a"), Lane::normal); });
    EXPECT_EQ(enqueued.wait_for(50ms), std::future_status::timeout);
    server().start();
    enqueued.get();
    EXPECT_NE(queue->claim(kBoth, kLong), nullptr);
}

TEST_F(StoredQueue, CloseWakesClaimersWhileTheServerIsAway) {
    const Process queue(database_);
    auto claimed = std::async(std::launch::async, [&] { return queue->claim(kBoth, 1h); });
    server().stop();
    EXPECT_EQ(claimed.wait_for(100ms), std::future_status::timeout);
    queue->close();
    EXPECT_EQ(claimed.get(), nullptr);
    server().start();
}

TEST_F(StoredQueue, ManyThreadsGetEveryIdOnce) {
    constexpr int kJobs = 4'000;
    constexpr int kThreads = 20;
    const Process one(database_);
    const Process two(database_);
    std::vector<std::atomic<int>> times(kJobs);
    std::atomic<int> done = 0;
    std::atomic<int> next = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        Queue& queue = t % 2 == 0 ? *one.queue : *two.queue;
        threads.emplace_back([&, t] {
            if (t < kThreads / 2) {
                for (int job = next++; job < kJobs; job = next++)
                    queue.enqueue(id(std::to_string(job)), job % 5 == 0 ? Lane::high : Lane::normal);
            }
            while (auto claim = queue.claim(kBoth, kLong)) {
                ++times[static_cast<std::size_t>(std::stoi(claim->job().value))];
                claim->finish();
                if (++done == kJobs) {
                    one->close();
                    two->close();
                }
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(done, kJobs);
    EXPECT_TRUE(std::ranges::all_of(times, [](const auto& count) { return count == 1; }));
    EXPECT_EQ(one->waiting(Lane::high) + one->waiting(Lane::normal), 0u);
}

}  // namespace
}  // namespace audiomuse::queue
