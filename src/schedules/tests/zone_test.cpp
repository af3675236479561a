#include "audiomuse/schedules/zone.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <ctime>
#include <fstream>
#include <iterator>
#include <string>

#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"

namespace audiomuse::schedules {
namespace {

std::string tzif(const std::string& name) {
    std::ifstream file("/usr/share/zoneinfo/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Zone, AgreesWithTheCLibrary) {
    Random random(3);
    for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca",
                             "Asia/Kolkata", "Pacific/Apia", "America/Santiago", "UTC", "Etc/GMT+5", "Europe/Dublin"}) {
        ASSERT_EQ(setenv("TZ", name, 1), 0);
        tzset();
        const Zone zone = Zone::load(name);
        for (int i = 0; i < 20'000; ++i) {
            const std::int64_t at = random.integer(-2'000'000'000, 4'100'000'000);  // 1906 to 2099
            const std::time_t time = at;
            std::tm parts{};
            localtime_r(&time, &parts);
            ASSERT_EQ(zone.offset_at(at), parts.tm_gmtoff) << name << " at " << at;
            // What the wall shows leads back to the same time, or to the first of two.
            const std::int64_t back = zone.to_unix(zone.to_local(at));
            ASSERT_LE(back, at) << name;
            ASSERT_EQ(zone.to_local(back), zone.to_local(at)) << name;
        }
    }
    unsetenv("TZ");
    tzset();
}

TEST(Zone, RefusesWhatIsNoZone) {
    for (const char* name :
         {"", "Europe/Atlantis", "../../../etc/passwd", "/etc/localtime", "Europe", "zone.tab", "a\nb"})
        EXPECT_THROW(Zone::load(name), Error) << name;
}

TEST(Zone, RefusesDamagedFiles) {
    const std::string whole = tzif("Europe/Berlin");
    ASSERT_GT(whole.size(), 100U);
    Zone::parse(whole);
    for (std::size_t size = 0; size + 60 < whole.size(); size += 7)
        EXPECT_THROW(Zone::parse(std::string_view(whole).substr(0, size)), Error) << size;
    Random random(5);
    for (int i = 0; i < 3000; ++i) {
        std::string forged = whole;
        for (int change = 0; change < 4; ++change)
            forged[static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(forged.size()) - 1))] =
                static_cast<char>(random.integer(0, 255));
        try {
            const Zone zone = Zone::parse(forged);
            zone.to_unix(zone.to_local(1'800'000'000));
        } catch (const Error&) {  // or refused
        }
    }
}

TEST(Zone, ThisMachineHasOne) {
    ASSERT_EQ(setenv("TZ", "Asia/Tokyo", 1), 0);
    EXPECT_EQ(local_zone_name(), "Asia/Tokyo");
    ASSERT_EQ(setenv("TZ", "nonsense", 1), 0);
    EXPECT_EQ(local_zone_name(), "UTC");
    unsetenv("TZ");
    Zone::load(local_zone_name());
}

}  // namespace
}  // namespace audiomuse::schedules
