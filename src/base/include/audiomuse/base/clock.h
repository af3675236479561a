#pragma once

#include <string>

namespace audiomuse {

/// Seconds since 1970-01-01 UTC.
double unix_now();
/// Seconds of a clock that never goes back; only differences mean something.
double steady_now();
/// "2026-02-03 21:14:05" in UTC.
std::string format_utc(double unix_seconds);

}  // namespace audiomuse
