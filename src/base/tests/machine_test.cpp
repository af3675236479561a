#include "audiomuse/base/machine.h"
#include "support/temp_folder.h"

#include <gmock/gmock.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace audiomuse {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kVersion2Mounts[] =
    "24 1 0:22 / / rw - ext4 /dev/sda1 rw\n"
    "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr char kVersion1Mounts[] =
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro master:9 - cgroup cgroup rw,memory\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

TEST(CgroupFolders, Version2IsTheOwnGroupAndItsAncestors) {
    EXPECT_THAT(
        cgroup_folders("0::/system.slice/audiomuse.service\n", kVersion2Mounts, "memory"),
        ElementsAre("/sys/fs/cgroup/system.slice/audiomuse.service", "/sys/fs/cgroup/system.slice", "/sys/fs/cgroup"));
    EXPECT_THAT(cgroup_folders("0::/\n", kVersion2Mounts, "cpu"), ElementsAre("/sys/fs/cgroup"))
        << "a container with a cgroup namespace";
}

TEST(CgroupFolders, Version1GoesByControllerAndMountRoot) {
    const char* cgroup = "4:memory:/docker/abc/worker\n3:cpuset:/elsewhere\n2:cpu,cpuacct:/docker/abc\n0::/\n";
    EXPECT_THAT(cgroup_folders(cgroup, kVersion1Mounts, "memory"),
                ElementsAre("/sys/fs/cgroup/memory/worker", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/unified"));
    EXPECT_THAT(cgroup_folders(cgroup, kVersion1Mounts, "cpu"),
                ElementsAre("/sys/fs/cgroup/cpu,cpuacct/docker/abc", "/sys/fs/cgroup/cpu,cpuacct/docker",
                            "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/unified"));
}

TEST(CgroupFolders, PathsOutsideTheMountLeaveItsRoot) {
    EXPECT_THAT(cgroup_folders("0::/../../host.slice\n", kVersion2Mounts, "memory"), ElementsAre("/sys/fs/cgroup"));
    EXPECT_THAT(cgroup_folders("4:memory:/kubepods/pod1\n", kVersion1Mounts, "memory"),
                ElementsAre("/sys/fs/cgroup/memory"));
}

TEST(CgroupFolders, NonsenseNamesNothing) {
    EXPECT_THAT(cgroup_folders("", "", "cpu"), IsEmpty());
    EXPECT_THAT(cgroup_folders("0::/\n", "no mounts\n1 2 -\n - \n", "cpu"), IsEmpty());
    EXPECT_THAT(cgroup_folders("garbage\n:\n", kVersion2Mounts, "cpu"), IsEmpty());
    EXPECT_THAT(cgroup_folders("0::/\n", "30 24 0:26 / /a\\040b rw - cgroup2 cgroup2 rw\n", "cpu"),
                ElementsAre("/a b"));
}

TEST(CgroupValues, AreParsed) {
    EXPECT_EQ(parse_cpu_max("150000 100000\n"), 1.5);
    EXPECT_EQ(parse_cpu_max("max 100000\n"), std::nullopt);
    EXPECT_EQ(parse_cpu_max(""), std::nullopt);
    EXPECT_EQ(parse_cfs_quota("50000\n", "100000\n"), 0.5);
    EXPECT_EQ(parse_cfs_quota("-1\n", "100000\n"), std::nullopt);
    EXPECT_EQ(parse_cfs_quota("50000", "0"), std::nullopt);
    EXPECT_EQ(parse_memory_limit("268435456\n"), 268435456U);
    EXPECT_EQ(parse_memory_limit("max\n"), std::nullopt);
    EXPECT_EQ(parse_memory_limit("9223372036854771712\n"), std::nullopt);
}

/// A made-up machine below a temporary folder.
class FakeMachine : public ::testing::Test {
protected:
    void write(const std::string& file, const std::string& text) { root_.write(file, text); }

    const testing_support::TempFolder root_;
    const MachinePlaces places_{root_ / "cgroup", root_ / "mountinfo", root_.path()};
};

TEST_F(FakeMachine, Version2TakesTheLeastOfTheGroupAndItsAncestors) {
    write("cgroup", "0::/a.slice/b.service\n");
    write("mountinfo", kVersion2Mounts);
    write("sys/fs/cgroup/a.slice/b.service/cpu.max", "max 100000\n");
    write("sys/fs/cgroup/a.slice/cpu.max", "50000 100000\n");
    write("sys/fs/cgroup/a.slice/b.service/memory.max", "400000000\n");
    write("sys/fs/cgroup/a.slice/memory.max", "300000000\n");
    EXPECT_EQ(cgroup_cores(places_), 0.5);
    EXPECT_EQ(cgroup_memory(places_), 300000000U);
    const MachineLimits limits = machine_limits(places_);
    EXPECT_EQ(limits.cores, 1U);
    EXPECT_EQ(limits.memory_bytes, 300000000U);
    EXPECT_EQ(limits.memory_why, "cgroup memory limit");
    write("sys/fs/cgroup/a.slice/b.service/memory.high", "200000000\n");
    EXPECT_EQ(cgroup_memory(places_), 200000000U);
}

TEST_F(FakeMachine, Version1IsRead) {
    write("cgroup", "4:memory:/docker/abc\n2:cpu,cpuacct:/\n0::/\n");
    write("mountinfo", kVersion1Mounts);
    write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "20000\n");
    write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "134217728\n");
    EXPECT_EQ(cgroup_cores(places_), 0.2);
    EXPECT_EQ(cgroup_memory(places_), 134217728U);
}

