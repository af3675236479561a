#include "audiomuse/settings/live.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "audiomuse/base/error.h"

namespace audiomuse::settings {
namespace {

TEST(Live, ChangesForWhoeverHoldsAHandleAndNotForWhoHoldsASnapshot) {
    Live live({}, {}, {}, {});
    const Live other = live;
    const auto before = other.get();
    EXPECT_TRUE(live.set_saved({{"TOP_N_MOODS", "7"}}));
    EXPECT_EQ(other->top_n_moods, 7);
    EXPECT_EQ(before->top_n_moods, 5);
    EXPECT_FALSE(live.set_saved({{"TOP_N_MOODS", " 7"}})) << "the same value";
    EXPECT_TRUE(live.set_saved({}));
    EXPECT_EQ(other->top_n_moods, 5);
}

TEST(Live, WhatIsSavedIsTheLowestLayer) {
    Live live({{"TOP_N_MOODS", "7"}, {"PATH_DEFAULT_LENGTH", "30"}, {"MAX_DISTANCE", "2"}, {"MODEL", "mini"}},
              {{"PATH_DEFAULT_LENGTH", "31"}}, {{"MAX_DISTANCE", "3"}}, {{"MODEL", "descriptors"}});
    EXPECT_EQ(live.origin("TOP_N_MOODS"), Origin::saved);
    EXPECT_EQ(live.origin("PATH_DEFAULT_LENGTH"), Origin::env_file);
    EXPECT_EQ(live.origin("MAX_DISTANCE"), Origin::environment);
    EXPECT_EQ(live.origin("MODEL"), Origin::flag);
    EXPECT_EQ(live.origin("AUDIOMUSE_PORT"), Origin::standard);
    live.change_saved({{"MODEL", "musicnn"}, {"TOP_N_MOODS", ""}});
    EXPECT_EQ(live->model, "descriptors");
    EXPECT_EQ(live.saved("MODEL"), "musicnn");
    EXPECT_EQ(live->top_n_moods, 5);
    EXPECT_EQ(live.origin("TOP_N_MOODS"), Origin::standard);
}

TEST(Live, AWrongSavedValueIsWarnedOfAndOtherwiseIgnored) {
    Live live({{"TOP_N_MOODS", "many"}, {"PATH_DEFAULT_LENGTH", "30"}}, {}, {}, {});
    EXPECT_EQ(live->top_n_moods, 5);
    EXPECT_EQ(live->path_default_length, 30);
    EXPECT_THAT(live.warnings(), testing::ElementsAre(testing::HasSubstr("TOP_N_MOODS: 'many' is not allowed")));
    EXPECT_THROW(Live({}, {}, {{"TOP_N_MOODS", "many"}}, {}), Error);
}

TEST(Live, WhatBelongsToAMachineIsNotTakenFromTheStore) {
    const Live live({{"AUDIOMUSE_DATA", "/elsewhere"}, {"POSTGRES_PASSWORD", "x"}}, {}, {}, {});
    EXPECT_EQ(live->data, "");
    EXPECT_EQ(live->postgres_password, "");
}

TEST(Live, MayBeReadWhileItChanges) {
    Live live({}, {}, {}, {});
    std::jthread writer([&](const std::stop_token& stop) {
        for (int i = 1; !stop.stop_requested(); i = i % 50 + 1) {
            const std::string n = std::to_string(i);
            live.set_saved({{"TOP_N_MOODS", n}, {"SONIC_FINGERPRINT_TOP_N_SONGS", n}, {"OLLAMA_MODEL_NAME", n}});
        }
    });
    while (live->top_n_moods == 5)
        std::this_thread::yield();
    for (int i = 0; i < 2000; ++i) {
        const auto snapshot = live.get();
        EXPECT_EQ(snapshot->top_n_moods, snapshot->fingerprint_songs);
        EXPECT_EQ(snapshot->ollama_model_name, std::to_string(snapshot->top_n_moods));
    }
}

TEST(Settings, TheListsOfWhatIsTakenLateNameSettings) {
    const auto takes = [](std::string_view name) {
        for (const SettingInfo& info : table()) {
            if (info.name == name) return info.takes;
        }
        ADD_FAILURE() << name;
        return Takes::at_once;
    };
    EXPECT_EQ(takes("AUDIOMUSE_PORT"), Takes::at_start);
    EXPECT_EQ(takes("AUDIOMUSE_DATA"), Takes::never);
    EXPECT_EQ(takes("PLEX_URL"), Takes::never);
    EXPECT_EQ(takes("AUDIOMUSE_NICE"), Takes::at_once);
    int at_start = 0;
    for (const SettingInfo& info : table())
        at_start += info.takes == Takes::at_start ? 1 : 0;
    EXPECT_EQ(at_start, 10) << "a name in the list of settings.cpp is none of the table";
}

}  // namespace
}  // namespace audiomuse::settings
