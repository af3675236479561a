// Keeps analysis in its place: a share of the processor's time, hours of the day, a low priority.
#pragma once

#include <functional>
#include <string>

#include "audiomuse/settings/hours.h"

namespace audiomuse::jobs {

/// What a throttle asks of the world; a test brings its own, so that it needn't wait.
struct ThrottleClock {
    std::function<double()> steady;      ///< seconds of a clock that never goes back
    std::function<double()> thread_cpu;  ///< seconds of processor time the calling thread has used
    std::function<int()> local_hour;     ///< 0..23
    std::function<void(double)> sleep;   ///< seconds
};
ThrottleClock real_clock();

/// Of one thread that does work piece by piece. Not thread-safe; each thread has its own.
class Throttle {
public:
    using Stop = std::function<bool()>;

    /// `duty`: part of the time the thread may compute, above 0 and at most 1.
    Throttle(double duty, settings::HoursOfDay hours, ThrottleClock clock);

    /// Call before each piece of work, from the thread that does it. Returns once the time since the last call is at
    /// least what the processor time used in it allows (waiting for a disk is a pause too), and the hour is right;
    /// calls `outside_hours` about five times a second while it is not. False as soon as `stop` says so.
    bool wait(const Stop& stop, const std::function<void()>& outside_hours);

private:
    bool sleep_until(double time, const Stop& stop);

    double duty_;
    settings::HoursOfDay hours_;
    ThrottleClock clock_;
    double last_time_;
    double last_cpu_;
};

/// "Waiting until 22:00: files are analysed from 22:00 to 6:00 only."
std::string waiting_message(const settings::HoursOfDay& hours);

/// Gives the calling thread alone at least this nice level; one that is higher already stays. Later threads started by
/// it inherit the level.
void lower_thread_priority(int nice);

}  // namespace audiomuse::jobs
