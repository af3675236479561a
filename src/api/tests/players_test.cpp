// What is kept of requests, and the XML that players get.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <set>

#include "recent_requests.h"
#include "route.h"
#include "subsonic_answer.h"

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
                                                 "library_next", "library_next_body", "subsonic", "subsonic_form"}));
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
