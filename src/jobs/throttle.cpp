#include "audiomuse/jobs/throttle.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "audiomuse/base/clock.h"

namespace audiomuse::jobs {

namespace {

constexpr double kNap = 0.2;  // seconds between two looks whether to stop

double thread_cpu_seconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

int local_hour_now() {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    return local.tm_hour;
}

}  // namespace

ThrottleClock real_clock() {
    return {steady_now, thread_cpu_seconds, local_hour_now,
            [](double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }};
}

Throttle::Throttle(std::function<double()> duty, ThrottleClock clock)
    : duty_(std::move(duty)), clock_(std::move(clock)), last_time_(clock_.steady()), last_cpu_(clock_.thread_cpu()) {}

bool Throttle::wait(const Stop& stop, const std::function<bool()>& must_wait) {
    if (!rest(stop)) return false;
    while (must_wait()) {
        if (stop()) return false;
        clock_.sleep(kNap);
    }
    last_time_ = clock_.steady();
    last_cpu_ = clock_.thread_cpu();
    return !stop();
}

bool Throttle::rest(const Stop& stop) {
    const double used = clock_.thread_cpu() - last_cpu_;
    const auto left = [&] {
        const double duty = duty_();
        return duty < 1 ? last_time_ + used / duty - clock_.steady() : 0.0;
    };
    for (double seconds = left(); seconds > 0; seconds = left()) {
        if (stop()) return false;
        clock_.sleep(std::min(seconds, kNap));
    }
    last_time_ = clock_.steady();
    last_cpu_ = clock_.thread_cpu();
    return true;
}

bool Pace::take(double now, std::int64_t per_hour) {
    const std::lock_guard lock(mutex_);
    if (per_hour > 0 && now - begun_ < 3600.0 / static_cast<double>(per_hour)) return false;
    begun_ = now;
    return true;
}

void lower_thread_priority(int nice) {
    // On Linux the nice level belongs to the thread, although POSIX says process.
    const auto thread = static_cast<id_t>(::gettid());
    if (::getpriority(PRIO_PROCESS, thread) < nice) ::setpriority(PRIO_PROCESS, thread, nice);
}

}  // namespace audiomuse::jobs
