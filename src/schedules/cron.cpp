#include "audiomuse/schedules/cron.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"

namespace audiomuse::schedules {

namespace {

constexpr std::int64_t kMinutesOfDay = 24 * 60;
// 29 February on one weekday: 40 years where the year 2100, which has none, lies between.
constexpr std::int64_t kLongestWait = 45 * 366;  // days

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct CronField {
    std::string_view name;
    int least;
    int most;
    std::span<const std::string_view> words = {};  ///< for `least` and those after it
};
constexpr CronField kMinuteField{"minute", 0, 59};
constexpr CronField kHourField{"hour", 0, 23};
constexpr CronField kDayField{"day of the month", 1, 31};
constexpr CronField kMonthField{"month", 1, 12, kMonths};
constexpr CronField kWeekdayField{"weekday", 0, 7, kWeekdays};

[[noreturn]] void refuse_field(const CronField& field, std::string_view part, std::string_view why) {
    throw Error(ErrorCode::invalid_argument, fmt::format("The {} '{}' of the cron expression {}", field.name,
                                                         to_valid_utf8(part.substr(0, 60)), why));
}

std::optional<int> parse_count(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || text.front() == '-' || error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

int parse_value(const CronField& field, std::string_view part, std::string_view text) {
    if (const auto number = parse_count(text)) {
        if (*number < field.least || *number > field.most)
            refuse_field(field, part, fmt::format("is not within {} to {}.", field.least, field.most));
        return *number;
    }
    const std::string word = fold(text);
    const auto found = std::ranges::find(field.words, word);
    if (found != field.words.end()) return field.least + static_cast<int>(found - field.words.begin());
    const bool named = !field.words.empty();
    refuse_field(field, part,
                 fmt::format("is not understood; write {} to {}{}, *, a list 1,2, a range 1-5 or a step */2.",
                             field.least, field.most, named ? fmt::format(", {}", field.words.front()) : ""));
}

/// Sets what one part of a list ("*", "5", "1-5", "*/2", "1-9/3") means.
template <std::size_t N>
void add_part(const CronField& field, std::string_view part, std::bitset<N>& set) {
    const std::size_t slash = part.find('/');
    const std::string_view range = part.substr(0, slash);
    int first = field.least;
    int last = field.most;
    int step = 1;
    const bool is_single = range != "*" && range.find('-') == std::string_view::npos;
    if (range != "*") {
        const std::size_t dash = range.find('-');
        first = parse_value(field, part, range.substr(0, dash));
        last = dash == std::string_view::npos ? first : parse_value(field, part, range.substr(dash + 1));
        if (&field == &kWeekdayField && last == 0 && first > 0) last = 7;  // fri-sun
        if (last < first) refuse_field(field, part, "ends before it begins.");
    } else if (&field == &kWeekdayField) {
        last = 6;  // Sunday is not there twice
    }
    if (slash != std::string_view::npos) {
        const auto given = parse_count(part.substr(slash + 1));
        if (!given || *given == 0) refuse_field(field, part, "has a step that is no number above 0.");
        if (is_single) refuse_field(field, part, "has a step but no range; write */2 or 1-9/2.");
        step = *given;
    }
    for (int value = first; value <= last; value += std::min(step, 100))
        set.set(static_cast<std::size_t>(&field == &kWeekdayField ? value % 7 : value));
}

template <std::size_t N>
void read_field(const CronField& field, std::string_view text, std::bitset<N>& set) {
    for (const std::string& part : split(text, ','))
        add_part(field, part, set);
}

std::string_view written_out(std::string_view text) {
    if (!text.starts_with('@')) return text;
    const std::string word = fold(text);
    if (word == "@hourly") return "0 * * * *";
    if (word == "@daily" || word == "@midnight") return "0 0 * * *";
    if (word == "@weekly") return "0 0 * * 0";
    if (word == "@monthly") return "0 0 1 * *";
    if (word == "@yearly" || word == "@annually") return "0 0 1 1 *";
    throw Error(ErrorCode::invalid_argument,
                fmt::format("The cron expression '{}' is unknown; there are @hourly, @daily, @weekly, @monthly and "
                            "@yearly, or five fields.",
                            to_valid_utf8(text.substr(0, 60))));
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : text) {
        if (c != ' ' && c != '\t') {
            word += c;
        } else if (!word.empty()) {
            words.push_back(std::move(word));
            word.clear();
        }
    }
    if (!word.empty()) words.push_back(std::move(word));
    return words;
}

std::int64_t floor_div(std::int64_t value, std::int64_t by) {
    return value >= 0 ? value / by : -((-value + by - 1) / by);
}

}  // namespace

Cron::Cron(std::string_view text) {
    if (text.size() > 500) throw Error(ErrorCode::invalid_argument, "The cron expression is longer than 500 letters.");
    const std::vector<std::string> fields = words_of(written_out(trim(text)));
    if (fields.size() != 5) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("A cron expression has five fields (minute, hour, day of the month, month, weekday), "
                                "as in '0 3 * * *' for every night at 3; this one has {}.",
                                fields.size()));
    }
    read_field(kMinuteField, fields[0], minutes_);
    read_field(kHourField, fields[1], hours_);
    read_field(kDayField, fields[2], days_);
    read_field(kMonthField, fields[3], months_);
    read_field(kWeekdayField, fields[4], weekdays_);
    any_day_ = fields[2].starts_with('*');
    any_weekday_ = fields[4].starts_with('*');
    if (!first_match(0)) {
        throw Error(ErrorCode::invalid_argument, fmt::format("No year has the day of the month '{}' in the month '{}'.",
                                                             to_valid_utf8(fields[2]), to_valid_utf8(fields[3])));
    }
}

bool Cron::is_day(std::int64_t day) const {
    using namespace std::chrono;
    const sys_days date{days(day)};
    const bool by_day = days_[static_cast<unsigned>(year_month_day(date).day())];
    const bool by_weekday = weekdays_[weekday(date).c_encoding()];
    return any_day_ || any_weekday_ ? by_day && by_weekday : by_day || by_weekday;
}

std::optional<std::int64_t> Cron::first_match(std::int64_t local_minute) const {
    using namespace std::chrono;
    std::int64_t day = floor_div(local_minute, kMinutesOfDay);
    std::int64_t from = local_minute - day * kMinutesOfDay;
    for (const std::int64_t end = day + kLongestWait; day < end; from = 0) {
        const year_month_day date{sys_days(days(day))};
        if (!months_[static_cast<unsigned>(date.month())]) {
            const auto next_month = date.year() / date.month() / 1 + months(1);
            day = sys_days(next_month).time_since_epoch().count();
            continue;
        }
        for (std::int64_t minute = from; is_day(day) && minute < kMinutesOfDay; ++minute) {
            if (!hours_[static_cast<std::size_t>(minute / 60)]) {
                minute = minute / 60 * 60 + 59;
            } else if (minutes_[static_cast<std::size_t>(minute % 60)]) {
                return day * kMinutesOfDay + minute;
            }
        }
        ++day;
    }
    return std::nullopt;
}

std::optional<std::int64_t> Cron::next(std::int64_t unix_s, const Zone& zone) const {
    // Times grow with what the wall shows, so what it shows now is where to begin.
    for (std::int64_t minute = floor_div(zone.to_local(unix_s), 60);; ++minute) {
        const auto match = first_match(minute);
        if (!match) return std::nullopt;
        minute = *match;
        const std::int64_t time = zone.to_unix(minute * 60);
        if (time > unix_s) return time;
    }
}

}  // namespace audiomuse::schedules
