// What this process may use of the machine it runs on: cores and memory as the scheduler, the control groups and the
// resource limits grant them, never what the hardware has.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace audiomuse {

/// Where the kernel says what is granted; tests read a made-up tree.
struct MachinePlaces {
    std::filesystem::path cgroup = "/proc/self/cgroup";        ///< the process's own control groups
    std::filesystem::path mountinfo = "/proc/self/mountinfo";  ///< where their hierarchies are mounted
    std::filesystem::path root = "/";                          ///< what mount points are relative to
};

/// The folders that hold the settings of `controller` ("cpu" or "memory") for a process with these texts of
/// /proc/self/cgroup and /proc/self/mountinfo: its own control group first, then every ancestor up to the mount point,
/// since each of them may limit it. Of version 2 and of version 1 where both are mounted. Paths are not looked up.
std::vector<std::filesystem::path> cgroup_folders(std::string_view cgroup, std::string_view mountinfo,
                                                  std::string_view controller);

/// Cores granted by the content of a cpu.max ("200000 100000" is 2, "max 100000" nothing).
std::optional<double> parse_cpu_max(std::string_view text);
/// Cores granted by the contents of cpu.cfs_quota_us and cpu.cfs_period_us (version 1; a quota of -1 is nothing).
std::optional<double> parse_cfs_quota(std::string_view quota, std::string_view period);
/// Bytes granted by a memory.max, memory.high or memory.limit_in_bytes; nothing for "max" and for the 2^63 rounded to
/// pages by which version 1 says so.
std::optional<std::uint64_t> parse_memory_limit(std::string_view text);

/// The least of the quotas in the control groups of this process, in cores.
std::optional<double> cgroup_cores(const MachinePlaces& places);
/// The least of the memory limits in the control groups of this process, in bytes.
std::optional<std::uint64_t> cgroup_memory(const MachinePlaces& places);

/// `why` fields are the words a log line shows, e.g. "CPU affinity", "cgroup quota of 1.5 cores".
struct MachineLimits {
    static constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

    unsigned cores = 1;  ///< at least 1; a quota is rounded up, as half a core used is better than half a core idle
    std::string cores_why;
    std::uint64_t memory_bytes = kUnlimited;  ///< what may be resident
    std::string memory_why;
    std::uint64_t address_space_bytes = kUnlimited;  ///< what may be mapped (ulimit -v, ulimit -d)
    std::string address_space_why;
};

/// Affinity mask, control groups (both versions), RLIMIT_AS, RLIMIT_DATA and physical memory, whichever is least. What
/// can't be read limits nothing.
MachineLimits machine_limits(const MachinePlaces& places = {});

/// Raises the limit of open files to `wanted`, as far as this process may, and returns what it is then. Never lowers
/// it.
std::uint64_t raise_open_files(std::uint64_t wanted);

/// Where the address space is limited (ulimit -v, ulimit -d), keeps malloc from reserving 64 MiB of it for every
/// thread. To be called before the first thread is started.
void spare_address_space();

/// What this process occupies now, shared libraries included.
struct ProcessMemory {
    std::uint64_t resident_bytes = 0;
    std::uint64_t mapped_bytes = 0;  ///< address space
};
ProcessMemory process_memory();

/// machine_limits().cores: how many threads can compute at once. The one number to size pools of threads by.
unsigned allowed_cores();

}  // namespace audiomuse
