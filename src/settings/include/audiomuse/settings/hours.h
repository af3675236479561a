// A stretch of the day, in whole hours of local time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace audiomuse::settings {

/// From the hour `from` up to, not including, the hour `to`; past midnight when `to` is the smaller. Default: always.
struct HoursOfDay {
    int from = 0;
    int to = 24;

    bool always() const { return from == 0 && to == 24; }
    /// `hour` is 0..23.
    bool contains(int hour) const { return from < to ? hour >= from && hour < to : hour >= from || hour < to; }
    friend bool operator==(const HoursOfDay&, const HoursOfDay&) = default;
};

/// "22-6", blanks allowed around the numbers; "" is always. Nothing for anything else, and where begin and end are the
/// same hour, which could mean all or nothing.
std::optional<HoursOfDay> parse_hours(std::string_view text);
/// What parse_hours takes back; "" for always.
std::string to_text(const HoursOfDay& hours);

}  // namespace audiomuse::settings
