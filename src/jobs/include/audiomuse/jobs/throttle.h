// Keeps analysis in its place: a share of the processor's time, a rate, a low priority.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>

namespace audiomuse::jobs {

/// What a throttle asks of the world; a test brings its own, so that it needn't wait.
struct ThrottleClock {
    std::function<double()> steady;      ///< seconds of a clock that never goes back
    std::function<double()> thread_cpu;  ///< seconds of processor time the calling thread has used
    std::function<int()> local_hour;     ///< 0..23
    std::function<void(double)> sleep;   ///< seconds
};
ThrottleClock real_clock();

/// Of one thread that does work piece by piece. Not thread-safe; each thread has its own, made in it.
class Throttle {
public:
    using Stop = std::function<bool()>;

    /// `duty`: part of the time the thread may compute, above 0 and at most 1; asked again whenever it rests.
    Throttle(std::function<double()> duty, ThrottleClock clock);

    /// Call before each piece of work. Rests for the last one, and then for as long as `must_wait`, which is asked
    /// about five times a second, says true. False as soon as `stop` says so.
    bool wait(const Stop& stop, const std::function<bool()>& must_wait);
    /// Returns once the time since the last call is at least what the processor time used in it allows; waiting for a
    /// disk is a rest too. False as soon as `stop` says so.
    bool rest(const Stop& stop);

private:
    std::function<double()> duty_;
    ThrottleClock clock_;
    double last_time_;
    double last_cpu_;
};

/// Pieces of work that all threads of a process begin, spread evenly. Thread-safe.
class Pace {
public:
    /// Whether the next piece may begin now, at most `per_hour` of them an hour (0: any number); if so it counts as
    /// begun. `now`: seconds of a clock that never goes back. What was not used earlier is not made up for.
    bool take(double now, std::int64_t per_hour);

private:
    std::mutex mutex_;  // guards begun_
    double begun_ = -1e18;
};

/// Gives the calling thread alone at least this nice level; one that is higher already stays. Later threads started by
/// it inherit the level.
void lower_thread_priority(int nice);

}  // namespace audiomuse::jobs
