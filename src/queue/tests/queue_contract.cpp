#include "queue_contract.h"

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <map>
#include <thread>

namespace audiomuse::queue {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<Lane> kBoth = {Lane::high, Lane::normal};
constexpr auto kNoWait = 0ms;
constexpr auto kLong = 20s;  // never reached in a passing test

JobId id(const std::string& text) {
    return JobId{text};
}

/// Claims and finishes what waits, in order.
std::vector<std::string> drain(Queue& queue, const std::vector<Lane>& lanes = kBoth) {
    std::vector<std::string> jobs;
    while (auto claim = queue.claim(lanes, kNoWait)) {
        jobs.push_back(claim->job().value);
        claim->finish();
    }
    return jobs;
}

TEST_P(QueueContract, DeliversInOrderAndHighFirst) {
    queue_->enqueue(id("n1"), Lane::normal);
    queue_->enqueue(id("h1"), Lane::high);
    queue_->enqueue(id("n2"), Lane::normal);
    queue_->enqueue(id("h2"), Lane::high);
    EXPECT_EQ(queue_->waiting(Lane::high), 2u);
    EXPECT_EQ(queue_->waiting(Lane::normal), 2u);
    EXPECT_THAT(drain(*queue_, {Lane::normal, Lane::high}), ElementsAre("h1", "h2", "n1", "n2"));
    EXPECT_EQ(queue_->waiting(Lane::high), 0u);
    EXPECT_EQ(queue_->waiting(Lane::normal), 0u);
}

TEST_P(QueueContract, EveryLaneDelivers) {
    for (const Lane lane : {Lane::aside, Lane::library, Lane::normal, Lane::high}) {
        queue_->enqueue(id(std::to_string(static_cast<int>(lane))), lane);
        EXPECT_EQ(queue_->waiting(lane), 1u);
    }
    EXPECT_THAT(drain(*queue_, {Lane::library}), ElementsAre("2"));
    EXPECT_THAT(drain(*queue_, {Lane::aside}), ElementsAre("3"));
    EXPECT_THAT(drain(*queue_, {Lane::library, Lane::normal, Lane::high}), ElementsAre("0", "1"));
}

TEST_P(QueueContract, AWorkerSeesOnlyItsLanes) {
    queue_->enqueue(id("n"), Lane::normal);
    queue_->enqueue(id("h"), Lane::high);
    EXPECT_THAT(drain(*queue_, {}), IsEmpty());
    EXPECT_THAT(drain(*queue_, {Lane::normal}), ElementsAre("n"));
    EXPECT_THAT(drain(*queue_, {Lane::normal}), IsEmpty());
    EXPECT_THAT(drain(*queue_, {Lane::high}), ElementsAre("h"));
}

TEST_P(QueueContract, AnIdWaitsOnce) {
    queue_->enqueue(id("a"), Lane::normal);
    queue_->enqueue(id("b"), Lane::normal);
    queue_->enqueue(id("a"), Lane::normal);
    queue_->enqueue(id("a"), Lane::high);
    EXPECT_EQ(queue_->waiting(Lane::normal), 2u);
    EXPECT_EQ(queue_->waiting(Lane::high), 0u);
    EXPECT_THAT(drain(*queue_), ElementsAre("a", "b"));
    queue_->enqueue(id("a"), Lane::high);  // finished ids may come again
    EXPECT_THAT(drain(*queue_), ElementsAre("a"));
}

TEST_P(QueueContract, ClaimGivesUpAfterItsWait) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(queue_->claim(kBoth, 30ms), nullptr);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 25ms);
}

TEST_P(QueueContract, ClaimIsWokenByAnArrival) {
    auto claimed = std::async(std::launch::async, [&] { return queue_->claim(kBoth, kLong); });
    EXPECT_EQ(claimed.wait_for(20ms), std::future_status::timeout);
    queue_->enqueue(id("a"), Lane::normal);
    const auto claim = claimed.get();
    ASSERT_NE(claim, nullptr);
    EXPECT_EQ(claim->job(), id("a"));
    claim->renew();
    claim->finish();
}

TEST_P(QueueContract, ClaimWithTheLongestWaitIsWokenToo) {
    auto claimed =
        std::async(std::launch::async, [&] { return queue_->claim(kBoth, std::chrono::milliseconds::max()); });
    EXPECT_EQ(claimed.wait_for(20ms), std::future_status::timeout);
    queue_->close();
    EXPECT_EQ(claimed.get(), nullptr);
}

