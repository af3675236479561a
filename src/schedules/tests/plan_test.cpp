#include "audiomuse/schedules/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audiomuse/base/error.h"

namespace audiomuse::schedules {
namespace {

constexpr double kNow = 1'767'225'600;  // 2026-01-01 00:00 UTC

store::Schedule nightly(const std::string& task) {
    return {.task_type = task, .cron = "0 3 * * *", .zone = "UTC"};
}

TEST(Plan, FillsInWhenAScheduleIsDue) {
    const store::Schedule schedule = checked(nightly("alchemy_radio"), kNow, 4);
    EXPECT_EQ(schedule.task_type, "radios");
    EXPECT_EQ(checked(nightly("sonic_fingerprint"), kNow, 4).task_type, "fingerprint");
    EXPECT_EQ(schedule.next_due, kNow + 3 * 3600);
    EXPECT_EQ(schedule.seen_index, 4);
    const auto next = next_runs(schedule, kNow, 5);
    ASSERT_EQ(next.size(), 5U);
    EXPECT_EQ(next[4] - next[0], 4 * 86400);

    store::Schedule follows = nightly("backup");
    follows.on_change = true;
    follows.cron = "";
    EXPECT_EQ(checked(follows, kNow, 4).next_due, 0);
    EXPECT_TRUE(next_runs(follows, kNow, 5).empty());
}

TEST(Plan, NamesTheFieldThatIsWrong) {
    const auto refusal = [](const store::Schedule& schedule) -> std::string {
        try {
            checked(schedule, kNow, 0);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
            return error.what();
        }
        return "none";
    };
    EXPECT_THAT(refusal(nightly("sweeping")), ::testing::StartsWith("'task_type'"));
    store::Schedule schedule = nightly("backup");
    schedule.cron = "0 25 * * *";
    EXPECT_THAT(refusal(schedule), ::testing::StartsWith("'cron_expr': The hour '25'"));
    schedule = nightly("backup");
    schedule.zone = "Europe/Atlantis";
    EXPECT_THAT(refusal(schedule), ::testing::StartsWith("'time_zone'"));
    schedule = nightly("analysis");
    schedule.on_change = true;
    EXPECT_THAT(refusal(schedule), ::testing::StartsWith("'on_change'"));
}

}  // namespace
}  // namespace audiomuse::schedules
