// The threads of a process that do jobs.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "audiomuse/jobs/context.h"

namespace audiomuse::jobs {

/// How long a worker holds a job without renewing it: so long may pass before another takes over from a dead one.
inline constexpr double kLeaseSeconds = 20;
/// How often a job is tried again because its worker died, without anything of it getting done between.
inline constexpr int kMaxRetries = 3;

/// Claims jobs and does them, until it is destroyed: one thread for whole jobs, one for jobs of their own, one for
/// scans where this process can list folders, one for backups where it has a folder for them, and as many for children
/// as the machine allows. One more thread renews what they hold, and delivers again what the queue has lost or a dead
/// worker left behind.
///
/// A job always ends: as success, failure or revoked, or it stays unfinished for the next worker when this one goes.
class Workers {
public:
    /// Of `lanes`, those that this process can serve.
    Workers(const JobContext& context, const std::vector<queue::Lane>& lanes);
    /// Interrupts what is being done and hands it back.
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Claims nothing more, gives children in hand `patience` to end, and hands back the rest. Returns when nothing is
    /// being done any more.
    void drain(std::chrono::milliseconds patience);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace audiomuse::jobs
