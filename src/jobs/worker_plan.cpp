#include "audiomuse/jobs/worker_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace audiomuse::jobs {

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

/// How many of `each` fit between `used` and `limit`.
unsigned fitting(std::uint64_t limit, std::uint64_t used, std::uint64_t each) {
    if (limit == MachineLimits::kUnlimited || each == 0) return std::numeric_limits<unsigned>::max();
    if (limit <= used) return 0;
    return static_cast<unsigned>(std::min<std::uint64_t>((limit - used) / each, 1'000'000));
}

std::string count_of(unsigned count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

// Measured on x86-64 as the difference that a second worker makes to VmHWM and VmPeak (/proc/PID/status) of `audiomuse
// scan --workers 1` and `--workers 2` over a demo library: 5 MiB and 18 MiB with audiomuse-mini, 48 MiB and 136 MiB
// with MusiCNN, and 113 MiB more with five complete mood networks beside it. The rest is margin, for longer files and
// for the threads that are started after the workers were counted.
WorkerMemory worker_memory(const ModelTag& model, std::size_t networks_beside) {
    if (model.name == "musicnn") {
        return {.resident = 64 * kMiB + networks_beside * 32 * kMiB,
                .mapped = 192 * kMiB + networks_beside * 32 * kMiB};
    }
    return {.resident = 16 * kMiB, .mapped = 144 * kMiB};
}

WorkerPlan plan_workers(std::int64_t wanted, std::int64_t cpu_share, const MachineLimits& limits,
                        const ProcessMemory& now, const WorkerMemory& each) {
    const unsigned in_memory = fitting(limits.memory_bytes, now.resident_bytes, each.resident);
    const unsigned in_space = fitting(limits.address_space_bytes, now.mapped_bytes, each.mapped);
    const double share = static_cast<double>(cpu_share) / 100;
    const double core_time = share * limits.cores;

    WorkerPlan plan;
    plan.workers = std::min(limits.cores, static_cast<unsigned>(std::ceil(core_time)));
    if (wanted > 0) plan.workers = static_cast<unsigned>(std::min<std::int64_t>(plan.workers, wanted));
    plan.workers = std::max(1U, std::min({plan.workers, in_memory, in_space}));
    plan.duty = std::min(1.0, core_time / plan.workers);

    plan.why =
        fmt::format("{} ({} by {}", count_of(plan.workers, "worker"), count_of(limits.cores, "core"), limits.cores_why);
    const unsigned fit = std::min(in_memory, in_space);
    if (fit < limits.cores) {
        plan.why += fmt::format("; {} has room for {}",
                                in_memory <= in_space ? limits.memory_why : limits.address_space_why, fit);
    }
    if (wanted > 0) plan.why += fmt::format("; at most {} wanted", wanted);
    if (cpu_share < 100) plan.why += fmt::format("; {} % of the time of the cores", cpu_share);
    plan.why += ")";
    return plan;
}

WorkerPlan plan_workers(const settings::Settings& settings, const analyse::Analyser& analyser) {
    WorkerMemory each = worker_memory(analyser.model(), analyser.networks_beside());
    if (analyser.sound_model()) {
        // An estimate: activations of a small convolutional network on 128 x 1001 numbers, and the front end's 3 MB.
        each.resident += 96 * kMiB;
        each.mapped += 192 * kMiB;
    }
    return plan_workers(settings.workers, settings.cpu_share, machine_limits(), process_memory(), each);
}

}  // namespace audiomuse::jobs
