#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "audiomuse/base/error.h"
#include "audiomuse/wrap/redis/connection.h"
#include "queue_contract.h"
#include "support/redis_server.h"

namespace audiomuse::queue {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing_support::RedisServer;

const std::vector<Lane> kBoth = {Lane::high, Lane::normal};
constexpr auto kNoWait = 0ms;
constexpr auto kLong = 30s;  // never reached in a passing test

/// The server of all tests that leave it alone.
class SharedServer : public ::testing::Environment {
public:
    void SetUp() override {
        if (!RedisServer::installed()) GTEST_SKIP() << "redis-server is not installed";
        server = std::make_unique<RedisServer>();
    }
    void TearDown() override { server.reset(); }
    static inline std::unique_ptr<RedisServer> server;
};

const auto* const kEnvironment = ::testing::AddGlobalTestEnvironment(new SharedServer);

/// Options for a queue of which nobody else knows.
RedisQueueOptions options(const RedisServer& server = *SharedServer::server) {
    static std::atomic<int> count = 0;
    return {.url = server.url(), .prefix = "test:{" + std::to_string(++count) + "}"};
}

INSTANTIATE_TEST_SUITE_P(Redis, QueueContract,
                         ::testing::Values(QueueBackend{"redis", [] { return create_redis(options()); }}));

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

class RedisQueue : public ::testing::Test {
protected:
    void SetUp() override {
        if (!RedisServer::installed()) GTEST_SKIP() << "redis-server is not installed";
    }
};

TEST_F(RedisQueue, DeliversToAnotherProcess) {
    const auto shared = options();
    const auto one = create_redis(shared);
    const auto two = create_redis(shared);
    auto claimed = std::async(std::launch::async, [&] { return two->claim(kBoth, kLong); });
    EXPECT_EQ(claimed.wait_for(20ms), std::future_status::timeout);
    one->enqueue(id("a"), Lane::normal);
    const auto claim = claimed.get();
    ASSERT_NE(claim, nullptr);
    EXPECT_EQ(claim->job(), id("a"));
    EXPECT_EQ(one->claim(kBoth, kNoWait), nullptr);
    claim->finish();
}

TEST_F(RedisQueue, AnIdWaitsOnceForAllProcesses) {
    const auto shared = options();
    const auto one = create_redis(shared);
    const auto two = create_redis(shared);
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

TEST_F(RedisQueue, InstallationsDoNotMeet) {
    const auto one = create_redis(options());
    const auto two = create_redis(options());
    int heard = 0;
    const auto subscription = two->subscribe([&](const Event&) { ++heard; });
    one->enqueue(id("a"), Lane::normal);
    one->publish({"job", "{}"});
    EXPECT_EQ(two->claim(kBoth, 50ms), nullptr);
    EXPECT_EQ(heard, 0);
}

TEST_F(RedisQueue, CancelReachesTheHolderInAnotherProcess) {
    const auto shared = options();
    const auto one = create_redis(shared);
    const auto two = create_redis(shared);
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

TEST_F(RedisQueue, ACancelWhoseMessageIsLostIsFoundAtTheNextRenewal) {
    auto shared = options();
    shared.lease = 400ms;
    const auto queue = create_redis(shared);
    queue->enqueue(id("a"), Lane::normal);
    const auto claim = queue->claim(kBoth, kNoWait);
    // What the cancel of a process leaves when its message reaches nobody.
    wrap::redis::Connection connection(wrap::redis::parse_url(shared.url));
    std::string held = connection.run({"HGET", shared.prefix + ":held", "a"}).text;
    held.back() = '1';
    connection.run({"HSET", shared.prefix + ":held", "a", held});
    const auto token = claim->cancel_token();
    EXPECT_TRUE(eventually([&] {
        claim->renew();
        return token.cancelled();
    }));
}

TEST_F(RedisQueue, EventsReachEveryProcessOnce) {
    const auto shared = options();
    const auto one = create_redis(shared);
    const auto two = create_redis(shared);
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
    one->publish({"job", "1\n{}"});
    one->publish({"index", ""});
    two->publish({"library", "3"});
    const auto both_have = [&](std::size_t count) {
        std::lock_guard lock(mutex);
        return first.size() >= count && second.size() >= count;
    };
    EXPECT_TRUE(eventually([&] { return both_have(3); }));
    std::this_thread::sleep_for(50ms);  // nothing comes twice
    EXPECT_THAT(first, ElementsAre("job1\n{}", "index", "library3"));
    EXPECT_THAT(second, ::testing::UnorderedElementsAre("job1\n{}", "index", "library3"));
}

TEST_F(RedisQueue, TheIdOfADeadWorkerIsTakenOver) {
    auto shared = options();
    shared.lease = 200ms;
    const auto one = create_redis(shared);
    const auto two = create_redis(shared);
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
    const auto connection = std::make_unique<wrap::redis::Connection>(wrap::redis::parse_url(shared.url));
    EXPECT_EQ(connection->run({"HLEN", shared.prefix + ":held"}).integer, 1);
    taken->finish();
    EXPECT_EQ(connection->run({"HLEN", shared.prefix + ":held"}).integer, 0);
    EXPECT_EQ(connection->run({"XLEN", shared.prefix + ":high"}).integer, 0);
}

TEST_F(RedisQueue, ARenewedClaimIsKept) {
    auto shared = options();
    shared.lease = 300ms;
    const auto one = create_redis(shared);
    const auto two = create_redis(shared);
    one->enqueue(id("a"), Lane::high);
    const auto claim = one->claim(kBoth, kNoWait);
    auto other = std::async(std::launch::async, [&] { return two->claim(kBoth, 1200ms); });
    while (other.wait_for(20ms) == std::future_status::timeout)
        claim->renew();
    EXPECT_EQ(other.get(), nullptr);
    EXPECT_FALSE(claim->cancel_token().cancelled());
}

TEST_F(RedisQueue, AnIdAskedForAgainWhileItsWorkerDiesIsDeliveredOnce) {
    auto shared = options();
    shared.lease = 200ms;
    const auto queue = create_redis(shared);
    queue->enqueue(id("a"), Lane::high);
    const auto dead = queue->claim(kBoth, kNoWait);
    queue->enqueue(id("a"), Lane::normal);
    auto claim = queue->claim(kBoth, kLong);
    ASSERT_NE(claim, nullptr);
    claim->finish();
    EXPECT_EQ(queue->claim(kBoth, 500ms), nullptr);
}

TEST_F(RedisQueue, DeadProcessesAreForgotten) {
    auto shared = options();
    shared.lease = 40ms;
    const auto queue = create_redis(shared);
    wrap::redis::Connection connection(wrap::redis::parse_url(shared.url));
    queue->enqueue(id("first"), Lane::high);
    queue->claim(kBoth, kNoWait)->finish();  // makes the group
    // What a killed process leaves: an entry that it holds, under its name.
    queue->enqueue(id("a"), Lane::high);
    connection.run({"XREADGROUP", "GROUP", "workers", "killed", "STREAMS", shared.prefix + ":high", ">"});
    const auto names = [&] {
        std::set<std::string> names;
        for (const auto& consumer : connection.run({"XINFO", "CONSUMERS", shared.prefix + ":high", "workers"}).list)
            names.insert(consumer.list[1].text);
        return names;
    };
    EXPECT_THAT(names(), ::testing::Contains("killed"));
    const auto claim = queue->claim(kBoth, kLong);
    ASSERT_NE(claim, nullptr);
    EXPECT_TRUE(eventually([&] {
        claim->renew();
        return !names().contains("killed");
    }));
}

TEST_F(RedisQueue, ClaimersSurviveAnEmptyRestart) {
    RedisServer server;
    const auto shared = options(server);
    const auto one = create_redis(shared);
    const auto two = create_redis(shared);
    std::vector<std::future<std::string>> claimers;
    for (int i = 0; i < 4; ++i) {
        claimers.push_back(std::async(std::launch::async, [&, i] {
            const auto claim = (i % 2 == 0 ? one : two)->claim(kBoth, kLong);
            if (!claim) return std::string("nothing");
            claim->finish();
            return claim->job().value;
        }));
    }
    one->enqueue(id("before"), Lane::normal);
    EXPECT_TRUE(eventually([&] {
        return std::ranges::any_of(claimers, [](auto& each) { return each.wait_for(0s) == std::future_status::ready; });
    }));
    server.kill();
    std::this_thread::sleep_for(100ms);
    server.start();
    for (const char* job : {"1", "2", "3"})
        two->enqueue(id(job), Lane::high);
    std::multiset<std::string> jobs;
    for (auto& claimer : claimers)
        jobs.insert(claimer.get());
    EXPECT_THAT(jobs, ::testing::UnorderedElementsAre("before", "1", "2", "3"));
    // Events and cancels are heard again, too.
    std::atomic<int> heard = 0;
    const auto subscription = two->subscribe([&](const Event&) { ++heard; });
    EXPECT_TRUE(eventually([&] {
        one->publish({"job", "{}"});
        return heard > 0;
    }));
}

TEST_F(RedisQueue, AClaimOutlivesAnEmptyRestart) {
    RedisServer server;
    const auto shared = options(server);
    const auto one = create_redis(shared);
    const auto two = create_redis(shared);
    one->enqueue(id("a"), Lane::normal);
    const auto claim = one->claim(kBoth, kNoWait);
    server.kill();
    server.start();
    wrap::redis::Connection connection(wrap::redis::parse_url(shared.url));
    EXPECT_TRUE(eventually([&] {
        claim->renew();
        return connection.run({"HLEN", shared.prefix + ":held"}).integer == 1;
    }));
    two->enqueue(id("a"), Lane::high);
    two->enqueue(id("b"), Lane::normal);
    const auto b = two->claim(kBoth, kLong);  // passes by the entry of the claim that is held again
    ASSERT_NE(b, nullptr);
    EXPECT_EQ(b->job(), id("b"));
    EXPECT_EQ(two->claim(kBoth, 50ms), nullptr);
    EXPECT_FALSE(claim->cancel_token().cancelled());
    claim->finish();
    const auto again = two->claim(kBoth, kNoWait);
    ASSERT_NE(again, nullptr);
    EXPECT_EQ(again->job(), id("a"));
}

TEST_F(RedisQueue, AnEndThatRedisDidNotHearIsToldLater) {
    RedisServer server;
    auto shared = options(server);
    shared.lease = 1h;  // so that nobody takes over
    shared.patience = 200ms;
    const auto queue = create_redis(shared);
    queue->enqueue(id("a"), Lane::normal);
    queue->enqueue(id("b"), Lane::normal);
    const auto a = queue->claim(kBoth, kNoWait);
    auto b = queue->claim(kBoth, kNoWait);
    server.freeze(true);
    std::thread([&] { a->finish(); }).join();  // its answer does not come
    b.reset();
    server.freeze(false);
    const auto again = queue->claim(kBoth, kLong);
    ASSERT_NE(again, nullptr);
    EXPECT_EQ(again->job(), id("b"));
    EXPECT_EQ(queue->claim(kBoth, kNoWait), nullptr);
}

TEST_F(RedisQueue, EnqueueTriesForAWhileAndThenSaysSo) {
    RedisServer server;
    auto shared = options(server);
    shared.patience = 300ms;
    const auto queue = create_redis(shared);
    server.kill();
    try {
        queue->enqueue(id("a"), Lane::normal);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::unavailable);
    }
    EXPECT_THROW(create_redis(shared), Error);
    EXPECT_EQ(queue->claim(kBoth, 20ms), nullptr);
    EXPECT_NO_THROW(queue->cancel(id("a")));
    int heard = 0;
    const auto subscription = queue->subscribe([&](const Event&) { ++heard; });
    queue->publish({"job", "{}"});
    EXPECT_EQ(heard, 1);
}

TEST_F(RedisQueue, EnqueueWaitsForARestart) {
    RedisServer server;
    auto shared = options(server);
    shared.patience = kLong;
    const auto queue = create_redis(shared);
    server.kill();
    auto enqueued = std::async(std::launch::async, [&] { queue->enqueue(id("a"), Lane::normal); });
    EXPECT_EQ(enqueued.wait_for(50ms), std::future_status::timeout);
    server.start();
    enqueued.get();
    EXPECT_NE(queue->claim(kBoth, kLong), nullptr);
}

TEST_F(RedisQueue, CloseWakesClaimersWhileRedisIsAway) {
    RedisServer server;
    const auto queue = create_redis(options(server));
    auto claimed = std::async(std::launch::async, [&] { return queue->claim(kBoth, 1h); });
    server.kill();
    EXPECT_EQ(claimed.wait_for(100ms), std::future_status::timeout);
    queue->close();
    EXPECT_EQ(claimed.get(), nullptr);
}

TEST_F(RedisQueue, ManyThreadsGetEveryIdOnce) {
    constexpr int kJobs = 20'000;
    constexpr int kThreads = 50;
    const auto shared = options();
    const auto one = create_redis(shared);
    const auto two = create_redis(shared);
    std::vector<std::atomic<int>> times(kJobs);
    std::atomic<int> done = 0;
    std::atomic<int> next = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        Queue& queue = t % 2 == 0 ? *one : *two;
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

TEST_F(RedisQueue, AnOldRedisIsRefused) {
    RedisServer old({"--rename-command", "XAUTOCLAIM", ""});
    try {
        create_redis(options(old));
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::conflict);
        EXPECT_THAT(error.what(), HasSubstr("6.2"));
    }
}

TEST_F(RedisQueue, AWrongPasswordIsSaidAtOnce) {
    RedisServer guarded({"--requirepass", "secret"});
    auto shared = options(guarded);
    shared.patience = 1h;
    shared.url = "redis://:wrong@127.0.0.1:" + std::to_string(guarded.port());
    try {
        create_redis(shared);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::permission_denied);
    }
}

}  // namespace
}  // namespace audiomuse::queue
