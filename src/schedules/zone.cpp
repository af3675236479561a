#include "audiomuse/schedules/zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"

namespace audiomuse::schedules {

namespace {

constexpr char kFolder[] = "/usr/share/zoneinfo";
constexpr std::int64_t kDay = 86400;
// The rule after the last listed change of the clocks is written out up to here.
constexpr int kLastYear = 2200;

Error damaged_zone() {
    return Error(ErrorCode::damaged, "The description of the time zone is damaged. Install the package tzdata again.");
}

/// Reads a TZif file from the front. Throws at its end.
class TzifBytes {
public:
    explicit TzifBytes(std::string_view bytes) : rest_(bytes) {}

    std::string_view take(std::size_t size) {
        if (size > rest_.size()) throw damaged_zone();
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    std::int64_t big_endian(std::size_t size) {
        std::uint64_t value = 0;
        for (const char byte : take(size))
            value = value << 8U | static_cast<unsigned char>(byte);
        const std::size_t unused = 64 - 8 * size;  // so that the sign comes along
        return static_cast<std::int64_t>(value << unused) >> unused;
    }
    std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

struct TzifCounts {
    std::size_t utc_marks, standard_marks, leaps, transitions, types, letters;
};

/// The header of a block, and the version of the file in `version`.
TzifCounts read_header(TzifBytes& bytes, char& version) {
    if (bytes.take(4) != "TZif") throw damaged_zone();
    version = bytes.take(1).front();
    bytes.take(15);
    const auto count = [&] {
        const std::int64_t value = bytes.big_endian(4);
        if (value < 0 || value > 100'000) throw damaged_zone();
        return static_cast<std::size_t>(value);
    };
    TzifCounts counts{};
    for (std::size_t* each : {&counts.utc_marks, &counts.standard_marks, &counts.leaps, &counts.transitions,
                              &counts.types, &counts.letters})
        *each = count();
    return counts;
}

/// The rule for the years after those that are listed, as in the environment variable TZ of POSIX.
class PosixRule {
public:
    explicit PosixRule(std::string_view text) : rest_(text) {
        skip_name();
        standard_ = -read_time();
        if (rest_.empty()) return;
        skip_name();
        summer_ = rest_.starts_with(',') ? standard_ + 3600 : -read_time();
        begin_ = read_date();
        end_ = read_date();
        has_summer_ = true;
    }

    bool has_summer() const { return has_summer_; }
    std::int64_t standard() const { return standard_; }
    std::int64_t summer() const { return summer_; }
    std::int64_t summer_begins(int year) const { return moment(begin_, year) - standard_; }
    std::int64_t summer_ends(int year) const { return moment(end_, year) - summer_; }

private:
    struct Date {
        char kind = 'M';  ///< month, week and weekday; 'J': day of the year from 1 without 29 February; '0': from 0
        int month = 0, week = 0, day = 0;
        std::int64_t time = 2 * 3600L;
    };

    void skip_name() {
        if (rest_.starts_with('<')) {
            const std::size_t end = rest_.find('>');
            if (end == std::string_view::npos) throw damaged_zone();
            rest_.remove_prefix(end + 1);
            return;
        }
        while (!rest_.empty() && std::isalpha(static_cast<unsigned char>(rest_.front())) != 0)
            rest_.remove_prefix(1);
    }
    int read_integer() {
        int value = 0;
        std::size_t digits = 0;
        while (digits < rest_.size() && digits < 4 && std::isdigit(static_cast<unsigned char>(rest_[digits])) != 0)
            value = 10 * value + (rest_[digits++] - '0');
        if (digits == 0) throw damaged_zone();
        rest_.remove_prefix(digits);
        return value;
    }
    bool skip(char mark) {
        if (!rest_.starts_with(mark)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    /// "[-]h[:m[:s]]" in seconds.
    std::int64_t read_time() {
        const bool negative = skip('-');
        if (!negative) skip('+');
        std::int64_t seconds = read_integer() * 3600L;
        if (skip(':')) seconds += read_integer() * 60L;
        if (skip(':')) seconds += read_integer();
        return negative ? -seconds : seconds;
    }
    Date read_date() {
        if (!skip(',')) throw damaged_zone();
        Date date;
        if (skip('M')) {
            date.month = read_integer();
            if (!skip('.')) throw damaged_zone();
            date.week = read_integer();
            if (!skip('.')) throw damaged_zone();
            date.day = read_integer();
            if (date.month < 1 || date.month > 12 || date.week < 1 || date.week > 5 || date.day > 6)
                throw damaged_zone();
        } else {
            date.kind = skip('J') ? 'J' : '0';
            date.day = read_integer();
        }
        if (skip('/')) date.time = read_time();
        return date;
    }
    /// As local seconds.
    static std::int64_t moment(const Date& date, int year) {
        using namespace std::chrono;
        sys_days day;
        const year_month_day new_year{std::chrono::year(year), January, std::chrono::day(1)};
        if (date.kind == 'M') {
            const auto month = static_cast<unsigned>(date.month);
            const weekday wanted(static_cast<unsigned>(date.day));
            day = date.week == 5 ? sys_days(std::chrono::year(year) / std::chrono::month(month) / wanted[last])
                                 : sys_days(std::chrono::year(year) / std::chrono::month(month) /
                                            wanted[static_cast<unsigned>(date.week)]);
        } else {
            day = sys_days(new_year) + days(date.kind == 'J' ? date.day - 1 : date.day);
            if (date.kind == 'J' && std::chrono::year(year).is_leap() && date.day >= 60) day += days(1);
        }
        return day.time_since_epoch().count() * kDay + date.time;
    }

    std::string_view rest_;
    std::int64_t standard_ = 0;
    std::int64_t summer_ = 0;
    Date begin_, end_;
    bool has_summer_ = false;
};

int year_of(std::int64_t unix_s) {
    using namespace std::chrono;
    return static_cast<int>(year_month_day(floor<days>(sys_seconds(seconds(unix_s)))).year());
}

bool is_zone_name(std::string_view name) {
    const auto fits = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '/' || c == '_' || c == '-' || c == '+';
    };
    return !name.empty() && name.size() <= 100 && name.front() != '/' && std::ranges::all_of(name, fits);
}

}  // namespace

Zone Zone::load(std::string_view name) {
    if (name == "UTC") return {};
    if (is_zone_name(name)) {
        const std::filesystem::path path = std::filesystem::path(kFolder) / name;
        std::error_code error;
        std::string bytes;
        if (std::filesystem::is_regular_file(path, error)) {
            std::ifstream file(path, std::ios::binary);
            bytes.assign(std::istreambuf_iterator<char>(file), {});
        }
        if (bytes.starts_with("TZif")) return parse(bytes);
    }
    throw Error(
        ErrorCode::invalid_argument,
        fmt::format("The time zone '{}' is unknown here. Write one such as Europe/Berlin or UTC; the names come "
                    "from the package tzdata.",
                    to_valid_utf8(name.substr(0, 100))));
}

Zone Zone::parse(std::string_view tzif) {
    TzifBytes bytes(tzif);
    char version = 0;
    TzifCounts counts = read_header(bytes, version);
    std::size_t width = 4;
    const auto tail = [&](std::size_t each) {
        return counts.letters + counts.leaps * (each + 4) + counts.standard_marks + counts.utc_marks;
    };
    if (version >= '2') {  // the same again in 64 bits
        bytes.take(counts.transitions * 5 + counts.types * 6 + tail(4));
        counts = read_header(bytes, version);
        width = 8;
    }
    Zone zone;
    for (std::size_t i = 0; i < counts.transitions; ++i)
        zone.transitions_.push_back({.at = bytes.big_endian(width)});
    const std::string_view types = bytes.take(counts.transitions);
    std::vector<std::int64_t> offsets;
    for (std::size_t i = 0; i < counts.types; ++i) {
        offsets.push_back(bytes.big_endian(4));
        bytes.take(2);
    }
    if (offsets.empty()) throw damaged_zone();
    zone.first_offset_ = offsets.front();
    for (std::size_t i = 0; i < types.size(); ++i) {
        const auto type = static_cast<unsigned char>(types[i]);
        if (type >= offsets.size()) throw damaged_zone();
        zone.transitions_[i].offset = offsets[type];
    }
    if (!std::ranges::is_sorted(zone.transitions_, {}, &Transition::at)) throw damaged_zone();
    if (version < '2') return zone;
    bytes.take(tail(8));
    const std::string_view footer = trim(bytes.rest());
    if (footer.empty()) return zone;
    const PosixRule rule(footer);
    const std::int64_t last = zone.transitions_.empty() ? 0 : zone.transitions_.back().at;
    constexpr std::int64_t kFarthest = 100'000'000'000;  // the year 5138
    if (last < -kFarthest || last > kFarthest) throw damaged_zone();
    if (!rule.has_summer()) {
        if (zone.transitions_.empty()) zone.first_offset_ = rule.standard();
        return zone;
    }
    std::vector<Transition> further;
    for (int year = year_of(last); year <= kLastYear; ++year) {
        further.push_back({rule.summer_begins(year), rule.summer()});
        further.push_back({rule.summer_ends(year), rule.standard()});
    }
    std::ranges::sort(further, {}, &Transition::at);
    for (const Transition& each : further) {
        if (each.at > last) zone.transitions_.push_back(each);
    }
    return zone;
}

std::int64_t Zone::offset_at(std::int64_t unix_s) const {
    const auto after = std::ranges::upper_bound(transitions_, unix_s, {}, &Transition::at);
    return after == transitions_.begin() ? first_offset_ : std::prev(after)->offset;
}

std::int64_t Zone::to_unix(std::int64_t local_s) const {
    // Whole days are the largest jump there has been; clocks are not changed twice within these.
    const std::int64_t before = offset_at(local_s - 2 * kDay);
    const std::int64_t after = offset_at(local_s + 2 * kDay);
    if (offset_at(local_s - before) == before) return local_s - before;
    if (offset_at(local_s - after) == after) return local_s - after;
    const auto jump = std::ranges::upper_bound(transitions_, local_s - after, {}, &Transition::at);
    return jump == transitions_.end() ? local_s - after : jump->at;
}

std::string local_zone_name() {
    std::string name;
    if (const char* given = std::getenv("TZ"); given != nullptr && *given != '\0') {
        name = *given == ':' ? given + 1 : given;
    } else {
        std::error_code error;
        const std::string target = std::filesystem::read_symlink("/etc/localtime", error).string();
        constexpr std::string_view kMark = "zoneinfo/";
        if (const std::size_t at = target.find(kMark); at != std::string::npos) name = target.substr(at + kMark.size());
    }
    try {
        Zone::load(name);
        return name;
    } catch (const Error&) {
        return "UTC";
    }
}

}  // namespace audiomuse::schedules
