#include "audiomuse/jobs/scheduler.h"

#include "audiomuse/schedules/plan.h"
#include "support/temp_folder.h"
#include "two_schedulers.h"

namespace audiomuse::jobs {
namespace {

constexpr double kMidnight = 1'767'225'600;  // 2026-01-01 00:00 UTC
constexpr double kDaySeconds = 86400;
constexpr double kHourSeconds = 3600;

class SchedulerTest : public ::testing::Test {
protected:
    ScheduleId add(const std::string& task, const std::function<void(store::Schedule&)>& change = {}) {
        store::Schedule schedule{.name = task, .task_type = task, .cron = "0 3 * * *", .zone = "UTC"};
        if (change) change(schedule);
        return store_->schedules().add(schedules::checked(schedule, kMidnight, index_version()));
    }
    std::int64_t index_version() {
        const auto info = store_->index_blobs().info(store::kTrackIndex);
        return info ? info->version : 0;
    }
    void save_index() {
        store_->index_blobs().save({.name = store::kTrackIndex, .model = {"mini", "1"}}, [](const auto&) {});
    }
    store::Schedule get(ScheduleId id) { return *store_->schedules().get(id); }
    int start(double now) { return start_due(*store_, *queue_, now); }
    void end_all() {
        for (const store::Job& job : store_->jobs().unfinished())
            store_->jobs().finish(job.id, "", store::JobState::success, "{}");
    }

    testing_support::TempFolder folder_;
    std::unique_ptr<store::Store> store_ = store::open_sqlite(folder_ / "audiomuse.db");
    std::unique_ptr<queue::Queue> queue_ = queue::create_embedded();
};

TEST_F(SchedulerTest, StartsWhatIsDueAndOnlyThen) {
    const ScheduleId id = add("analysis");
    add("clustering", [](store::Schedule& schedule) { schedule.enabled = false; });
    EXPECT_EQ(start(kMidnight + 3 * kHourSeconds - 1), 0);
    EXPECT_EQ(start(kMidnight + 3 * kHourSeconds), 1);
    EXPECT_EQ(start(kMidnight + 3 * kHourSeconds), 0);
    const auto jobs = store_->jobs().unfinished();
    ASSERT_EQ(jobs.size(), 1U);
    EXPECT_EQ(jobs[0].type, "main_analysis");
    EXPECT_FALSE(jobs[0].parent);
    EXPECT_EQ(queue_->waiting(queue::Lane::high), 1U);
    EXPECT_EQ(get(id).last_job, jobs[0].id);
    EXPECT_EQ(get(id).next_due, kMidnight + kDaySeconds + 3 * kHourSeconds);
}

TEST_F(SchedulerTest, EveryTaskHasAJobThatWorkersKnow) {
    for (const schedules::Task& task : schedules::tasks()) {
        add(std::string(task.name));
        EXPECT_EQ(start(kMidnight + 3 * kHourSeconds + 1), 1) << task.name;
        end_all();
    }
    EXPECT_EQ(queue_->waiting(queue::Lane::high), 3U);
    EXPECT_EQ(queue_->waiting(queue::Lane::aside), 2U);
    EXPECT_EQ(queue_->waiting(queue::Lane::backup), 1U);
}

TEST_F(SchedulerTest, WhatCollidesWaitsAndRunsAfterwards) {
    const ScheduleId analysis = add("analysis");
    const ScheduleId clustering = add("clustering");
    const double three = kMidnight + 3 * kHourSeconds;
    EXPECT_EQ(start(three), 1);
    EXPECT_EQ(get(clustering).waits_for, "main_analysis");
    EXPECT_EQ(start(three + kHourSeconds), 0) << "hours later too, and it does not count as missed";
    EXPECT_EQ(get(clustering).missed_at, 0);
    end_all();
    EXPECT_EQ(start(three + 2 * kHourSeconds), 1);
    EXPECT_EQ(get(clustering).waits_for, "");
    EXPECT_EQ(get(clustering).last_run, three + 2 * kHourSeconds);
    EXPECT_EQ(get(clustering).next_due, three + kDaySeconds);
    EXPECT_EQ(get(analysis).last_run, three);
}

TEST_F(SchedulerTest, WhatWasMissedIsMadeUpForOnceIfAsked) {
    const ScheduleId forgets = add("radios");
    const ScheduleId remembers = add("backup", [](store::Schedule& schedule) { schedule.catch_up = true; });
    const double later = kMidnight + 3 * kDaySeconds + 12 * kHourSeconds;  // three times were missed
    EXPECT_EQ(start(later), 1);
    ASSERT_EQ(store_->jobs().unfinished().size(), 1U);
    EXPECT_EQ(store_->jobs().unfinished()[0].type, "backup");
    EXPECT_EQ(get(forgets).missed_at, kMidnight + 3 * kHourSeconds);
    EXPECT_EQ(get(forgets).last_run, 0);
    EXPECT_EQ(get(remembers).last_run, later);
    end_all();
    EXPECT_EQ(start(later + 60), 0) << "once, and not for each";
    const double next = kMidnight + 4 * kDaySeconds + 3 * kHourSeconds;
    EXPECT_EQ(get(forgets).next_due, next);
    EXPECT_EQ(start(next + 30), 2);
    EXPECT_EQ(get(forgets).missed_at, 0);
}

TEST_F(SchedulerTest, FollowsTheLibrary) {
    save_index();
    const ScheduleId id = add("radios", [](store::Schedule& schedule) { schedule.on_change = true; });
    EXPECT_EQ(start(kMidnight + 9 * kDaySeconds), 0) << "not by time";
    store_->jobs().create({.id = JobId{"analysis"}, .type = "main_analysis"});
    save_index();
    EXPECT_EQ(start(kMidnight), 0) << "the library is still changing";
    EXPECT_EQ(get(id).waits_for, "main_analysis");
    save_index();
    end_all();
    EXPECT_EQ(start(kMidnight), 1);
    end_all();
    EXPECT_EQ(start(kMidnight), 0) << "once for all changes";
    save_index();
    EXPECT_EQ(start(kMidnight), 1);
}

TEST_F(SchedulerTest, AScheduleThatCannotBeReadStopsNoOther) {
    store_->schedules().add(
        {.name = "broken", .task_type = "radios", .cron = "0 3 * * *", .zone = "Gone/Zone", .next_due = kMidnight});
    store_->schedules().add({.name = "newer", .task_type = "sweeping", .cron = "0 3 * * *", .next_due = kMidnight});
    add("backup");
    EXPECT_EQ(start(kMidnight + 3 * kHourSeconds), 1);
}

TEST_F(SchedulerTest, OfTwoWebInstancesOneStartsIt) {
    const auto other = store::open_sqlite(folder_ / "audiomuse.db");
    expect_one_firing_each(*store_, *other, 20);
}

TEST_F(SchedulerTest, GoesByTheDatabasesClock) {
    store_->schedules().add(due_at(store_->schedules().now() + 0.05));
    const Scheduler scheduler(*store_, *queue_, {.interval = std::chrono::milliseconds(5), .now = {}});
    const double began = steady_now();
    while (store_->jobs().unfinished().empty() && steady_now() - began < 60)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(store_->jobs().unfinished().size(), 1U);
}

}  // namespace
}  // namespace audiomuse::jobs