TEST_P(QueueContract, CloseWakesEveryoneAndNothingIsDeliveredAfterwards) {
    std::vector<std::future<std::unique_ptr<Claim>>> waiting;
    for (int i = 0; i < 3; ++i) {
        waiting.push_back(std::async(std::launch::async, [&] { return queue_->claim(kBoth, kLong); }));
    }
    EXPECT_EQ(waiting.front().wait_for(20ms), std::future_status::timeout);
    queue_->close();
    for (auto& claim : waiting)
        EXPECT_EQ(claim.get(), nullptr);
    queue_->enqueue(id("late"), Lane::high);
    EXPECT_EQ(queue_->claim(kBoth, kLong), nullptr);
}

TEST_P(QueueContract, AClaimLetGoIsHandedBackInItsPlace) {
    queue_->enqueue(id("a"), Lane::high);
    queue_->enqueue(id("b"), Lane::high);
    { const auto claim = queue_->claim(kBoth, kNoWait); }
    EXPECT_EQ(queue_->waiting(Lane::high), 2u);
    EXPECT_THAT(drain(*queue_), ElementsAre("a", "b"));
}

TEST_P(QueueContract, AClaimLetGoWakesAnotherWorker) {
    queue_->enqueue(id("a"), Lane::high);
    auto first = queue_->claim(kBoth, kNoWait);
    auto second = std::async(std::launch::async, [&] { return queue_->claim(kBoth, kLong); });
    EXPECT_EQ(second.wait_for(20ms), std::future_status::timeout);
    first.reset();
    const auto claim = second.get();
    ASSERT_NE(claim, nullptr);
    claim->finish();
}

TEST_P(QueueContract, FinishEndsTheDelivery) {
    queue_->enqueue(id("a"), Lane::normal);
    auto claim = queue_->claim(kBoth, kNoWait);
    ASSERT_NE(claim, nullptr);
    claim->finish();
    claim->finish();  // again: nothing
    claim.reset();
    EXPECT_THAT(drain(*queue_), IsEmpty());
}

TEST_P(QueueContract, AnIdInWorkIsDeliveredAgainOnlyAfterItsClaim) {
    queue_->enqueue(id("a"), Lane::normal);
    const auto claim = queue_->claim(kBoth, kNoWait);
    queue_->enqueue(id("a"), Lane::normal);
    queue_->enqueue(id("b"), Lane::normal);
    EXPECT_THAT(drain(*queue_), ElementsAre("b"));
    claim->finish();
    EXPECT_THAT(drain(*queue_), ElementsAre("a"));
}

TEST_P(QueueContract, AnIdInWorkThatWaitsAndIsLetGoIsDeliveredOnce) {
    queue_->enqueue(id("a"), Lane::normal);
    auto claim = queue_->claim(kBoth, kNoWait);
    queue_->enqueue(id("a"), Lane::normal);
    claim.reset();
    EXPECT_THAT(drain(*queue_), ElementsAre("a"));
}

TEST_P(QueueContract, CancelTakesAWaitingIdOut) {
    queue_->enqueue(id("a"), Lane::normal);
    queue_->enqueue(id("b"), Lane::high);
    queue_->cancel(id("a"));
    queue_->cancel(id("unknown"));
    EXPECT_EQ(queue_->waiting(Lane::normal), 0u);
    EXPECT_THAT(drain(*queue_), ElementsAre("b"));
    queue_->enqueue(id("a"), Lane::normal);
    EXPECT_THAT(drain(*queue_), ElementsAre("a"));
}

TEST_P(QueueContract, CancelReachesTheWorker) {
    queue_->enqueue(id("a"), Lane::normal);
    queue_->enqueue(id("b"), Lane::normal);
    auto a = queue_->claim(kBoth, kNoWait);
    auto b = queue_->claim(kBoth, kNoWait);
    EXPECT_FALSE(a->cancel_token().cancelled());
    queue_->cancel(id("a"));
    EXPECT_TRUE(a->cancel_token().cancelled());
    EXPECT_FALSE(b->cancel_token().cancelled());
    a.reset();  // handed back: the next worker starts with a fresh token
    a = queue_->claim(kBoth, kNoWait);
    ASSERT_NE(a, nullptr);
    EXPECT_FALSE(a->cancel_token().cancelled());
    a->finish();
    b->finish();
}

