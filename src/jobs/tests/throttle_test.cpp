#include "audiomuse/jobs/throttle.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <thread>

namespace audiomuse::jobs {
namespace {

const auto kNeverStop = [] { return false; };
const auto kGo = [] { return false; };

std::function<double()> share(double duty) {
    return [duty] { return duty; };
}

/// Time that passes only when the test or a sleep says so.
struct FakeTime {
    double now = 1000;
    double cpu = 5;
    int hour = 12;
    double slept = 0;

    ThrottleClock clock() {
        return {.steady = [this] { return now; },
                .thread_cpu = [this] { return cpu; },
                .local_hour = [this] { return hour; },
                .sleep =
                    [this](double seconds) {
                        now += seconds;
                        slept += seconds;
                    }};
    }
    void compute(double seconds) {
        now += seconds;
        cpu += seconds;
    }
};

TEST(Throttle, AWholeShareNeverRests) {
    FakeTime time;
    Throttle throttle(share(1), time.clock());
    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(throttle.wait(kNeverStop, kGo));
        time.compute(3);
    }
    EXPECT_EQ(time.slept, 0);
}

TEST(Throttle, RestsSoThatTheShareIsKept) {
    FakeTime time;
    Throttle throttle(share(0.25), time.clock());
    const double start = time.now;
    double computed = 0;
    for (const double piece : {1.0, 0.5, 4.0, 0.0, 2.5}) {
        ASSERT_TRUE(throttle.wait(kNeverStop, kGo));
        time.compute(piece);
        computed += piece;
    }
    ASSERT_TRUE(throttle.wait(kNeverStop, kGo));
    EXPECT_NEAR(computed / (time.now - start), 0.25, 1e-9);
}

TEST(Throttle, WaitingForADiskIsARest) {
    FakeTime time;
    Throttle throttle(share(0.5), time.clock());
    time.compute(1);
    time.now += 0.75;  // blocked
    throttle.wait(kNeverStop, kGo);
    EXPECT_NEAR(time.slept, 0.25, 1e-9);
    time.compute(1);
    time.now += 10;  // a long wait earns nothing for later
    throttle.wait(kNeverStop, kGo);
    EXPECT_NEAR(time.slept, 0.25, 1e-9);
    time.compute(1);
    throttle.wait(kNeverStop, kGo);
    EXPECT_NEAR(time.slept, 1.25, 1e-9);
}

TEST(Throttle, StopsInTheMiddleOfARest) {
    FakeTime time;
    Throttle throttle(share(0.01), time.clock());
    time.compute(10);
    EXPECT_FALSE(throttle.wait([&] { return time.slept > 3; }, kGo));
    EXPECT_LT(time.slept, 4);
}

TEST(Throttle, WaitsForAsLongAsItMust) {
    FakeTime time;
    Throttle throttle(share(1), time.clock());
    int asked = 0;
    EXPECT_TRUE(throttle.wait(kNeverStop, [&] { return ++asked < 5; }));
    EXPECT_EQ(asked, 5);
    EXPECT_LT(time.slept, 2) << "it looks often enough to be cancelled soon";
    int looks = 0;
    EXPECT_FALSE(throttle.wait([&] { return ++looks == 5; }, [] { return true; }));
}

TEST(Throttle, AnotherShareCountsInTheMiddleOfARest) {
    FakeTime time;
    double duty = 0.01;
    Throttle throttle([&] { return time.slept > 3 ? 1.0 : duty; }, time.clock());
    time.compute(10);
    EXPECT_TRUE(throttle.wait(kNeverStop, kGo));
    EXPECT_LT(time.slept, 4);
}

TEST(Pace, SpreadsPiecesEvenlyAndMakesUpForNothing) {
    Pace pace;
    int begun = 0;
    for (int second = 0; second < 7200; ++second)
        begun += pace.take(second, 60) ? 1 : 0;
    EXPECT_EQ(begun, 120);
    EXPECT_TRUE(pace.take(100'000, 60));
    EXPECT_FALSE(pace.take(100'001, 60)) << "a long pause earns nothing";
    EXPECT_TRUE(pace.take(100'002, 0)) << "no limit";
    EXPECT_TRUE(pace.take(100'005, 3600));
}

double thread_cpu() {
    return real_clock().thread_cpu();
}

// The real clock: processor time as the kernel counts it, against time that passed. A busy machine only lowers the
// share, so that the upper bound always holds.
TEST(Throttle, KeepsTheShareOfTheProcessor) {
    constexpr double kShare = 0.25;
    rusage before{};
    getrusage(RUSAGE_THREAD, &before);
    const double start = real_clock().steady();
    Throttle throttle(share(kShare), real_clock());
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(throttle.wait(kNeverStop, kGo));
        const double until = thread_cpu() + 0.02;
        while (thread_cpu() < until) {
        }
    }
    ASSERT_TRUE(throttle.wait(kNeverStop, kGo));
    rusage after{};
    getrusage(RUSAGE_THREAD, &after);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    const double used =
        seconds(after.ru_utime) + seconds(after.ru_stime) - seconds(before.ru_utime) - seconds(before.ru_stime);
    const double share = used / (real_clock().steady() - start);
    RecordProperty("share", std::to_string(share));
    std::printf("share of one core: %.3f of %.2f allowed\n", share, kShare);
    EXPECT_GT(used, 0.2);
    EXPECT_LT(share, 1.2 * kShare);
}

TEST(ThreadPriority, IsOfTheThreadAloneAndNeverRaised) {
    const auto nice_of_this_thread = [] { return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())); };
    const int before = nice_of_this_thread();
    int lowered = -1;
    int kept = -1;
    std::thread([&] {
        lower_thread_priority(before + 5);
        lowered = nice_of_this_thread();
        lower_thread_priority(before + 2);
        kept = nice_of_this_thread();
    }).join();
    EXPECT_EQ(lowered, std::min(19, before + 5));
    EXPECT_EQ(kept, lowered);
    EXPECT_EQ(nice_of_this_thread(), before);
}

}  // namespace
}  // namespace audiomuse::jobs
