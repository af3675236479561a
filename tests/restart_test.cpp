// The program started anew from its page: other settings count, work in hand goes on, and what cannot work is put back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "audiomuse/base/clock.h"
#include "support/json_client.h"
#include "support/process.h"

namespace audiomuse {
namespace {

namespace json = boost::json;

class Restart : public testing::Test {
protected:
    json::value ask(const std::string& method, const std::string& path, const json::value& body = {}) const {
        return testing_support::ask(port_, method, path, body.is_null() ? "" : json::serialize(body));
    }
    json::object setting(const std::string& name) const {
        const json::value all = ask("GET", "/api/settings");
        for (const json::value& group : all.at("groups").as_array()) {
            for (const json::value& setting : group.at("settings").as_array()) {
                if (setting.at("name").as_string() == name) return setting.as_object();
            }
        }
        ADD_FAILURE() << name << " is none";
        return {};
    }
    std::string log() const {
        std::ifstream in(folder_ / "log");
        return {std::istreambuf_iterator<char>(in), {}};
    }
    std::ptrdiff_t starts() const {
        const std::string text = log();
        std::ptrdiff_t count = 0;
        for (std::size_t at = text.find("Listening on"); at != std::string::npos;
             at = text.find("Listening on", at + 1))
            ++count;
        return count;
    }
    void restart(std::ptrdiff_t starts_then) const {
        EXPECT_EQ(ask("POST", "/api/restart").at("status"), "restarting");
        const double began = steady_now();
        while (starts() < starts_then) {
            ASSERT_LT(steady_now() - began, 60) << log();
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
    }

    const testing_support::TempFolder folder_;
    const int port_ = testing_support::free_port();
};

TEST_F(Restart, TakesSettingsOfTheStartAndGoesOnWithTheWork) {
    testing_support::Process server({testing_support::audiomuse_program(), "serve", "--data", folder_ / "data",
                                     "--port", std::to_string(port_), "--host", "127.0.0.1", "--workers", "1"},
                                    {}, folder_ / "log");
    EXPECT_TRUE(ask("GET", "/api/library/summary").at("folders").as_array().empty());
    ask("PATCH", "/api/settings", {{"MUSIC_FOLDERS", AUDIOMUSE_DEMO_LIBRARY}, {"MODEL", "descriptors"}});
    EXPECT_EQ(setting("MODEL").at("waits_for_restart"), true);
    restart(2);
    EXPECT_EQ(setting("MODEL").at("waits_for_restart"), false);
    EXPECT_EQ(ask("GET", "/api/library/summary").at("folders"), json::value(json::array{AUDIOMUSE_DEMO_LIBRARY}));

    const std::string task(ask("POST", "/api/analysis/start").at("task_id").as_string());
    const double began = steady_now();
    const auto analysed = [&] {
        return ask("GET", "/api/library/summary").at("coverage").at("analysed").to_number<int>();
    };
    while (analysed() == 0) {
        ASSERT_LT(steady_now() - began, 120) << log();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    restart(3);
    std::string status = "PROGRESS";
    while (status != "SUCCESS") {
        ASSERT_LT(steady_now() - began, 300) << status << "\n" << log();
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        status = std::string(ask("GET", "/api/status/" + task).at("state").as_string());
    }
    const int all = analysed();
    EXPECT_GT(all, 10);

    // A model that is not installed: the one of before is taken again.
    ask("PATCH", "/api/settings", {{"MODEL", "musicnn"}});
    restart(4);
    EXPECT_EQ(setting("MODEL").at("value"), "descriptors");
    EXPECT_THAT(log(), testing::HasSubstr("It cannot start with the new settings: "));
    EXPECT_EQ(analysed(), all);
    EXPECT_EQ(server.terminate(), 0);
}

}  // namespace
}  // namespace audiomuse