TEST_F(FakeMachine, WithoutGroupsAffinityAndMemoryRemain) {
    EXPECT_EQ(cgroup_cores(places_), std::nullopt);
    EXPECT_EQ(cgroup_memory(places_), std::nullopt);
    const MachineLimits limits = machine_limits(places_);
    EXPECT_GE(limits.cores, 1U);
    EXPECT_EQ(limits.cores_why, "CPU affinity");
    EXPECT_LT(limits.memory_bytes, MachineLimits::kUnlimited);
    EXPECT_EQ(limits.memory_why, "physical memory");
}

TEST(ProcessMemory, IsThatOfThisProcess) {
    const ProcessMemory before = process_memory();
    EXPECT_GT(before.resident_bytes, std::uint64_t{1} << 20U);
    EXPECT_GT(before.mapped_bytes, before.resident_bytes);
    const std::vector<char> block(64U << 20U, 'x');
    EXPECT_GT(process_memory().resident_bytes, before.resident_bytes + (block.size() / 2));
}

/// Runs `check` in a child process; true when it returned true there.
template <class Check>
bool holds_in_child(Check check) {
    const pid_t child = fork();
    if (child == 0) _exit(check() ? 0 : 1);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(OpenFiles, AreRaisedAsFarAsAllowed) {
    EXPECT_TRUE(holds_in_child([] {
        const rlimit low{50, 80};
        if (setrlimit(RLIMIT_NOFILE, &low) != 0) return false;
        rlimit after{};
        return raise_open_files(60) == 60 && raise_open_files(55) == 60 && raise_open_files(1000) == 80 &&
               getrlimit(RLIMIT_NOFILE, &after) == 0 && after.rlim_cur == 80;
    }));
}

TEST_F(FakeMachine, AffinityCounts) {
    EXPECT_TRUE(holds_in_child([&] {
        cpu_set_t set;
        CPU_ZERO(&set);
        sched_getaffinity(0, sizeof set, &set);
        int first = 0;
        while (!CPU_ISSET(first, &set))
            ++first;
        CPU_ZERO(&set);
        CPU_SET(first, &set);
        return sched_setaffinity(0, sizeof set, &set) == 0 && machine_limits(places_).cores == 1 &&
               allowed_cores() == 1;
    }));
}

TEST_F(FakeMachine, ResourceLimitsCount) {
    constexpr std::uint64_t kLimit = std::uint64_t{64} << 30U;
    if (process_memory().mapped_bytes > kLimit) GTEST_SKIP() << "a sanitizer maps more than the limit";
    EXPECT_TRUE(holds_in_child([&] {
        const rlimit wide{2 * kLimit, 2 * kLimit};
        const rlimit narrow{kLimit, kLimit};
        if (setrlimit(RLIMIT_AS, &wide) != 0 || setrlimit(RLIMIT_DATA, &narrow) != 0) return false;
        const MachineLimits limits = machine_limits(places_);
        return limits.address_space_bytes == kLimit && limits.address_space_why == "data limit (ulimit -d)";
    }));
}

}  // namespace
}  // namespace audiomuse
