// What a contract file cannot ask of blends, fingerprints, radios and plays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <cmath>
#include <map>
#include <set>
#include <thread>

#include "service.h"
#include "test_library.h"

namespace audiomuse::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string text_of(const Response& response) {
    return std::get<std::string>(response.body);
}

Response post(Service& service, std::string_view path, const json::value& body,
              std::vector<std::pair<std::string, std::string>> headers = {}) {
    headers.emplace_back("content-type", "application/json");
    return service.handle(make_request(Method::post, path, std::move(headers), to_text(body)));
}

json::value answer(const Response& response) {
    EXPECT_EQ(response.status, 200) << text_of(response);
    return parse_json(text_of(response));
}

std::vector<std::string> ids_of(const json::value& lines) {
    std::vector<std::string> ids;
    for (const json::value& line : lines.as_array())
        ids.emplace_back(std::string_view(line.at("item_id").as_string()));
    return ids;
}

TEST(LibraryBlend, TheSeedItAnswersGivesTheSameListAgain) {
    testing::TestLibrary library;
    Service service(library.context(), {});
    const json::value ask = {{"items", {{{"op", "ADD"}, {"id", "7"}}}}, {"n", 2}, {"temperature", 5}};
    std::set<std::vector<std::string>> lists;
    json::value seed;
    std::vector<std::string> last;
    for (int i = 0; i < 20; ++i) {
        const json::value made = answer(post(service, "/api/library/blend", ask));
        seed = made.at("seed");
        last = ids_of(made.at("tracks"));
        lists.insert(last);
    }
    EXPECT_GT(lists.size(), 1U) << "another chance each time";
    json::object again = ask.as_object();
    again["filter"] = {{"seed", seed}};
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(ids_of(answer(post(service, "/api/library/blend", again)).at("tracks")), last);
}

TEST(Alchemy, ShowsPlacesOnTheMapWhereThereIsOne) {
    testing::TestLibrary library;
    Service service(library.context(), {});
    const json::value ask = {
        {"items", {{{"op", "ADD"}, {"id", "7"}}, {{"op", "SUBTRACT"}, {"type", "artist"}, {"id", "Mira Solt"}}}},
        {"n", 8},
        {"temperature", 0}};
    EXPECT_EQ(answer(post(service, "/api/alchemy", ask)).at("projection"), "pca");
    answer(post(service, "/api/rebuild_map_cache", json::object()));
    const json::value made = answer(post(service, "/api/alchemy", ask));
    EXPECT_EQ(made.at("projection"), "none");
    std::map<std::string, json::value> places;
    const json::value map = answer(service.handle(make_request(Method::get, "/api/map?percent=100")));
    for (const json::value& item : map.at("items").as_array())
        places[std::string(item.at("item_id").as_string())] = item.at("embedding_2d");
    std::size_t compared = 0;
    for (const char* part : {"results", "filtered_out", "add_points"}) {
        for (const json::value& line : made.at(part).as_array()) {
            const json::value& wanted = places.at(std::string(line.at("item_id").as_string()));
            for (const std::size_t axis : {0U, 1U})
                EXPECT_NEAR(line.at("embedding_2d").at(axis).to_number<double>(), wanted.at(axis).to_number<double>(),
                            0.001);
            ++compared;
        }
    }
    EXPECT_GE(compared, 8U);
    // What is no song lies among those that sound like it: here within what they span.
    for (const json::value& component : made.at("sub_points").as_array()) {
        for (const std::size_t axis : {0U, 1U}) {
            EXPECT_LE(std::abs(component.at("embedding_2d").at(axis).to_number<double>()), 1);
            EXPECT_NE(component.at("embedding_2d").at(axis).to_number<double>(), 0);
        }
    }
}

TEST(Plays, AreNotTakenByTheThousand) {
    testing::TestLibrary library;
    Service service(library.context(), {});
    for (int i = 0; i < 120; ++i)
        ASSERT_EQ(post(service, "/api/plays", {{"item_id", "4"}, {"completed", false}}).status, 200);
    const Response refused = post(service, "/api/plays", {{"item_id", "4"}});
    EXPECT_EQ(refused.status, 429);
    EXPECT_GT(std::stoi(std::string(refused.header("Retry-After"))), 0);
}

