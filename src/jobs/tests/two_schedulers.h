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

/// Lets both look at `rounds` minutes, over and over at the same time, and ends each backup that comes of it: as many
/// are made as there are minutes.
inline void expect_one_firing_each(store::Store& one, store::Store& other, int rounds) {
    constexpr double kStart = 1'800'000'000;
    one.schedules().add(due_at(kStart));
    const auto queue_one = queue::create_embedded();
    const auto queue_other = queue::create_embedded();
    std::atomic<double> now = kStart - 1;
    const auto clock = [&] { return now.load(); };
    const Scheduler first(one, *queue_one, {.interval = std::chrono::milliseconds(1), .now = clock});
    const Scheduler second(other, *queue_other, {.interval = std::chrono::milliseconds(1), .now = clock});
    std::size_t made = 0;
    for (int round = 0; round < rounds; ++round) {
        now = kStart + 60 * round;
        const double began = steady_now();
        std::vector<store::Job> jobs;
        while (jobs.empty() && steady_now() - began < 60) {
            jobs = one.jobs().unfinished();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));  // for a second one, were there any
        jobs = one.jobs().unfinished();
        ASSERT_EQ(jobs.size(), 1U) << "minute " << round;
        made += jobs.size();
        one.jobs().finish(jobs[0].id, "", store::JobState::success, "{}");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_TRUE(one.jobs().unfinished().empty()) << "what is done is not started again";
    EXPECT_EQ(made, static_cast<std::size_t>(rounds));
    const std::size_t delivered = queue_one->waiting(queue::Lane::backup) + queue_other->waiting(queue::Lane::backup);
    EXPECT_EQ(delivered, static_cast<std::size_t>(rounds)) << "each handed to one queue";
}

}  // namespace audiomuse::jobs
