#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "audiomuse/base/log.h"
#include "backend.h"
#include "service.h"
#include "test_client.h"
#include "test_library.h"

namespace audiomuse::api {
namespace {

namespace json = boost::json;

class SettingsOfThePage : public ::testing::Test {
protected:
    Response patch(const json::object& body) {
        return service_.handle(make_request(Method::patch, "/api/settings", {{"content-type", "application/json"}},
                                            json::serialize(body)));
    }
    std::string all() {
        return std::get<std::string>(service_.handle(make_request(Method::get, "/api/settings")).body);
    }

    settings::Values saved() { return settings::known(library_.store->saved_settings()); }

    testing::TestLibrary library_;
    Context context_ = library_.context();
    Service service_{context_, {}};
};

TEST_F(SettingsOfThePage, AreSavedAllOrNone) {
    EXPECT_EQ(patch({{"TOP_N_MOODS", 9}, {"MAX_SONGS_PER_ARTIST", -1}}).status, 400);
    EXPECT_TRUE(saved().empty());
    EXPECT_EQ(patch({{"TOP_N_MOODS", 9}, {"MAX_SONGS_PER_ARTIST", 1}}).status, 200);
    EXPECT_EQ(saved(), (settings::Values{{"MAX_SONGS_PER_ARTIST", "1"}, {"TOP_N_MOODS", "9"}}));
    EXPECT_EQ(patch({{"TOP_N_MOODS", nullptr}}).status, 200);
    EXPECT_EQ(saved(), (settings::Values{{"MAX_SONGS_PER_ARTIST", "1"}})) << "the other one is left alone";
}

TEST_F(SettingsOfThePage, CountAtOnceAndOtherProcessesAreTold) {
    int told = 0;
    const auto subscription =
        library_.queue->subscribe([&](const queue::Event& event) { told += event.topic == "settings"; });
    EXPECT_EQ(patch({{"TOP_N_MOODS", 9}}).status, 200);
    EXPECT_EQ(context_.settings->top_n_moods, 9);
    EXPECT_EQ(told, 1);
    EXPECT_EQ(patch({{"TOP_N_MOODS", 900}}).status, 400);
    EXPECT_EQ(told, 1);
}

TEST_F(SettingsOfThePage, NoSecretIsEverShownOrLogged) {
    const std::string secret = "the-secret-of-this-test";
    json::object body;
    for (const settings::SettingInfo& info : settings::table()) {
        if (info.type == settings::Type::Secret && info.takes != settings::Takes::never) body[info.name] = secret;
    }
    ASSERT_GT(body.size(), 4U);
    body.erase("API_TOKEN");  // asked of the next request
    const Response response = patch(body);
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(std::get<std::string>(response.body), ::testing::Not(::testing::HasSubstr(secret)));
    EXPECT_THAT(all(), ::testing::Not(::testing::HasSubstr(secret)));
    EXPECT_EQ(patch({{"OPENAI_API_KEY", json::array{secret}}}).status, 400);
    bool told = false;
    for (const log::Line& line : log::recent_lines()) {
        EXPECT_THAT(line.text, ::testing::Not(::testing::HasSubstr(secret)));
        told = told || line.text == "Somebody sets OPENAI_API_KEY to a new secret";
    }
    EXPECT_TRUE(told);
}

TEST(LockedSettings, StayWhatTheirEnvironmentSays) {
    testing::TestLibrary library;
    Context context = library.context();
    context.settings = settings::Live({{"TOP_N_MOODS", "9"}}, {}, {{"TOP_N_MOODS", "3"}}, {{"AUTH_ENABLED", "false"}});
    Service service(context, {});
    const auto patched = [&](const json::object& body) {
        return service.handle(make_request(Method::patch, "/api/settings", {{"content-type", "application/json"}},
                                           json::serialize(body)));
    };
    const Response refused = patched({{"PATH_FIX_SIZE", true}, {"TOP_N_MOODS", 4}});
    EXPECT_EQ(refused.status, 409);
    EXPECT_THAT(std::get<std::string>(refused.body),
                ::testing::HasSubstr("TOP_N_MOODS can't be changed here: it is set by an environment variable."));
    EXPECT_EQ(patched({{"AUTH_ENABLED", true}}).status, 409);
    EXPECT_EQ(context.settings->top_n_moods, 3);
    EXPECT_FALSE(context.settings->path_fix_size);
}

}  // namespace
}  // namespace audiomuse::api
