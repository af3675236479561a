#include "audiomuse/jobs/worker_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace audiomuse::jobs {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
constexpr WorkerMemory kEach{.resident = 50 * kMiB, .mapped = 150 * kMiB};
constexpr ProcessMemory kNow{.resident_bytes = 80 * kMiB, .mapped_bytes = 400 * kMiB};

MachineLimits machine(unsigned cores) {
    return {
        .cores = cores, .cores_why = "CPU affinity", .memory_why = "physical memory", .address_space_why = "ulimit"};
}

TEST(WorkerPlan, OnePerCore) {
    EXPECT_EQ(plan_workers(0, 100, machine(1), kNow, kEach).workers, 1U);
    const WorkerPlan plan = plan_workers(0, 100, machine(8), kNow, kEach);
    EXPECT_EQ(plan.workers, 8U);
    EXPECT_EQ(plan.duty, 1);
    EXPECT_EQ(plan.why, "8 workers (8 cores by CPU affinity)");
}

TEST(WorkerPlan, TheSettingOnlyLowers) {
    EXPECT_EQ(plan_workers(3, 100, machine(8), kNow, kEach).workers, 3U);
    EXPECT_EQ(plan_workers(1000, 100, machine(8), kNow, kEach).workers, 8U);
}

TEST(WorkerPlan, MemoryLowersButLeavesOne) {
    MachineLimits limits = machine(8);
    limits.memory_bytes = kNow.resident_bytes + 3 * kEach.resident + kMiB;
    const WorkerPlan plan = plan_workers(0, 100, limits, kNow, kEach);
    EXPECT_EQ(plan.workers, 3U);
    EXPECT_EQ(plan.why, "3 workers (8 cores by CPU affinity; physical memory has room for 3)");
    limits.memory_bytes = kNow.resident_bytes - kMiB;
    EXPECT_EQ(plan_workers(0, 100, limits, kNow, kEach).workers, 1U);
}

TEST(WorkerPlan, SoDoesTheAddressSpace) {
    MachineLimits limits = machine(8);
    limits.memory_bytes = 1024 * kMiB;
    limits.address_space_bytes = kNow.mapped_bytes + 2 * kEach.mapped;
    const WorkerPlan plan = plan_workers(0, 100, limits, kNow, kEach);
    EXPECT_EQ(plan.workers, 2U);
    EXPECT_THAT(plan.why, testing::HasSubstr("ulimit has room for 2"));
}

TEST(WorkerPlan, AShareIsKeptByFewerWorkersFirst) {
    const auto plan = [](std::int64_t wanted, std::int64_t share, unsigned cores) {
        return plan_workers(wanted, share, machine(cores), kNow, kEach);
    };
    EXPECT_EQ(plan(0, 50, 2).workers, 1U);
    EXPECT_EQ(plan(0, 50, 2).duty, 1);
    EXPECT_EQ(plan(0, 25, 2).workers, 1U);
    EXPECT_EQ(plan(0, 25, 2).duty, 0.5);
    EXPECT_EQ(plan(0, 75, 4).workers, 3U);
    EXPECT_EQ(plan(0, 60, 4).workers, 3U);
    EXPECT_DOUBLE_EQ(plan(0, 60, 4).duty, 0.8);
    EXPECT_EQ(plan(1, 50, 4).duty, 1) << "one worker of four cores takes a quarter as it is";
    EXPECT_EQ(plan(0, 1, 1).duty, 0.01);
}

TEST(WorkerPlan, BiggerModelsNeedMore) {
    const WorkerMemory mini = worker_memory({"audiomuse-mini", "1"}, 0);
    const WorkerMemory musicnn = worker_memory({"musicnn", "1"}, 0);
    const WorkerMemory with_moods = worker_memory({"musicnn", "1"}, 5);
    EXPECT_GT(musicnn.resident, mini.resident);
    EXPECT_GT(with_moods.resident, musicnn.resident);
}

}  // namespace
}  // namespace audiomuse::jobs