TEST_P(QueueContract, AClaimMayOutliveTheQueue) {
    queue_->enqueue(id("a"), Lane::normal);
    auto claim = queue_->claim(kBoth, kNoWait);
    queue_.reset();
    EXPECT_EQ(claim->job(), id("a"));
    EXPECT_NO_THROW(claim.reset());
}

TEST_P(QueueContract, ManyWorkersGetEveryIdOnce) {
    constexpr int kJobs = 2000;
    std::mutex mutex;
    std::map<std::string, int> seen;
    std::vector<std::thread> workers;
    for (int w = 0; w < 4; ++w) {
        workers.emplace_back([&] {
            int handled = 0;
            while (auto claim = queue_->claim(kBoth, kLong)) {
                if (++handled % 7 == 0) continue;  // let go of some
                {
                    std::lock_guard lock(mutex);
                    ++seen[claim->job().value];
                    if (seen.size() == kJobs) queue_->close();
                }
                claim->finish();
            }
        });
    }
    for (int i = 0; i < kJobs; ++i)
        queue_->enqueue(id(std::to_string(i)), i % 3 == 0 ? Lane::high : Lane::normal);
    for (auto& worker : workers)
        worker.join();
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(kJobs));
    for (const auto& [job, times] : seen)
        EXPECT_EQ(times, 1) << job;
}

TEST_P(QueueContract, EventsReachEverySubscriberInOrder) {
    std::vector<std::string> first;
    std::vector<std::string> second;
    const auto one = queue_->subscribe([&](const Event& event) { first.push_back(event.topic + event.data); });
    queue_->publish({"job", "1"});
    const auto two = queue_->subscribe([&](const Event& event) { second.push_back(event.topic + event.data); });
    queue_->publish({"index", "2"});
    EXPECT_THAT(first, ElementsAre("job1", "index2"));
    EXPECT_THAT(second, ElementsAre("index2"));
}

TEST_P(QueueContract, AListenerThatThrowsHarmsNobody) {
    const auto bad = queue_->subscribe([](const Event&) { throw std::runtime_error("broken"); });
    int calls = 0;
    const auto good = queue_->subscribe([&](const Event&) { ++calls; });
    queue_->publish({"job", "{}"});
    queue_->publish({"job", "{}"});
    EXPECT_EQ(calls, 2);
}

TEST_P(QueueContract, AListenerMayUseTheQueueAndEndItself) {
    std::unique_ptr<Subscription> subscription;
    int calls = 0;
    subscription = queue_->subscribe([&](const Event&) {
        ++calls;
        queue_->enqueue(id("from a listener"), Lane::high);
        const auto another = queue_->subscribe([](const Event&) {});
        subscription.reset();
    });
    queue_->publish({"job", "{}"});
    queue_->publish({"job", "{}"});
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(queue_->waiting(Lane::high), 1u);
}

TEST_P(QueueContract, EndingASubscriptionWaitsForACallThatRuns) {
    std::promise<void> entered;
    std::promise<void> leave;
    std::atomic<bool> ended = false;
    std::atomic<bool> left_before_end = false;
    auto subscription = queue_->subscribe([&](const Event&) {
        entered.set_value();
        leave.get_future().wait();
        left_before_end = !ended.load();
    });
    auto publisher = std::async(std::launch::async, [&] { queue_->publish({"job", "{}"}); });
    entered.get_future().wait();
    auto ender = std::async(std::launch::async, [&] {
        subscription.reset();
        ended = true;
    });
    EXPECT_EQ(ender.wait_for(30ms), std::future_status::timeout);
    leave.set_value();
    ender.get();
    publisher.get();
    EXPECT_TRUE(left_before_end);
}

TEST_P(QueueContract, NoCallBeginsAfterTheEndOfASubscription) {
    std::atomic<bool> stop = false;
    std::thread publisher([&] {
        while (!stop)
            queue_->publish({"job", "{}"});
    });
    for (int i = 0; i < 300; ++i) {
        // The flag dies with the loop body: a late call would touch it (and the sanitizers see that).
        auto alive = std::make_unique<std::atomic<bool>>(true);
        auto subscription = queue_->subscribe([flag = alive.get()](const Event&) { EXPECT_TRUE(flag->load()); });
        std::this_thread::yield();
        subscription.reset();
        *alive = false;
    }
    stop = true;
    publisher.join();
}

}  // namespace
}  // namespace audiomuse::queue
