// What players get, as lists and as XML, and what is kept of their requests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <set>

#include "audiomuse/features/similar/local_scales.h"
#include "recent_requests.h"
#include "route.h"
#include "service.h"
#include "subsonic_answer.h"
#include "test_library.h"

namespace audiomuse::api {
namespace {

RecentRequest kept_of(std::string_view target, std::string_view route = "subsonic", std::string_view agent = "Player") {
    const Request request = make_request(Method::get, target, {{"user-agent", std::string(agent)}});
    return recent_request(request, Response{.items = 3}, route, 100, 0.5);
}

TEST(RecentRequests, KeepWhatWasAskedAndNoLogin) {
    const RecentRequest kept =
        kept_of("/rest/getSonicSimilarTracks?id=nd-7&count=20&u=anna&p=sesame&t=abc&s=xyz&apiKey=k3y&c=Castafiore");
    EXPECT_EQ(kept.seed, "id=nd-7");
    EXPECT_EQ(kept.wanted, "20");
    EXPECT_EQ(kept.caller, "Castafiore");
    EXPECT_EQ(kept.items, 3U);
    EXPECT_EQ(kept.status, 200);
    EXPECT_EQ(kept.at, 100);
    EXPECT_EQ(kept.seconds, 0.5);
    EXPECT_EQ(kept_of("/api/similar_tracks?item_id=1&c=x", "similar_tracks").caller, "Player");
    EXPECT_EQ(kept_of("/api/sonic_fingerprint/generate?n=5&navidrome_user=anna&navidrome_password=sesame").seed, "");
}

TEST(RecentRequests, AreShortAndFew) {
    const RecentRequest kept =
        kept_of("/api/similar_tracks?title=" + std::string(5000, 'x'), "similar_tracks", std::string(5000, 'y'));
    EXPECT_LE(kept.seed.size(), 200U);
    EXPECT_LE(kept.caller.size(), 200U);
    RecentRequests requests(3);
    for (int i = 1; i <= 5; ++i)
        requests.add({.status = i});
    const std::vector<RecentRequest> newest = requests.newest_first();
    ASSERT_EQ(newest.size(), 3U);
    EXPECT_EQ(newest.front().status, 5);
    EXPECT_EQ(newest.back().status, 3);
}

TEST(RecentRequests, AreThoseOfRoutesThatThereAre) {
    std::set<std::string_view> names;
    for (const Route& route : route_table()) {
        if (makes_lists(route.name)) names.insert(route.name);
    }
    EXPECT_EQ(names, (std::set<std::string_view>{"similar_tracks", "find_path", "alchemy", "similar_artists",
                                                 "fingerprint", "fingerprint_post", "library_similar", "library_path",
                                                 "library_blend", "library_artist", "library_fingerprint",
                                                 "library_next", "library_next_body", "subsonic", "subsonic_form",
                                                 "chat_playlist", "library_ask", "library_ask_body"}));
}

/// The first `n` tracks like track 7 of every route that gives them, by the route.
std::map<std::string, std::vector<std::string>> lists_like_seven(testing::TestLibrary& library, int n) {
    Service service(library.context(), {});
    const std::string count = std::to_string(n);
    std::map<std::string, std::vector<std::string>> lists;
    for (const std::string target :
         {"/api/similar_tracks?item_id=7&radius_similarity=false&n=", "/api/library/similar?item_id=7&radius=false&n=",
          "/api/library/next?played=7&n=", "/rest/getSonicSimilarTracks?id=7&f=json&apiKey=key&count=",
          "/rest/getSimilarSongs2?id=7&f=json&apiKey=key&count="}) {
        const Response response = service.handle(make_request(Method::get, target + count));
        EXPECT_EQ(response.status, 200) << target;
        json::value answer = parse_json(std::get<std::string>(response.body));
        for (const char* name : {"subsonic-response", "similarSongs2", "sonicMatch", "song", "tracks"}) {
            json::value* part = answer.is_object() ? answer.get_object().if_contains(name) : nullptr;
            if (part) answer = json::value(*part);
        }
        for (const json::value& line : answer.as_array()) {
            const json::object& fields = line.as_object();
            const json::object& song = fields.contains("entry") ? fields.at("entry").as_object() : fields;
            lists[target].emplace_back((song.contains("id") ? song.at("id") : song.at("item_id")).as_string());
        }
    }
    return lists;
}

TEST(Hubs, AreKeptOutOfTheListsOfPlayersToo) {
    testing::TestLibrary library;
    library.settings.opensubsonic_api_key = "key";
    const auto plain = lists_like_seven(library, 1);
    ASSERT_EQ(plain.size(), 5U);
    const std::string hub = plain.begin()->second.at(0);
    std::unordered_map<TrackId, float> scales;
    for (std::int64_t id = 1; id <= 10; ++id)
        scales[TrackId{id}] = std::to_string(id) == hub ? 0.001F : 0.4F;  // others are very near to it
    library.store->index_blobs().save({.name = features::kScalesBlob, .model = library.model, .count = 10},
                                      [&](const auto& sink) { sink(features::LocalScales(scales).image()); });
    for (const auto& [target, list] : lists_like_seven(library, 1)) {
        EXPECT_THAT(plain.at(target), ::testing::ElementsAre(hub)) << target;
        EXPECT_THAT(list, ::testing::ElementsAre(::testing::Ne(hub))) << target;
    }
    library.settings.hub_correction = false;
    EXPECT_EQ(lists_like_seven(library, 1), plain);
}

TEST(SubsonicXml, HoldsEveryTextAndEveryShape) {
    const json::object song = {{"title", "A <\"B\"> & C\x01\n"}, {"year", 1999}, {"isDir", false}, {"none", nullptr}};
    EXPECT_EQ(to_xml("song", song),
              R"(<song title="A &lt;&quot;B&quot;&gt; &amp; C&#10;" year="1999" isDir="false"/>)");
    const json::object lists = {
        {"name", "x"}, {"versions", json::array{1, 2}}, {"inner", {{"deep", json::array{}}, {"a", 0.5}}}};
    EXPECT_EQ(to_xml("list", lists),
              R"(<list name="x"><versions>1</versions><versions>2</versions><inner a="0.5"/></list>)");
    EXPECT_EQ(to_xml("x", json::object{{"t", "\xff"}}), "<x t=\"\xEF\xBF\xBD\"/>") << "bytes that are no UTF-8";
}

}  // namespace
}  // namespace audiomuse::api
