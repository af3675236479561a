#include "settings_follower.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"

namespace audiomuse::app {
namespace {

template <class Done>
bool soon(Done done) {
    const double started = steady_now();
    while (!done()) {
        if (steady_now() - started > 5) return false;  // sooner than it looks by itself
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

TEST(SettingsFollower, TakesWhatAnotherProcessHasSavedAndOutlivesAStoreThatFails) {
    const auto queue = queue::create_embedded();
    settings::Live live(settings::Values{}, {}, {}, {});
    std::atomic<int> moods{7};
    std::atomic<int> reads{0};
    const auto saved = [&] {
        ++reads;
        if (moods == 0) throw Error(ErrorCode::unavailable, "The store is away.");
        return settings::Values{{"TOP_N_MOODS", std::to_string(moods)}, {"AUDIOMUSE_LOG_LEVEL", "debug"}};
    };
    const SettingsFollower follower(live, saved, *queue);
    queue->publish({"library", "{}"});
    EXPECT_EQ(live->top_n_moods, 5) << "of no concern";
    EXPECT_EQ(reads, 0);
    queue->publish({"settings", "{}"});
    EXPECT_TRUE(soon([&] { return live->top_n_moods == 7; }));
    EXPECT_TRUE(soon([] { return log::enabled(log::Level::debug); }));
    moods = 0;
    queue->publish({"settings", "{}"});
    EXPECT_TRUE(soon([&] { return reads == 2; }));
    EXPECT_EQ(live->top_n_moods, 7);
    moods = 9;
    queue->publish({"settings", "{}"});
    EXPECT_TRUE(soon([&] { return live->top_n_moods == 9; }));
    log::set_level(log::Level::info);
}

}  // namespace
}  // namespace audiomuse::app
