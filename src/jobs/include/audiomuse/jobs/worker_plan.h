// How many files are analysed at once, and how much of the time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "audiomuse/analyse/analyser.h"
#include "audiomuse/base/analysis.h"
#include "audiomuse/base/machine.h"
#include "audiomuse/settings/settings.h"

namespace audiomuse::jobs {

/// What one more worker needs, in bytes.
struct WorkerMemory {
    std::uint64_t resident = 0;
    std::uint64_t mapped = 0;  ///< address space: a thread's stack is reserved, hardly used
};
/// As measured, see worker_plan.cpp. `networks_beside`: analyse::Analyser::networks_beside.
WorkerMemory worker_memory(const ModelTag& model, std::size_t networks_beside);

struct WorkerPlan {
    unsigned workers = 1;
    double duty = 1;  ///< part of the time each of them may compute, above 0 and at most 1
    std::string why;  ///< one line for people, e.g. "2 workers (2 cores by CPU affinity; memory for 93)"
};

/// As many workers as are wanted (0: any number), at most one per allowed core, and no more than fit into the memory
/// that `limits` leave beside what the process uses `now`; but at least one. `cpu_share` percent of the cores' time is
/// first kept by fewer workers, which saves memory, and then by pauses.
WorkerPlan plan_workers(std::int64_t wanted, std::int64_t cpu_share, const MachineLimits& limits,
                        const ProcessMemory& now, const WorkerMemory& each);

/// The plan for this process, which has `analyser` loaded already.
WorkerPlan plan_workers(const settings::Settings& settings, const analyse::Analyser& analyser);

}  // namespace audiomuse::jobs
