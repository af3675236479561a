// Time zones, read from the system's tzdata.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace audiomuse::schedules {

/// What clocks on the wall show. Times are seconds since 1970; local ones are those that would be Unix seconds if the
/// wall were in UTC.
class Zone {
public:
    /// "Europe/Berlin"; "UTC" needs no tzdata. Throws Error(invalid_argument) for a name that the system does not know.
    static Zone load(std::string_view name);
    /// From the bytes of a TZif file, RFC 8536. Throws Error(damaged).
    static Zone parse(std::string_view tzif);

    std::int64_t offset_at(std::int64_t unix_s) const;  ///< seconds east of UTC
    std::int64_t to_local(std::int64_t unix_s) const { return unix_s + offset_at(unix_s); }
    /// When the wall shows `local_s`: of two such times the first; where clocks jump over it, the moment of the jump.
    /// Never falls as `local_s` grows.
    std::int64_t to_unix(std::int64_t local_s) const;

private:
    struct Transition {
        std::int64_t at = 0;
        std::int64_t offset = 0;  ///< from then on
    };
    std::int64_t first_offset_ = 0;
    std::vector<Transition> transitions_;  // in order of time
};

/// The zone of this machine: TZ, or what /etc/localtime points to, or "UTC".
std::string local_zone_name();

}  // namespace audiomuse::schedules
