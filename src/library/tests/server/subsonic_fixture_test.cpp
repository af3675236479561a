// Every recorded answer of Navidrome and supysonic, given to the adapter for the request that it was recorded for.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <set>

#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "server/fake_media_server.h"
#include "server/fake_web.h"
#include "server/fixtures.h"
#include "server/json_read.h"
#include "server/subsonic_scenarios.h"
#include "subsonic/read.h"

namespace audiomuse::library::testing {
namespace {

namespace json = boost::json;

/// Answers that the adapter asks no question for.
const std::set<std::string> kUnasked = {"navidrome/getOpenSubsonicExtensions.json",
                                        "navidrome/getOpenSubsonicExtensions_0.63.json",
                                        "navidrome/getSong_played.json",
                                        "navidrome/getSong_played_without_fraction.json",
                                        "navidrome/getSong_real_path.json",
                                        "navidrome/scrobble.json",
                                        "navidrome/search3_albums.json",
                                        "supysonic/getOpenSubsonicExtensions.json",
                                        "supysonic/getUser.json"};

// --- the server that replays them

/// USER, "..", "zzzz", an id: not the adapter's business.
bool stands_for_anything(const std::string& value) {
    return value == "*" || value == ".." || value == "nosuch" || value.find("0000") != std::string::npos ||
           value == "notauuid" ||
           (!value.empty() && std::ranges::all_of(value, [](char c) { return (c >= 'A' && c <= 'Z') || c == '.'; }));
}

class Replay {
public:
    using Bodies = std::function<std::string(const std::string& file, const std::string& body)>;

    /// `bodies` changes what is sent.
    explicit Replay(std::vector<Step> steps, Bodies bodies = {})
        : steps_(std::move(steps)),
          bodies_(std::move(bodies)),
          web_([this](const WebRequest& request) { return answer(request); }) {}

    std::string url() const { return web_.url(); }
    std::vector<std::string> complaints() const { return complaints_; }
    bool at_end() const { return at_ == steps_.size(); }

private:
    WebAnswer answer(const WebRequest& request) {
        std::lock_guard lock(mutex_);
        if (at_ == steps_.size()) return {.status = 500, .type = "text/plain", .body = "nothing more was recorded"};
        const Step& step = steps_[at_++];
        const Fixture& fixture = subsonic_fixtures().at(step.file);
        check(step, fixture, request);
        return {.status = fixture.status,
                .type = fixture.type,
                .body = bodies_ ? bodies_(step.file, fixture.body) : fixture.body};
    }

    void check(const Step& step, const Fixture& fixture, const WebRequest& request) {
        const std::string method = step.method.empty() ? fixture.method : step.method;
        const auto complain = [&](const std::string& what) { complaints_.push_back(step.file + ": " + what); };
        if (request.path != "/rest/" + method + ".view") complain("asked for " + request.path);
        const bool change = method.ends_with("Playlist") && method != "getPlaylist";
        if (request.method != (change ? "POST" : "GET")) complain("by " + request.method);
        auto wanted = fixture.parameters;
        for (const auto& [name, value] : step.changed) {
            wanted.erase(name);
            if (!value.empty() || name == "query") wanted.emplace(name, value);
        }
        if (step.file.find("token_auth") != std::string::npos || fixture.parameters.empty()) {
            for (const char* name : {"u", "t", "s", "v", "c", "f", "p", "apiKey", "id", "..."})
                wanted.erase(name);  // it does not show them all
        } else {
            compare(wanted, request, complain);
        }
    }

    static void compare(const std::multimap<std::string, std::string>& wanted, const WebRequest& request,
                        const std::function<void(const std::string&)>& complain) {
        static const std::set<std::string> kLogin = {"u", "t", "s", "p", "apiKey", "v", "c", "f", "..."};
        for (const auto& [name, value] : wanted) {
            if (kLogin.contains(name)) continue;
            if (!request.query.contains(name)) {
                complain("no " + name);
            } else if (!stands_for_anything(value) && request.value(name) != decoded(value)) {
                complain(fmt::format("{} is {} instead of {}", name, request.value(name), value));
            }
        }
        for (const auto& [name, value] : request.query)
            if (!kLogin.contains(name) && !wanted.contains(name)) complain(fmt::format("{}={} as well", name, value));
        for (const char* name : {"v", "c", "f"})
            if (!request.query.contains(name)) complain(fmt::format("no {}", name));
        for (const char* name : {"t", "s", "p"})
            if (wanted.contains("u") && request.query.contains(name) != wanted.contains(name))
                complain("another login");
    }

    static std::string decoded(const std::string& value) {
        if (value == "%22%22") return "\"\"";
        const auto blank = value.find("%20");
        return blank == std::string::npos ? value : value.substr(0, blank) + " " + value.substr(blank + 3);
    }

