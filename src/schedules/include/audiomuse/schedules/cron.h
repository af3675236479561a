// The five fields of cron: "minute hour day-of-month month weekday".
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>

#include "audiomuse/schedules/zone.h"

namespace audiomuse::schedules {

/// When something is due, as crontab(5) writes it: `*`, lists `1,15`, ranges `9-17`, steps `*/5` and `10-40/10`, months
/// and weekdays by their English names, 0 and 7 for Sunday, and @hourly, @daily, @midnight, @weekly, @monthly, @yearly,
/// @annually. Where both day of month and weekday are given (neither begins with `*`), either is enough.
class Cron {
public:
    /// Throws Error(invalid_argument) with a sentence that names the field, also for a date that never comes.
    explicit Cron(std::string_view text);

    /// The first time after `unix_s` that clocks of `zone` show such a minute, in Unix seconds. What clocks jump over
    /// in spring is due once, at the moment of the jump; what they show twice in autumn is due the first time only.
    /// Nothing where the time would be more than 45 years off.
    std::optional<std::int64_t> next(std::int64_t unix_s, const Zone& zone) const;

private:
    std::optional<std::int64_t> first_match(std::int64_t local_minute) const;
    bool is_day(std::int64_t day) const;  ///< since 1970

    std::bitset<60> minutes_;
    std::bitset<24> hours_;
    std::bitset<32> days_;
    std::bitset<13> months_;
    std::bitset<7> weekdays_;
    bool any_day_ = false;      ///< the field begins with `*`
    bool any_weekday_ = false;  ///< the field begins with `*`
};

}  // namespace audiomuse::schedules
