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
    const Loaded loaded = load({}, {{"MAX_SONG_PER_ARTIST", "2"}, {"JELLYFIN_URL", "http://x"}}, {}, {});
    EXPECT_THAT(loaded.warnings,
                testing::UnorderedElementsAre(testing::HasSubstr("MAX_SONG_PER_ARTIST (in .env) is not a setting"),
                                              testing::HasSubstr("JELLYFIN_URL (in .env) is not used")));
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

TEST(Documentation, IsUpToDate) {
    std::ifstream file(AUDIOMUSE_SOURCE_DIR "/docs/settings.md");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), markdown()) << "Run: audiomuse settings > docs/settings.md";
}

}  // namespace
}  // namespace audiomuse::settings
