#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "store_contract.h"

namespace audiomuse::store {
namespace {

using ::testing::SizeIs;

Schedule nightly() {
    return {.name = "Nights",
            .task_type = "analysis",
            .cron = "0 3 * * *",
            .zone = "Europe/Berlin",
            .catch_up = true,
            .next_due = 1'800'000'000};
}

Job main_job(const std::string& id) {
    return {.id = JobId{id}, .type = "main_analysis"};
}
Job aside_job(const std::string& id) {
    return {.id = JobId{id}, .parent = JobId{kAside}, .type = "backup"};
}

TEST_P(StoreContract, KeepsSchedules) {
    const ScheduleId id = store_->schedules().add(nightly());
    reopen();
    const auto kept = store_->schedules().get(id);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->name, "Nights");
    EXPECT_EQ(kept->task_type, "analysis");
    EXPECT_EQ(kept->cron, "0 3 * * *");
    EXPECT_EQ(kept->zone, "Europe/Berlin");
    EXPECT_TRUE(kept->enabled && kept->catch_up && !kept->on_change);
    EXPECT_EQ(kept->next_due, 1'800'000'000);
    EXPECT_GT(kept->created_at, 1e9);
    EXPECT_EQ(kept->last_run, 0);
    EXPECT_NEAR(store_->schedules().now(), kept->created_at, 3600);

    Schedule changed = *kept;
    changed.enabled = false;
    changed.on_change = true;
    changed.seen_index = 7;
    store_->schedules().update(changed);
    EXPECT_FALSE(store_->schedules().get(id)->enabled);
    EXPECT_EQ(store_->schedules().list().at(0).seen_index, 7);
    store_->schedules().remove(id);
    EXPECT_THAT(store_->schedules().list(), SizeIs(0));
    EXPECT_EQ(error_of([&] { store_->schedules().remove(id); }).code(), ErrorCode::not_found);
    EXPECT_EQ(error_of([&] { store_->schedules().update(changed); }).code(), ErrorCode::not_found);
    EXPECT_EQ(error_of([&] { store_->schedules().add({.name = std::string(201, 'x')}); }).code(),
              ErrorCode::invalid_argument);
}

TEST_P(StoreContract, AScheduleIsFiredOnceByManyAtOnce) {
    Schedules& schedules = store_->schedules();
    const Schedule seen = *schedules.get(schedules.add(nightly()));
    std::atomic<int> started = 0;
    {
        std::vector<std::jthread> processes;
        for (int i = 0; i < 8; ++i) {
            processes.emplace_back([&, i] {
                const auto fired = schedules.fire(seen, {.due = seen.next_due + 86400}, main_job(std::to_string(i)),
                                                  seen.next_due + 1);
                if (fired != Schedules::Fired::started) return;
                ++started;
                // At once, so that it is not in the way of the others.
                store_->jobs().finish(JobId{std::to_string(i)}, "", JobState::success, "{}");
            });
        }
    }
    EXPECT_EQ(started, 1);
    EXPECT_THAT(store_->jobs().list(100), SizeIs(1));
    const Schedule after = *schedules.get(seen.id);
    EXPECT_EQ(after.next_due, seen.next_due + 86400);
    EXPECT_EQ(after.last_run, seen.next_due + 1);
    EXPECT_EQ(after.last_job, store_->jobs().list(1).at(0).id);
}

TEST_P(StoreContract, AScheduleWaitsForTheJobInItsWay) {
    Schedules& schedules = store_->schedules();
    const Schedule seen = *schedules.get(schedules.add(nightly()));
    store_->jobs().create({.id = JobId{"first"}, .type = "main_clustering"});
    const Schedules::Next next{.due = seen.next_due + 86400};
    EXPECT_EQ(schedules.fire(seen, next, main_job("second"), seen.next_due), Schedules::Fired::waits);
    EXPECT_EQ(schedules.get(seen.id)->waits_for, "main_clustering");
    EXPECT_EQ(schedules.get(seen.id)->next_due, seen.next_due) << "it stays due";
    schedules.pass_over(seen, next);
    EXPECT_EQ(schedules.get(seen.id)->next_due, seen.next_due) << "what waits is not passed over";

    store_->jobs().finish(JobId{"first"}, "", JobState::success, "{}");
    EXPECT_EQ(schedules.fire(seen, next, main_job("second"), seen.next_due + 60), Schedules::Fired::started);
    EXPECT_EQ(schedules.get(seen.id)->waits_for, "");
    EXPECT_EQ(schedules.fire(seen, next, main_job("third"), seen.next_due + 60), Schedules::Fired::taken);
}

TEST_P(StoreContract, AJobAsideWaitsForItsKindOnly) {
    Schedules& schedules = store_->schedules();
    Schedule backup = nightly();
    backup.task_type = "backup";
    const Schedule seen = *schedules.get(schedules.add(backup));
    store_->jobs().create({.id = JobId{"analysis"}, .type = "main_analysis"});
    EXPECT_EQ(schedules.fire(seen, {.due = 1'900'000'000}, aside_job("a"), 1'800'000'000), Schedules::Fired::started);
    const Schedule again = *schedules.get(seen.id);
    EXPECT_EQ(schedules.fire(again, {.due = 2'000'000'000}, aside_job("b"), 1'900'000'000), Schedules::Fired::waits);
    EXPECT_EQ(schedules.get(seen.id)->waits_for, "backup");

    backup.on_change = true;
    const Schedule follows = *schedules.get(schedules.add(backup));
    store_->jobs().finish(JobId{"a"}, "", JobState::success, "{}");
    EXPECT_EQ(schedules.fire(follows, {.seen_index = 3}, aside_job("c"), 1'800'000'000), Schedules::Fired::waits)
        << "an analysis that runs is still changing the library";
    EXPECT_EQ(schedules.get(follows.id)->waits_for, "main_analysis");
}

TEST_P(StoreContract, AScheduleIsPassedOverOnce) {
    Schedules& schedules = store_->schedules();
    const Schedule seen = *schedules.get(schedules.add(nightly()));
    schedules.pass_over(seen, {.due = seen.next_due + 86400});
    schedules.pass_over(seen, {.due = seen.next_due + 2 * 86400});
    const Schedule after = *schedules.get(seen.id);
    EXPECT_EQ(after.next_due, seen.next_due + 86400);
    EXPECT_EQ(after.missed_at, seen.next_due);
    EXPECT_EQ(after.last_run, 0);
}

}  // namespace
}  // namespace audiomuse::store
