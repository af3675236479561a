// Two schedulers that see one store, as in two web instances.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "audiomuse/base/clock.h"
#include "audiomuse/jobs/scheduler.h"

namespace audiomuse::jobs {

inline store::Schedule due_at(double time) {
    return {.name = "Often", .task_type = "backup", .cron = "* * * * *", .zone = "UTC", .next_due = time};
}

/// Lets both look at `rounds` minutes, over and over at the same time: as many backups are started as there are
/// minutes. Each is ended as soon as it is seen, so that it keeps nobody from starting a second one.
inline void expect_one_firing_each(store::Store& one, store::Store& other, int rounds) {
    constexpr double kStart = 1'800'000'000;
    constexpr auto kLook = std::chrono::milliseconds(1);
    one.schedules().add(due_at(kStart));
    const auto queue_one = queue::create_embedded();
    const auto queue_other = queue::create_embedded();
    const auto started = [&] {
        return queue_one->waiting(queue::Lane::backup) + queue_other->waiting(queue::Lane::backup);
    };
    std::atomic<double> now = kStart - 1;
    const auto clock = [&] { return now.load(); };
    const std::jthread ender([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            for (const store::Job& job : one.jobs().unfinished())
                one.jobs().finish(job.id, "", store::JobState::success, "{}");
        }
    });
    const Scheduler first(one, *queue_one, {.interval = kLook, .now = clock});
    const Scheduler second(other, *queue_other, {.interval = kLook, .now = clock});
    for (int round = 0; round < rounds; ++round) {
        now = kStart + 60 * round;
        const std::size_t wanted = static_cast<std::size_t>(round) + 1;
        const double began = steady_now();
        while (started() < wanted && steady_now() - began < 60)
            std::this_thread::sleep_for(kLook);
        std::this_thread::sleep_for(20 * kLook);  // for a second one, were there any
        ASSERT_EQ(started(), wanted) << "minute " << round;
    }
}

}  // namespace audiomuse::jobs
