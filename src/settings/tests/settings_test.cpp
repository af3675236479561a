#include "audiomuse/settings/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "audiomuse/base/error.h"

namespace audiomuse::settings {
namespace {

TEST(Settings, NamesAndFlagsAreUnique) {
    std::set<std::string> names;
    std::set<std::string> flags;
    for (const SettingInfo& info : table()) {
        EXPECT_TRUE(names.insert(std::string(info.name)).second) << info.name;
        EXPECT_TRUE(flags.insert(info.flag()).second) << info.flag();
    }
}

TEST(Settings, DefaultsAreAllowedValues) {
    Settings settings;
    for (const SettingInfo& info : table()) {
        if (!info.default_text.empty()) {
            EXPECT_NO_THROW(set(settings, info.name, info.default_text)) << info.name;
        }
        EXPECT_EQ(get(settings, info.name), info.default_text) << info.name;
    }
}

TEST(Settings, LaterLayersWinAndEmptyValuesDoNotCount) {
    const Loaded loaded = load({{"AUDIOMUSE_PORT", "1"}, {"MODEL", "mini"}}, {{"AUDIOMUSE_PORT", "2"}},
                               {{"AUDIOMUSE_PORT", "3"}, {"MODEL", ""}}, {{"AUDIOMUSE_PORT", "4"}});
    EXPECT_EQ(loaded.settings.port, 4);
    EXPECT_EQ(loaded.settings.model, "mini");
    EXPECT_TRUE(loaded.warnings.empty());
}

TEST(Settings, UnknownNamesAreReported) {
    const Loaded loaded = load({}, {{"MAX_SONG_PER_ARTIST", "2"}, {"USE_GPU_CLUSTERING", "true"}}, {}, {});
    EXPECT_THAT(loaded.warnings,
                testing::UnorderedElementsAre(testing::HasSubstr("MAX_SONG_PER_ARTIST (in .env) is not a setting"),
                                              testing::HasSubstr("USE_GPU_CLUSTERING (in .env) is not used")));
}

TEST(Settings, BadValuesNameTheSettingAndWhatIsAllowed) {
    const auto message = [](const Values& environment) {
        try {
            load({}, {}, environment, {});
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
            return std::string(error.what());
        }
        return std::string("no error");
    };
    EXPECT_EQ(message({{"AUDIOMUSE_PORT", "http"}}),
              "In the environment: AUDIOMUSE_PORT: 'http' is not allowed; use a whole number from 0 to 65535.");
    EXPECT_THAT(message({{"AUDIOMUSE_PORT", "70000"}}), testing::HasSubstr("from 0 to 65535"));
    EXPECT_THAT(message({{"MODEL", "big"}}), testing::HasSubstr("auto, mini, musicnn, descriptors"));
    EXPECT_THAT(message({{"MAX_DISTANCE", "nan"}}), testing::HasSubstr("a number from 0 to 1"));
    EXPECT_EQ(
        message({{"AUDIOMUSE_ANALYSIS_HOURS", "night"}}),
        "In the environment: AUDIOMUSE_ANALYSIS_HOURS: 'night' is not allowed; use two different hours of the day such "
        "as 22-6, or nothing for always.");
    EXPECT_THAT(message({{"SIMILARITY_RADIUS_DEFAULT", "maybe"}}), testing::HasSubstr("true or false"));
}

TEST(EnvFile, ReadsWhatPeopleWrite) {
    std::vector<std::string> problems;
    const Values values =
        parse_env_file("# comment\n\nexport A=1\r\nB = \"two words\"\nC='x=y'\nnonsense\n=3\n", problems);
    EXPECT_EQ(values, (Values{{"A", "1"}, {"B", "two words"}, {"C", "x=y"}}));
    EXPECT_THAT(problems,
                testing::ElementsAre("Line 6 of .env is not NAME=value.", "Line 7 of .env is not NAME=value."));
}

TEST(Hours, AreReadAndWritten) {
    EXPECT_EQ(parse_hours(" 22 - 6 "), (HoursOfDay{22, 6}));
    EXPECT_EQ(parse_hours(""), HoursOfDay{});
    EXPECT_EQ(parse_hours("0-24"), HoursOfDay{});
    EXPECT_EQ(parse_hours("22-24"), (HoursOfDay{22, 0}));
    for (const char* text : {"22", "22-22", "24-6", "-1-5", "6-25", "a-b", "22-6-7", "22:30-6", "-"})
        EXPECT_FALSE(parse_hours(text)) << text;
    EXPECT_EQ(to_text(HoursOfDay{22, 6}), "22-6");
    EXPECT_EQ(to_text(HoursOfDay{}), "");
    Settings settings;
    set(settings, "AUDIOMUSE_ANALYSIS_HOURS", "22-6");
    EXPECT_EQ(get(settings, "AUDIOMUSE_ANALYSIS_HOURS"), "22-6");
}

TEST(Hours, WrapAroundMidnight) {
    const HoursOfDay night{22, 6};
    const HoursOfDay day{9, 17};
    for (int hour = 0; hour < 24; ++hour) {
        EXPECT_EQ(night.contains(hour), hour >= 22 || hour < 6) << hour;
        EXPECT_EQ(day.contains(hour), hour >= 9 && hour < 17) << hour;
        EXPECT_TRUE(HoursOfDay{}.contains(hour)) << hour;
    }
    EXPECT_TRUE((HoursOfDay{22, 0}.contains(23)));
    EXPECT_FALSE((HoursOfDay{22, 0}.contains(0)));
}

TEST(Documentation, IsUpToDate) {
    std::ifstream file(AUDIOMUSE_SOURCE_DIR "/docs/settings.md");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), markdown()) << "Run: audiomuse settings > docs/settings.md";
}

}  // namespace
}  // namespace audiomuse::settings
