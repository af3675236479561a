#include "audiomuse/jobs/throttle.h"

#include <fmt/format.h>
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

Throttle::Throttle(double duty, settings::HoursOfDay hours, ThrottleClock clock)
    : duty_(duty),
      hours_(hours),
      clock_(std::move(clock)),
      last_time_(clock_.steady()),
      last_cpu_(clock_.thread_cpu()) {}

bool Throttle::wait(const Stop& stop, const std::function<void()>& outside_hours) {
    if (duty_ < 1 && !sleep_until(last_time_ + (clock_.thread_cpu() - last_cpu_) / duty_, stop)) return false;
    while (!hours_.contains(clock_.local_hour())) {
        outside_hours();
        if (!sleep_until(clock_.steady() + kNap, stop)) return false;
    }
    last_time_ = clock_.steady();
    last_cpu_ = clock_.thread_cpu();
    return !stop();
}

bool Throttle::sleep_until(double time, const Stop& stop) {
    for (double left = time - clock_.steady(); left > 0; left = time - clock_.steady()) {
        if (stop()) return false;
        clock_.sleep(std::min(left, kNap));
    }
    return true;
}

std::string waiting_message(const settings::HoursOfDay& hours) {
    return fmt::format("Waiting until {}:00: files are analysed from {}:00 to {}:00 only.", hours.from, hours.from,
                       hours.to);
}

void lower_thread_priority(int nice) {
    // On Linux the nice level belongs to the thread, although POSIX says process.
    const auto thread = static_cast<id_t>(::gettid());
    if (::getpriority(PRIO_PROCESS, thread) < nice) ::setpriority(PRIO_PROCESS, thread, nice);
}

}  // namespace audiomuse::jobs
