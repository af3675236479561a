#include "audiomuse/schedules/cron.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <ctime>
#include <set>
#include <string>
#include <vector>

#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"

namespace audiomuse::schedules {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// "2026-03-29 01:30" in UTC as Unix seconds, and back.
std::int64_t utc(const std::string& text) {
    std::tm time{};
    EXPECT_NE(strptime(text.c_str(), "%Y-%m-%d %H:%M", &time), nullptr) << text;
    return timegm(&time);
}
std::string shown(std::int64_t unix_s) {
    const std::time_t time = unix_s;
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &parts)};
}

std::vector<std::string> next_of(const std::string& cron, const std::string& after, int count,
                                 const std::string& zone = "UTC") {
    const Cron parsed(cron);
    const Zone where = Zone::load(zone);
    std::vector<std::string> times;
    std::int64_t time = utc(after);
    for (int i = 0; i < count; ++i) {
        time = parsed.next(time, where).value();
        times.push_back(shown(time));
    }
    return times;
}

TEST(Cron, ReadsTheUsualForms) {
    const std::string from = "2026-01-31 22:00";  // a Saturday
    EXPECT_THAT(next_of("0 3 * * *", from, 2), ElementsAre("2026-02-01 03:00", "2026-02-02 03:00"));
    EXPECT_THAT(next_of("*/20 1,3 * * *", from, 4),
                ElementsAre("2026-02-01 01:00", "2026-02-01 01:20", "2026-02-01 01:40", "2026-02-01 03:00"));
    EXPECT_THAT(next_of("10-50/20 0 * * *", from, 3),
                ElementsAre("2026-02-01 00:10", "2026-02-01 00:30", "2026-02-01 00:50"));
    EXPECT_THAT(next_of("0 0 * feb-Mar SUN", from, 2), ElementsAre("2026-02-01 00:00", "2026-02-08 00:00"));
    EXPECT_THAT(next_of("0 0 * * 7", from, 1), ElementsAre("2026-02-01 00:00"));
    EXPECT_THAT(next_of("0 0 * * fri-sun", from, 2), ElementsAre("2026-02-01 00:00", "2026-02-06 00:00"));
    EXPECT_THAT(next_of("  30\t4  1 1 * ", from, 1), ElementsAre("2027-01-01 04:30"));
    EXPECT_THAT(next_of("@hourly", from, 1), ElementsAre("2026-01-31 23:00"));
    EXPECT_THAT(next_of("@daily", from, 1), ElementsAre("2026-02-01 00:00"));
    EXPECT_THAT(next_of("@Weekly", from, 1), ElementsAre("2026-02-01 00:00"));
    EXPECT_THAT(next_of("@monthly", from, 1), ElementsAre("2026-02-01 00:00"));
    EXPECT_THAT(next_of("@yearly", from, 1), ElementsAre("2027-01-01 00:00"));
}

TEST(Cron, ADayOfTheMonthOrAWeekday) {
    EXPECT_THAT(next_of("0 0 13 * fri", "2026-02-01 00:00", 4),
                ElementsAre("2026-02-06 00:00", "2026-02-13 00:00", "2026-02-20 00:00", "2026-02-27 00:00"));
    EXPECT_THAT(next_of("0 0 */2 * mon", "2026-02-01 00:00", 2), ElementsAre("2026-02-09 00:00", "2026-02-23 00:00"))
        << "a field that begins with * is no restriction of its own";
    EXPECT_THAT(next_of("0 0 31 * *", "2026-02-01 00:00", 2), ElementsAre("2026-03-31 00:00", "2026-05-31 00:00"));
    EXPECT_THAT(next_of("0 0 29 2 *", "2096-03-01 00:00", 1), ElementsAre("2104-02-29 00:00"));
    EXPECT_THAT(next_of("0 0 29 2 */7", "2088-03-01 00:00", 1), ElementsAre("2128-02-29 00:00"))
        << "a Sunday, 40 years later";
}

TEST(Cron, WhatClocksJumpOverIsDueOnceAtTheJump) {
    // In Berlin 2:00 to 3:00 is missing on 29 March 2026.
    EXPECT_THAT(next_of("*/15 2 * * *", "2026-03-28 01:40", 4, "Europe/Berlin"),
                ElementsAre("2026-03-28 01:45", "2026-03-29 01:00", "2026-03-30 00:00", "2026-03-30 00:15"));
    EXPECT_THAT(next_of("30 1-3 * * *", "2026-03-28 23:00", 3, "Europe/Berlin"),
                ElementsAre("2026-03-29 00:30", "2026-03-29 01:00", "2026-03-29 01:30"));
}

TEST(Cron, WhatClocksShowTwiceIsDueOnce) {
    // In Berlin 2:00 to 3:00 is there twice on 25 October 2026.
    EXPECT_THAT(next_of("30 2 * * *", "2026-10-24 12:00", 2, "Europe/Berlin"),
                ElementsAre("2026-10-25 00:30", "2026-10-26 01:30"));
    EXPECT_THAT(next_of("30 2 * * *", "2026-10-25 01:10", 1, "Europe/Berlin"), ElementsAre("2026-10-26 01:30"));
    // Lord Howe Island moves its clocks by half an hour.
    EXPECT_THAT(next_of("45 1 * * *", "2026-04-04 00:00", 2, "Australia/Lord_Howe"),
                ElementsAre("2026-04-04 14:45", "2026-04-05 15:15"));
}