/// The test library on a media server, which knows its tracks 1 and 2.
struct OnServer {
    explicit OnServer(const std::string& type, const std::string& user) {
        store::ServerRow row;
        row.type = type;
        row.name = "Home";
        row.url = "http://nas";
        row.user = user;
        row.password = "secret";
        const ServerId home = library.store->servers().add(row);
        std::vector<store::ListedItem> items;
        for (const int number : {1, 2}) {
            const auto known = library.store->tracks().get(TrackId{number});
            items.push_back({.item_id = "nd-" + std::to_string(number), .path = known->path, .tags = known->tags});
        }
        const std::int64_t listing = library.store->tracks().begin_listing(home);
        library.store->tracks().put_listed(home, listing, items);
        library.store->tracks().finish_listing(home, listing);
    }
    Response generate(const std::string& query) {
        return service.handle(make_request(Method::get, "/api/sonic_fingerprint/generate?" + query));
    }

    testing::TestLibrary library;
    Service service{library.context(), {}};
};

TEST(SonicFingerprint, AsksTheServerForThePlaysOfAUser) {
    OnServer jellyfin("jellyfin", "");
    EXPECT_THAT(text_of(jellyfin.generate("n=2")), HasSubstr("Jellyfin User Identifier is required."));
    EXPECT_EQ(jellyfin.generate("n=2").status, 400);
    EXPECT_THAT(ids_of(answer(jellyfin.generate("n=2&jellyfin_user_identifier=anna&jellyfin_token=key"))),
                ElementsAre("nd-2", "nd-1"));
    const Response lost = jellyfin.generate("jellyfin_user_identifier=lost");
    EXPECT_EQ(lost.status, 400);
    EXPECT_THAT(text_of(lost), HasSubstr("Could not resolve Jellyfin user 'lost'."));

    OnServer navidrome("navidrome", "anna");
    EXPECT_THAT(ids_of(answer(navidrome.generate("n=2"))), SizeIs(0)) << "the store knows of no plays";
    EXPECT_THAT(ids_of(answer(navidrome.generate("n=1&navidrome_user=ben&navidrome_password=secret"))),
                ElementsAre("nd-2"));
    EXPECT_EQ(navidrome.generate("navidrome_user=ben&navidrome_password=wrong").status, 502);
}

// Workers make the lists; here it is a thread that ends the job.
TEST(Radios, AreMadeByAWorkerThatIsWaitedFor) {
    OnServer home("navidrome", "anna");
    answer(post(home.service, "/api/radios",
                {{"name", "Loud"}, {"items", {{{"op", "ADD"}, {"id", "nd-1"}}}}, {"n_results", 2}}));
    const auto run = [&](const std::string& path, store::JobState state, const std::string& details) {
        const std::jthread worker([&] {
            const auto claim = home.library.queue->claim({queue::Lane::aside}, std::chrono::seconds(30));
            ASSERT_TRUE(claim);
            store::Jobs& jobs = home.library.store->jobs();
            EXPECT_EQ(jobs.get(claim->job())->type, "refresh_radios");
            EXPECT_FALSE(jobs.active_main()) << "it is in the way of no analysis";
            ASSERT_TRUE(jobs.start(claim->job(), "worker", 20));
            jobs.finish(claim->job(), "worker", state, details);
            claim->finish();
        });
        return answer(post(home.service, path, json::object()));
    };
    const json::value made = run("/api/radios/run", store::JobState::success,
                                 R"({"report":{"radios":1,"made":1,"failed":["Not all are there."]}})");
    EXPECT_EQ(made.at("playlists_created"), 1);
    EXPECT_EQ(made.at("servers_enabled"), 1);
    EXPECT_EQ(made.at("failed"), (json::array{"Not all are there."}));

    const json::value failed =
        run("/api/radios/1/run", store::JobState::failure, R"({"status_message":"The disk is full."})");
    EXPECT_EQ(failed.at("playlists_created"), 0);
    EXPECT_EQ(failed.at("radios_enabled"), 1);
    EXPECT_EQ(failed.at("failed"), (json::array{"The disk is full."}));
}

}  // namespace
}  // namespace audiomuse::api
