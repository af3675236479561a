#include "audiomuse/base/machine.h"

#include <fmt/format.h>
#include <malloc.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <functional>
#include <sstream>
#include <system_error>
#include <thread>

#include "audiomuse/base/text.h"

namespace audiomuse {

namespace fs = std::filesystem;

namespace {

/// "" for a file that isn't there.
std::string read_text(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

template <class Number>
std::optional<Number> parse_whole(std::string_view text) {
    const std::string_view trimmed = trim(text);
    Number value{};
    const auto [end, error] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), value);
    if (error != std::errc() || end != trimmed.data() + trimmed.size()) return std::nullopt;
    return value;
}

bool contains(std::string_view list, std::string_view name) {
    const std::vector<std::string> names = split(list, ',');
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// mountinfo writes blank, tab, newline and backslash as an octal escape.
std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        if (text[i] == '\\' && i + 3 < text.size() &&
            std::from_chars(text.data() + i + 1, text.data() + i + 4, value, 8).ptr == text.data() + i + 4) {
            out += static_cast<char>(value);
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

struct Mount {
    fs::path root;   ///< of the hierarchy, as this mount shows it
    fs::path point;  ///< where
};

/// The mount of a line of /proc/self/mountinfo if it is a hierarchy with `controller`; `version_2` tells which kind.
std::optional<Mount> parse_mount(const std::string& line, std::string_view controller, bool& version_2) {
    // 36 35 98:0 /root /point options [optional fields] - type source super_options
    const std::size_t dash = line.find(" - ");
    if (dash == std::string::npos) return std::nullopt;
    const std::vector<std::string> head = split(std::string_view(line).substr(0, dash), ' ');
    const std::vector<std::string> tail = split(std::string_view(line).substr(dash + 3), ' ');
    if (head.size() < 5 || tail.size() < 3) return std::nullopt;
    version_2 = tail[0] == "cgroup2";
    if (!version_2 && !(tail[0] == "cgroup" && contains(tail[2], controller))) return std::nullopt;
    return Mount{unescape(head[3]), unescape(head[4])};
}

/// The path of the process in the hierarchy with `controller` (version 1) or in the unified one (version 2).
std::optional<fs::path> path_in(std::string_view cgroup, std::string_view controller, bool version_2) {
    for (const std::string& line : split(cgroup, '\n')) {
        // 4:memory:/some/path for version 1, 0::/some/path for version 2
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const std::string_view controllers = std::string_view(line).substr(first + 1, second - first - 1);
        if (version_2 ? controllers.empty() : contains(controllers, controller)) return line.substr(second + 1);
    }
    return std::nullopt;
}

/// Own folder first, then the ancestors up to the mount point. A path that the mount doesn't show (a container that
/// sees the host's paths) leaves the mount point, which is then the container's own group.
void add_folders(const Mount& mount, const fs::path& own, std::vector<fs::path>& folders) {
    const fs::path relative = own.lexically_relative(mount.root);
    fs::path folder = mount.point;
    if (!relative.empty() && *relative.begin() != ".." && relative != ".") folder /= relative;
    for (; folder != mount.point && folder.has_relative_path(); folder = folder.parent_path())
        folders.push_back(folder);
    folders.push_back(mount.point);
}

template <class Value>
void keep_least(std::optional<Value>& least, const std::optional<Value>& value) {
    if (value && (!least || *value < *least)) least = value;
}

template <class Value>
std::optional<Value> least_in_cgroups(const MachinePlaces& places, std::string_view controller,
                                      const std::function<std::optional<Value>(const fs::path&)>& read) {
    std::optional<Value> least;
    for (const fs::path& folder : cgroup_folders(read_text(places.cgroup), read_text(places.mountinfo), controller))
        keep_least(least, read(places.root / folder.relative_path()));
    return least;
}

unsigned affinity_cores() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
    // More cores than a cpu_set_t holds: then the number alone is good enough.
    return std::max(1U, std::thread::hardware_concurrency());
}

void lower(std::uint64_t& limit, std::string& why, std::uint64_t bytes, std::string_view words) {
    if (bytes >= limit) return;
    limit = bytes;
    why = words;
}

void lower_by_rlimit(MachineLimits& limits, decltype(RLIMIT_AS) resource, std::string_view words) {
    rlimit value{};
    if (getrlimit(resource, &value) != 0 || value.rlim_cur == RLIM_INFINITY) return;
    lower(limits.address_space_bytes, limits.address_space_why, value.rlim_cur, words);
}

}  // namespace

std::vector<fs::path> cgroup_folders(std::string_view cgroup, std::string_view mountinfo, std::string_view controller) {
    std::vector<fs::path> folders;
    for (const std::string& line : split(mountinfo, '\n')) {
        bool version_2 = false;
        const std::optional<Mount> mount = parse_mount(line, controller, version_2);
        if (!mount) continue;
        if (const auto own = path_in(cgroup, controller, version_2)) add_folders(*mount, *own, folders);
    }
    return folders;
}

std::optional<double> parse_cpu_max(std::string_view text) {
    const std::vector<std::string> words = split(trim(text), ' ');
    return words.size() == 2 ? parse_cfs_quota(words[0], words[1]) : std::nullopt;
}

std::optional<double> parse_cfs_quota(std::string_view quota, std::string_view period) {
    const auto granted = parse_whole<std::int64_t>(quota);
    const auto of = parse_whole<std::int64_t>(period);
    if (!granted || !of || *granted <= 0 || *of <= 0) return std::nullopt;
    return static_cast<double>(*granted) / static_cast<double>(*of);
}

std::optional<std::uint64_t> parse_memory_limit(std::string_view text) {
    constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 62;
    const auto bytes = parse_whole<std::uint64_t>(text);
    return bytes && *bytes < kNoLimit ? bytes : std::nullopt;
}

std::optional<double> cgroup_cores(const MachinePlaces& places) {
    return least_in_cgroups<double>(places, "cpu", [](const fs::path& folder) {
        std::optional<double> least = parse_cpu_max(read_text(folder / "cpu.max"));
        keep_least(least,
                   parse_cfs_quota(read_text(folder / "cpu.cfs_quota_us"), read_text(folder / "cpu.cfs_period_us")));
        return least;
    });
}

std::optional<std::uint64_t> cgroup_memory(const MachinePlaces& places) {
    return least_in_cgroups<std::uint64_t>(places, "memory", [](const fs::path& folder) {
        std::optional<std::uint64_t> least;
        for (const char* name : {"memory.max", "memory.high", "memory.limit_in_bytes"})
            keep_least(least, parse_memory_limit(read_text(folder / name)));
        return least;
    });
}

MachineLimits machine_limits(const MachinePlaces& places) {
    MachineLimits limits;
    limits.cores = affinity_cores();
    limits.cores_why = "CPU affinity";
    if (const auto quota = cgroup_cores(places)) {
        const auto cores = static_cast<unsigned>(std::max(1.0, std::ceil(std::min(*quota, 1e6))));
        if (cores < limits.cores) {
            limits.cores = cores;
            limits.cores_why = fmt::format("cgroup quota of {:.2g} cores", *quota);
        }
    }

    const long pages = sysconf(_SC_PHYS_PAGES);
    const long page = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0) {
        lower(limits.memory_bytes, limits.memory_why,
              static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page), "physical memory");
    }
    if (const auto bytes = cgroup_memory(places))
        lower(limits.memory_bytes, limits.memory_why, *bytes, "cgroup memory limit");
    lower_by_rlimit(limits, RLIMIT_AS, "address space limit (ulimit -v)");
    lower_by_rlimit(limits, RLIMIT_DATA, "data limit (ulimit -d)");
    return limits;
}

std::uint64_t raise_open_files(std::uint64_t wanted) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur < wanted) {
        const rlimit raised{std::min<rlim_t>(wanted, limit.rlim_max), limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    }
    return limit.rlim_cur;
}

void spare_address_space() {
    MachineLimits limits;
    lower_by_rlimit(limits, RLIMIT_AS, "");
    lower_by_rlimit(limits, RLIMIT_DATA, "");
    constexpr int kArenas = 2;  // threads share them, which costs less than not being able to start one
    if (limits.address_space_bytes != MachineLimits::kUnlimited) mallopt(M_ARENA_MAX, kArenas);
}

ProcessMemory process_memory() {
    std::ifstream in("/proc/self/statm");
    std::uint64_t mapped = 0;
    std::uint64_t resident = 0;
    in >> mapped >> resident;
    const auto page = static_cast<std::uint64_t>(std::max(0L, sysconf(_SC_PAGESIZE)));
    return {.resident_bytes = resident * page, .mapped_bytes = mapped * page};
}

unsigned allowed_cores() {
    return machine_limits().cores;
}

}  // namespace audiomuse