    std::vector<Step> steps_;
    Bodies bodies_;
    std::mutex mutex_;
    std::size_t at_ = 0;
    std::vector<std::string> complaints_;
    FakeWeb web_;
};

std::string outcome(const Scenario& scenario, const Replay& replay) {
    ServerAccount account{.kind = ServerKind::navidrome, .url = replay.url(), .limits = fast_limits()};
    if (scenario.by_key) {
        account.token = "key";
    } else {
        const bool navidrome = scenario.steps.front().file != "supysonic/ping_token_auth.json";
        account.user = navidrome ? "admin" : "alice";
        account.password = "secret";
        account.allow_plain_password = !navidrome;
    }
    account.libraries = scenario.libraries;
    try {
        return scenario.run(*create_media_server(account));
    } catch (const Error& error) {
        return std::string(code_name(error.code()));
    }
}

class SubsonicFixtures : public ::testing::Test {
protected:
    void SetUp() override {
        if (!has_fixtures()) GTEST_SKIP() << "no fixtures at " << fixtures_folder();
        log::set_level(log::Level::error);
    }
    void TearDown() override { log::set_level(log::Level::info); }
};

TEST_F(SubsonicFixtures, AreUnderstood) {
    std::set<std::string> used = kUnasked;
    for (const Scenario& scenario : subsonic_scenarios()) {
        SCOPED_TRACE(scenario.steps.back().file + ": " + scenario.name);
        const Replay replay(scenario.steps);
        EXPECT_EQ(outcome(scenario, replay), scenario.result);
        EXPECT_THAT(replay.complaints(), ::testing::IsEmpty());
        EXPECT_TRUE(replay.at_end()) << "requests that were not made";
        for (const Step& step : scenario.steps)
            used.insert(step.file);
    }
    for (const auto& [file, fixture] : subsonic_fixtures())
        EXPECT_TRUE(used.contains(file)) << file << " is not replayed";
}

TEST_F(SubsonicFixtures, UnaskedAnswersAreReadable) {
    const auto content = [](const std::string& file) {
        auto response = subsonic::read_response(json::parse(subsonic_fixtures().at(file).body));
        EXPECT_TRUE(response) << file;
        return response ? response->content : json::value();
    };
    for (const std::string& file : kUnasked)
        content(file);
    const auto song = [&](const std::string& file) {
        return subsonic::read_track(member(content(file), "song"), true);
    };
    const ServerTrack played = song("navidrome/getSong_played.json");
    EXPECT_EQ(played.play_count, 2);
    EXPECT_NEAR(played.last_played.value_or(0), 1795353856.7307, 1e-3);
    EXPECT_FALSE(played.path_is_real);
    EXPECT_NEAR(song("navidrome/getSong_played_without_fraction.json").last_played.value_or(0), 1790000000, 1e-3);
    const ServerTrack real = song("navidrome/getSong_real_path.json");
    EXPECT_EQ(real.path, "/srv/music/main/Anna Bell/Quiet Rooms/01 - First Light.flac");
    EXPECT_TRUE(real.path_is_real);
    const ServerTrack never = song("navidrome/getSong.json");
    EXPECT_EQ(never.play_count, 0);
    EXPECT_FALSE(never.last_played);
    int albums = 0;
    EXPECT_TRUE(subsonic::each_row(content("navidrome/search3_albums.json"), "searchResult3", "album",
                                   [&](const json::value&) { ++albums; }));
    EXPECT_EQ(albums, 1);
}

/// Errors that an answer without sense may end in.
bool makes_sense(const std::string& outcome) {
    static const std::set<std::string> kBugs = {"internal", "io", "timeout", "unavailable", "cancelled", "empty"};
    return !kBugs.contains(outcome);
}

TEST_F(SubsonicFixtures, CutShortTheyAreErrors) {
    for (const Scenario& scenario : subsonic_scenarios()) {
        const std::string file = scenario.steps.back().file;
        if (subsonic_fixtures().at(file).type != "application/json") continue;
        for (const double share : {0.0, 0.01, 0.2, 0.5, 0.8, 0.97}) {
            SCOPED_TRACE(fmt::format("{} cut at {} ({})", file, share, scenario.name));
            const Replay replay(scenario.steps, [&](const std::string& of, const std::string& body) {
                return of == file ? body.substr(0, static_cast<std::size_t>(static_cast<double>(body.size()) * share))
                                  : body;
            });
            const std::string code = outcome(scenario, replay);
            // What has a status of its own is told by that.
            const bool by_status = subsonic_fixtures().at(file).status != 200;
            EXPECT_TRUE(code == "server_failed" || by_status) << code;
        }
    }
}

/// The places of all values, elements of a list but the first left out.
void find_places(const json::value& value, const std::string& place, std::vector<std::string>& places) {
    if (!place.empty()) places.push_back(place);
    if (const auto* object = value.if_object()) {
        for (const auto& [key, inner] : *object)
            find_places(inner, place + "/" + std::string(key), places);
    } else if (const auto* array = value.if_array(); array != nullptr && !array->empty()) {
        find_places(array->front(), place + "/0", places);
    }
}

json::value* find(json::value& value, const std::string& place) {
    boost::system::error_code error;
    return value.find_pointer(place, error);
}

TEST_F(SubsonicFixtures, WrongTypesEndInAnErrorOrAValue) {
    const std::vector<json::value> others = {
        nullptr, 5, -1e300, "text", "", true, json::array{}, json::object{}, json::array{1, "a", nullptr}};
    std::size_t tried = 0;
    std::map<std::string, int> outcomes;
    for (const Scenario& scenario : subsonic_scenarios()) {
        const std::string file = scenario.steps.back().file;
        if (subsonic_fixtures().at(file).type != "application/json") continue;
        const json::value original = json::parse(subsonic_fixtures().at(file).body);
        std::vector<std::string> places;
        find_places(original, "", places);
        for (const std::string& place : places) {
            for (const json::value& other : others) {
                json::value changed = original;
                *find(changed, place) = other;
                const std::string sent = json::serialize(changed);
                const Replay replay(scenario.steps, [&](const std::string& of, const std::string& body) {
                    return of == file ? sent : body;
                });
                const std::string code = outcome(scenario, replay);
                EXPECT_TRUE(makes_sense(code)) << scenario.name << ": " << place << " = " << other << ": " << code;
                ++tried;
            }
        }
    }
    fmt::print("{} answers with a value of another kind\n", tried);
    EXPECT_GT(tried, 1000u);
}

}  // namespace
}  // namespace audiomuse::library::testing
