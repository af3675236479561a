#include "audiomuse/base/clock.h"

#include <fmt/chrono.h>

#include <chrono>
#include <cmath>

namespace audiomuse {

double unix_now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

double steady_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string format_utc(double unix_seconds) {
    return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(static_cast<std::time_t>(std::floor(unix_seconds))));
}

}  // namespace audiomuse