TEST(Cron, SaysWhichFieldIsWrong) {
    const std::pair<std::string, std::string> wrong[] = {
        {"", "five fields"},
        {"0 3 * *", "this one has 4"},
        {"0 3 * * * *", "this one has 6"},
        {"60 3 * * *", "The minute '60'"},
        {"-1 3 * * *", "The minute '-1'"},
        {"0 24 * * *", "The hour '24'"},
        {"0 3 0 * *", "The day of the month '0'"},
        {"0 3 * 13 *", "The month '13'"},
        {"0 3 * foo *", "The month 'foo'"},
        {"0 3 * * 8", "The weekday '8'"},
        {"0 3 * * mon-", "The weekday 'mon-'"},
        {"5-1 3 * * *", "ends before it begins"},
        {"*/0 3 * * *", "step"},
        {"*/x 3 * * *", "step"},
        {"5/2 3 * * *", "no range"},
        {"1,,2 3 * * *", "The minute ''"},
        {"99999999999999999999 3 * * *", "The minute"},
        {"0 0 30 2 *", "No year has"},
        {"@reboot", "@reboot"},
        {"\xff 3 * * *", "The minute"},
    };
    for (const auto& [cron, part] : wrong) {
        try {
            const Cron parsed(cron);
            ADD_FAILURE() << cron;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
            EXPECT_THAT(error.what(), HasSubstr(part)) << cron;
        }
    }
}

// Against each minute of several years, with local times from the C library and fields that were never parsed.

struct Wanted {
    std::string text;
    std::set<int> values;
};

Wanted random_field(Random& random, int least, int most) {
    const auto number = [&](int from, int to) { return static_cast<int>(random.integer(from, to)); };
    if (number(0, 2) == 0) {
        Wanted any{"*", {}};
        for (int value = least; value <= most; ++value)
            any.values.insert(value);
        return any;
    }
    Wanted field;
    const int parts = number(1, 3);
    for (int part = 0; part < parts; ++part) {
        const int first = number(least, most);
        const int last = number(0, 1) == 0 ? first : number(first, most);
        const int step = last == first ? 1 : number(1, 7);
        if (part > 0) field.text += ',';
        field.text += last == first ? fmt::format("{}", first)
                      : step == 1   ? fmt::format("{}-{}", first, last)
                                    : fmt::format("{}-{}/{}", first, last, step);
        for (int value = first; value <= last; value += step)
            field.values.insert(value);
    }
    return field;
}

struct WallMinute {
    std::int64_t at;    ///< Unix seconds
    std::int64_t wall;  ///< minutes that the wall shows
};

TEST(Cron, IsAsEveryMinuteOfThreeYearsSays) {
    const std::string zones[] = {"UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"};
    Random random(7);
    int compared = 0;
    for (const std::string& name : zones) {
        ASSERT_EQ(setenv("TZ", name.c_str(), 1), 0);
        tzset();
        std::vector<WallMinute> minutes;
        for (std::int64_t at = utc("2026-01-01 00:00"); at < utc("2029-01-01 00:00"); at += 60) {
            const std::time_t time = at;
            std::tm parts{};
            localtime_r(&time, &parts);
            minutes.push_back({at, (at + parts.tm_gmtoff) / 60});
        }
        std::vector<std::tm> shows;  // what the wall shows from its first minute on
        for (std::int64_t wall = minutes.front().wall; wall <= minutes.back().wall; ++wall) {
            const std::time_t time = wall * 60;
            gmtime_r(&time, &shows.emplace_back());
        }
        const Zone zone = Zone::load(name);
        for (int i = 0; i < 12; ++i) {
            const Wanted minute = random_field(random, 0, 59);
            const Wanted hour = random_field(random, 0, 23);
            const Wanted day = random_field(random, 1, 31);
            const Wanted month = random_field(random, 1, 12);
            const Wanted weekday = random_field(random, 0, 6);
            const std::string text =
                fmt::format("{} {} {} {} {}", minute.text, hour.text, day.text, month.text, weekday.text);
            SCOPED_TRACE(name + ": " + text);
            const auto matches = [&](std::int64_t wall) {
                const std::tm& parts = shows[static_cast<std::size_t>(wall - minutes.front().wall)];
                const bool by_day = day.values.contains(parts.tm_mday);
                const bool by_weekday = weekday.values.contains(parts.tm_wday);
                const bool is_day =
                    day.text == "*" || weekday.text == "*" ? by_day && by_weekday : by_day || by_weekday;
                return is_day && minute.values.contains(parts.tm_min) && hour.values.contains(parts.tm_hour) &&
                       month.values.contains(parts.tm_mon + 1);
            };
            std::optional<Cron> cron;
            try {
                cron.emplace(text);
            } catch (const Error&) {  // 31 February and the like
                for (std::size_t m = 0; m < minutes.size(); m += 7)
                    ASSERT_FALSE(matches(minutes[m].wall));
                continue;
            }
            std::int64_t expected_from = minutes.front().at;
            std::int64_t shown_until = minutes.front().wall;  // what the wall has shown already
            auto next = cron->next(expected_from, zone);
            for (const WallMinute& each : minutes) {
                bool due = false;
                for (std::int64_t wall = shown_until + 1; wall <= each.wall; ++wall)
                    due = due || matches(wall);
                shown_until = std::max(shown_until, each.wall);
                if (!due) continue;
                ASSERT_TRUE(next);
                ASSERT_EQ(shown(*next), shown(each.at));
                ++compared;
                next = cron->next(*next, zone);
            }
            ASSERT_TRUE(!next || *next > minutes.back().at);
        }
    }
    EXPECT_GT(compared, 10'000) << "the expressions hardly ever matched";
    unsetenv("TZ");
    tzset();
}

}  // namespace
}  // namespace audiomuse::schedules
