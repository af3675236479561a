// The pure parts: requests, routes, ranges, JSON, style families, events, metrics, static files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "audiomuse/base/analysis.h"
#include "errors.h"
#include "event_hub.h"
#include "http_range.h"
#include "json.h"
#include "map_picture.h"
#include "media_type.h"
#include "metrics.h"
#include "request.h"
#include "request_limit.h"
#include "route.h"
#include "static_site.h"
#include "style_families.h"

namespace audiomuse::api {
namespace {

TEST(RequestText, SplitsAndDecodes) {
    const Request request = make_request(Method::get, "//api/track?item_id=7&x=%C3%A9+%2B&item_id=8&&flag");
    EXPECT_EQ(request.path, "/api/track");
    const QueryValues values = parse_query(request.query);
    EXPECT_THAT(values, ::testing::ElementsAre(std::pair("item_id", "7"), std::pair("x", "é +"),
                                               std::pair("item_id", "8"), std::pair("flag", "")));
    EXPECT_EQ(make_request(Method::get, "http://music:8000/api/track?a=1").path, "/api/track");
    EXPECT_EQ(make_request(Method::get, "http://music").path, "/");
    EXPECT_EQ(make_request(Method::get, "?a=1").path, "/");
    EXPECT_EQ(percent_decode("a%2Fb%zz%4", false), "a/b%zz%4");
    EXPECT_EQ(percent_decode("a+b", false), "a+b");
    EXPECT_EQ(percent_decode("%FF%00x", false), "\xEF\xBF\xBDx");
    EXPECT_EQ(percent_encode("a é/"), "a%20%C3%A9%2F");
}

TEST(RequestText, ReadsListHeaders) {
    EXPECT_TRUE(accepts_token("br, GZIP;q=0.5", "gzip"));
    EXPECT_FALSE(accepts_token("gzip;q=0", "gzip"));
    EXPECT_FALSE(accepts_token("gzip;q=0.000", "gzip"));
    EXPECT_FALSE(accepts_token("x-gzip", "gzip"));
    EXPECT_FALSE(accepts_token("", "gzip"));
}

Response no_answer(Backend&, const Call&) {
    return {};
}

const std::vector<Route>& small_table() {
    static const std::vector<Route> table = {
        {Method::get,
         "/a/{id}",
         "one",
         no_answer,
         Right::open,
         {{.name = "id", .in = In::path},
          {.name = "n", .type = ParamType::integer, .fallback = 10, .minimum = 1, .maximum = 50},
          {.name = "flag", .type = ParamType::boolean},
          {.name = "count", .in = In::body, .type = ParamType::integer, .minimum = 0},
          {.name = "ratio", .in = In::body, .type = ParamType::number},
          {.name = "kind", .in = In::body, .choices = {"x", "y"}}}},
        {Method::del, "/a/{id}", "two", no_answer, Right::open, {}},
        {Method::get, "/a/{id}/b", "three", no_answer, Right::open, {}},
    };
    return table;
}

TEST(Routes, AreFoundByPathAndMethod) {
    const auto name = [](Method method, std::string_view path) {
        const RouteMatch match = match_route(small_table(), method, path);
        return match.route ? match.route->name : "";
    };
    EXPECT_EQ(name(Method::get, "/a/7"), "one");
    EXPECT_EQ(name(Method::head, "/a/7"), "one");
    EXPECT_EQ(name(Method::del, "/a/7"), "two");
    EXPECT_EQ(name(Method::get, "/a/7/b"), "three");
    for (const std::string_view path : {"", "/", "/a", "/a/", "/a/7/", "/a//b", "/a/7/b/c", "/ab/7"}) {
        EXPECT_EQ(name(Method::get, path), "") << path;
    }
    EXPECT_EQ(match_route(small_table(), Method::get, "/a/x%2Fy").values.at(0).second, "x/y");
    EXPECT_EQ(match_route(small_table(), Method::post, "/a/7").allowed.size(), 2u);
}

TEST(Routes, GiveQueryValuesWithinTheirLimits) {
    const auto number = [](std::string_view query) {
        const Request request = make_request(Method::get, "/a/1?" + std::string(query));
        return Call(request, small_table()[0], {}, Identity(), Origin()).integer("n");
    };
    EXPECT_EQ(number("n=20"), 20);
    EXPECT_EQ(number(""), 10);
    EXPECT_EQ(number("n=3.5"), 10);
    EXPECT_EQ(number("n=many"), 10);
    EXPECT_EQ(number("n=-4"), 1);
    EXPECT_EQ(number("n=999"), 50);
    EXPECT_EQ(number("n=99999999999999999999"), 10);
    const Request request = make_request(Method::get, "/a/1?flag=True");
    EXPECT_EQ(Call(request, small_table()[0], {}, Identity(), Origin()).boolean("flag"), true);
    const Request other = make_request(Method::get, "/a/1?flag=1");
    EXPECT_EQ(Call(other, small_table()[0], {}, Identity(), Origin()).boolean("flag"), false);
    EXPECT_THROW(Call(other, small_table()[0], {}, Identity(), Origin()).text("unknown"), std::logic_error);
}

json::object body_of(std::string text, std::string type = "application/json") {
    std::vector<std::pair<std::string, std::string>> headers;
    if (!type.empty()) headers.emplace_back("content-type", type);
    const Request request = make_request(Method::post, "/a/1", headers, std::move(text));
    return Call(request, small_table()[0], {}, Identity(), Origin()).body();
}

TEST(Routes, CheckBodies) {
    EXPECT_EQ(body_of(R"({"count":"12","ratio":"1e-1","kind":"x","other":5})"),
              (json::object{{"count", 12}, {"ratio", 0.1}, {"kind", "x"}}));
    EXPECT_EQ(body_of(R"({"count":3.0,"ratio":2,"kind":null})"), (json::object{{"count", 3}, {"ratio", 2.0}}));
    for (const char* empty : {"", "  \n", "null", "[]", "{}"})
        EXPECT_TRUE(body_of(empty).empty()) << empty;
    EXPECT_TRUE(body_of("", "text/plain").empty());
    EXPECT_EQ(body_of(R"({"count":1})", ""), (json::object{{"count", 1}}));
    EXPECT_EQ(body_of(R"({"count":1})", "application/vnd.x+json; charset=utf-8"), (json::object{{"count", 1}}));
    for (const char* wrong :
         {"{", "7", "[1]", R"({"count":1.5})", R"({"count":-1})", R"({"count":true})", R"({"count":"1x"})",
          R"({"ratio":"nan"})", R"({"kind":"z"})", "{\"kind\":\"\xff\"}", "{} {}"}) {
        EXPECT_THROW(body_of(wrong), Error) << wrong;
    }
    EXPECT_THROW(body_of(std::string(100, '[') + std::string(100, ']')), Error);
    EXPECT_THROW(body_of("count=1", "application/x-www-form-urlencoded"), HttpError);
}

TEST(RequestLimits, CountByClientAndMinute) {
    RequestLimit limit;
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(limit.take("a", 3, 100), 0);
    EXPECT_EQ(limit.take("a", 3, 159), 1);
    EXPECT_EQ(limit.take("b", 3, 159), 0) << "another client";
    EXPECT_EQ(limit.take("a", 3, 160), 0);
    for (int i = 0; i < 25'000; ++i)
        EXPECT_EQ(limit.take(std::to_string(i), 1, 161), 0) << "very many clients do not keep anybody out";
}

TEST(Ranges, FollowTheStandard) {
    struct Case {
        const char* header;
        ByteRange::Kind kind;
        std::uint64_t first, length;
    };
    using enum ByteRange::Kind;
    for (const Case& c :
         {Case{"bytes=0-0", part, 0, 1}, Case{"bytes=10-19", part, 10, 10}, Case{"bytes=90-", part, 90, 10},
          Case{"bytes=90-500", part, 90, 10}, Case{"bytes=0-18446744073709551615", part, 0, 100},
          Case{"bytes=-10", part, 90, 10}, Case{"bytes=-500", part, 0, 100}, Case{"bytes=100-", unsatisfiable, 0, 0},
          Case{"bytes=-0", unsatisfiable, 0, 0}, Case{"bytes=5-4", whole, 0, 0}, Case{"bytes=a-b", whole, 0, 0},
          Case{"bytes=0-1,5-6", whole, 0, 0}, Case{"items=0-1", whole, 0, 0}, Case{"bytes=", whole, 0, 0},
          Case{"bytes=-", whole, 0, 0}, Case{"", whole, 0, 0}, Case{"bytes=1-99999999999999999999", whole, 0, 0}}) {
        const ByteRange range = parse_range(c.header, 100);
        EXPECT_EQ(range.kind, c.kind) << c.header;
        if (c.kind == part) {
            EXPECT_EQ(range.first, c.first) << c.header;
            EXPECT_EQ(range.length, c.length) << c.header;
        }
    }
    EXPECT_EQ(parse_range("bytes=0-", 0).kind, unsatisfiable);
    EXPECT_EQ(parse_range("bytes=-5", 0).kind, unsatisfiable);
    EXPECT_TRUE(etag_matches("\"a\", W/\"b\"", "\"b\""));
    EXPECT_FALSE(etag_matches("\"a\"", "\"b\""));
    EXPECT_FALSE(etag_matches("", "\"b\""));
}

TEST(Json, WritesNumbersAndTextsThatEveryoneReads) {
    EXPECT_EQ(to_text({{"a", 1.0}, {"b", 0.1}, {"c", -2}, {"d", true}, {"e", nullptr}}),
              R"({"a":1,"b":0.1,"c":-2,"d":true,"e":null})");
    EXPECT_EQ(to_text(json::array{std::numeric_limits<double>::quiet_NaN(), HUGE_VAL}), "[null,null]");
    EXPECT_EQ(to_text(json::object()), "{}");
    EXPECT_EQ(to_text(json::value(json::array())), "[]");
    EXPECT_EQ(to_text("a\"b\\\n\x01"), R"("a\"b\\\n\u0001")");
    EXPECT_EQ(to_text(json::string("x\xff"
                                   "é")),
              "\"x\xEF\xBF\xBDé\"");
    EXPECT_EQ(shortest(0.1F), 0.1);
    EXPECT_EQ(static_cast<float>(shortest(0.123456789F)), 0.123456789F);
    EXPECT_EQ(rounded(1.23456, 2), 1.23);
    EXPECT_TRUE(parse_stored_object("[1]").empty());
    EXPECT_TRUE(parse_stored_object("{broken").empty());
}

TEST(StyleFamilies, FollowTheStrongestTag) {
    std::vector<float> moods(kMoodNames.size(), 0);
    const auto set = [&](std::string_view name, float value) {
        const auto found = std::find(kMoodNames.begin(), kMoodNames.end(), name);
        ASSERT_NE(found, kMoodNames.end()) << name;
        moods[static_cast<std::size_t>(found - kMoodNames.begin())] = value;
    };
    EXPECT_EQ(style_family({}), std::nullopt);
    EXPECT_EQ(style_family(moods), "other");
    set("female vocalists", 0.9F);
    EXPECT_EQ(style_family(moods), "other");
    set("House", 0.4F);
    EXPECT_EQ(style_family(moods), "dance");
    set("instrumental", 0.5F);
    EXPECT_EQ(style_family(moods), "dance") << "a hint weighs less than a name";
    set("instrumental", 0.6F);
    EXPECT_EQ(style_family(moods), "classical");
    set("Hip-Hop", 0.9F);
    EXPECT_EQ(style_family(moods), "hip-hop");
}

TEST(MediaTypes, GoByContentBeforeName) {
    EXPECT_EQ(audio_media_type("fLaC............", ".mp3"), "audio/flac");
    EXPECT_EQ(audio_media_type("....ftypM4A ....", ""), "audio/mp4");
    EXPECT_EQ(audio_media_type("\xff\xfb............", ""), "audio/mpeg");
    EXPECT_EQ(audio_media_type("\xff\xf1............", ""), "audio/aac");
    EXPECT_EQ(audio_media_type("ID3.............", ".MP3"), "audio/mpeg");
    EXPECT_EQ(audio_media_type("????", ".opus"), "audio/ogg");
    EXPECT_EQ(audio_media_type("", ".xyz"), "application/octet-stream");
}

TEST(Errors, TellUsersWhatTheyCanActOnAndNothingElse) {
    const auto answer = [](auto error) { return exception_response(std::make_exception_ptr(error), "a test"); };
    const auto body = [](const Response& response) { return std::get<std::string>(response.body); };
    EXPECT_EQ(answer(Error(ErrorCode::not_found, "No track 7.")).status, 404);
    EXPECT_THAT(body(answer(Error(ErrorCode::not_found, "No track 7."))), ::testing::HasSubstr("\"No track 7.\""));
    EXPECT_EQ(answer(HttpError(415, ErrorCode::unsupported_format, "x")).status, 415);
    for (const Response& inner :
         {answer(Error(ErrorCode::io, "disk /secret/place")), answer(std::runtime_error("secret"))}) {
        EXPECT_EQ(inner.status, 500);
        EXPECT_THAT(body(inner), ::testing::Not(::testing::HasSubstr("secret")));
        EXPECT_THAT(body(inner), ::testing::HasSubstr("log"));
    }
    EXPECT_EQ(http_status(ErrorCode::unavailable), 503);
    EXPECT_EQ(http_status(ErrorCode::conflict), 409);
}

TEST(Events, AreTextOnLinesOfTheirOwn) {
    EXPECT_EQ(event_text("job", "{\n\"a\":1}\r"), "event: job\ndata: { \"a\":1} \n\n");
}

TEST(Events, OfTheLibraryAreMergedToTwoASecond) {
    int made = 0;
    EventClient client([&] { return std::to_string(++made); });
    for (int i = 0; i < 1000; ++i)
        client.push({"library", "{}"});
    EXPECT_EQ(client.take(10).text, event_text("library", "1"));
    client.push({"library", "{}"});
    client.push({"job", "{}"});
    const auto early = client.take(10.125);
    EXPECT_EQ(early.text, event_text("job", "{}"));
    EXPECT_DOUBLE_EQ(early.wait_s, 0.375);
    EXPECT_EQ(client.take(10.5).text, event_text("library", "2"));
    EXPECT_EQ(client.take(11).text, "");
    EXPECT_EQ(made, 2);
}

TEST(Events, LetGoOfAClientThatDoesNotRead) {
    EventClient client([] { return std::string(); });
    int calls = 0;
    client.on_ready([&] { ++calls; });
    for (std::size_t i = 0; i < EventClient::kMaxWaiting; ++i)
        client.push({"job", "{}"});
    EXPECT_FALSE(client.take(0).ended);
    for (std::size_t i = 0; i <= EventClient::kMaxWaiting; ++i)
        client.push({"job", "{}"});
    const auto batch = client.take(0);
    EXPECT_TRUE(batch.ended);
    EXPECT_TRUE(batch.too_slow);
    EXPECT_GT(calls, 0);
}

TEST(Events, ReachEveryClientOfTheHub) {
    const auto queue = queue::create_embedded();
    EventHub hub(*queue, [] { return std::string("{}"); });
    const auto one = hub.connect({});
    auto two = hub.connect({"job", "first"});
    EXPECT_EQ(hub.clients(), 2u);
    queue->publish({"index", "{\"count\":3}"});
    EXPECT_EQ(one->take(0).text, event_text("index", "{\"count\":3}"));
    EXPECT_EQ(two->take(0).text, event_text("job", "first") + event_text("index", "{\"count\":3}"));
    two.reset();
    EXPECT_EQ(hub.clients(), 1u);
    hub.close();
    EXPECT_TRUE(one->take(0).ended);
    EXPECT_TRUE(hub.connect({})->take(0).ended);
}

TEST(Metrics, CountByRouteAndStatus) {
    Metrics metrics;
    metrics.observe("track", 200, 0.002);
    metrics.observe("track", 200, 0.2);
    metrics.observe("track", 404, 100);
    const std::string text = metrics.text();
    for (const char* line : {"audiomuse_http_requests_total{route=\"track\",status=\"200\"} 2\n",
                             "audiomuse_http_requests_total{route=\"track\",status=\"404\"} 1\n",
                             "audiomuse_http_request_seconds_bucket{route=\"track\",le=\"0.001\"} 0\n",
                             "audiomuse_http_request_seconds_bucket{route=\"track\",le=\"0.005\"} 1\n",
                             "audiomuse_http_request_seconds_bucket{route=\"track\",le=\"30\"} 2\n",
                             "audiomuse_http_request_seconds_bucket{route=\"track\",le=\"+Inf\"} 3\n",
                             "audiomuse_http_request_seconds_count{route=\"track\"} 3\n"}) {
        EXPECT_THAT(text, ::testing::HasSubstr(line));
    }
    const ProcessFigures figures = process_figures();
    EXPECT_GT(figures.resident_bytes, 1e6);
    EXPECT_GE(figures.open_files, 3);
}

TEST(StaticFiles, AreServedOnceCompressedAndCached) {
    const std::string page(5000, 'p');
    const std::string script(5000, 's');
    const std::string picture(5000, 'i');
    const auto bytes = [](const std::string& text) { return std::as_bytes(std::span(text)); };
    const StaticSite site({{"/index.html", "text/html", bytes(page)},
                           {"/assets/app-1.js", "text/javascript", bytes(script)},
                           {"/assets/tile.png", "image/png", bytes(picture)}});
    const auto get = [&](std::string_view path, std::vector<std::pair<std::string, std::string>> headers = {}) {
        return site.find(make_request(Method::get, path, std::move(headers)));
    };
    const auto plain = get("/assets/app-1.js");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->length(), 5000u);
    EXPECT_THAT(plain->header("Cache-Control"), ::testing::HasSubstr("immutable"));
    const auto compressed = get("/assets/app-1.js", {{"accept-encoding", "gzip"}});
    EXPECT_EQ(compressed->header("Content-Encoding"), "gzip");
    EXPECT_LT(compressed->length(), 500u);
    EXPECT_NE(compressed->header("ETag"), plain->header("ETag"));
    EXPECT_EQ(std::get<StaticBytes>(get("/assets/app-1.js", {{"accept-encoding", "gzip"}})->body).bytes.data(),
              std::get<StaticBytes>(compressed->body).bytes.data());
    EXPECT_EQ(get("/assets/app-1.js", {{"if-none-match", std::string(plain->header("ETag"))}})->status, 304);
    EXPECT_EQ(get("/assets/tile.png", {{"accept-encoding", "gzip"}})->header("Content-Encoding"), "");
    EXPECT_EQ(get("/")->header("Cache-Control"), "no-cache");
    EXPECT_EQ(get("/similarity")->length(), 5000u);
    EXPECT_TRUE(get("/anything", {{"accept", "text/html"}}));
    EXPECT_FALSE(get("/anything", {{"accept", "*/*"}}));
    EXPECT_FALSE(get("/assets/gone.js", {{"accept", "text/html"}}));
    EXPECT_FALSE(get("/api/gone", {{"accept", "text/html"}}));
}

TEST(MapPicture, HasItsColumnsWhereTheyAreSaidToBe) {
    std::vector<MapPoint> points(3);
    points[0] = {.number = 7,
                 .x = -kMapReach,
                 .y = 0,
                 .artist = 1,
                 .year = 1994,
                 .style = 2,
                 .key = 13,
                 .tempo = 120,
                 .energy = 200,
                 .mood = 4};
    points[1].number = 9;
    points[2] = {.number = 300, .x = 5, .y = kMapReach};
    const std::string bytes = map_picture(points, {"", "Ásgeir"}, {{"styles", json::array{"rock"}}});
    const auto number = [&](std::size_t at, std::size_t size) {
        std::uint32_t value = 0;
        std::memcpy(&value, bytes.data() + at, size);
        return value;
    };
    EXPECT_EQ(bytes.substr(0, 4), "AMMP");
    EXPECT_EQ(number(4, 4), 1U);
    EXPECT_EQ(number(8, 4), 3U);
    EXPECT_EQ(number(12, 4), 2U);
    const std::string about = R"({"styles":["rock"]})";
    EXPECT_EQ(number(16, 4), about.size());
    EXPECT_EQ(number(20, 4), 9U);  // two zeros, and a letter of two bytes
    EXPECT_EQ(bytes.substr(24, about.size()), about);
    std::size_t at = 24 + 20;
    EXPECT_EQ(bytes.substr(at, 9), std::string("\0Ásgeir\0", 9));
    at += 12;
    EXPECT_EQ(number(at, 4), 7U);
    EXPECT_EQ(number(at + 4, 4), 2U);
    EXPECT_EQ(number(at + 8, 4), 291U);
    at += 12;
    EXPECT_EQ(number(at, 2), 0U);  // x
    EXPECT_EQ(number(at + 2, 2), 32768U);
    EXPECT_EQ(number(at + 4, 2), 65535U);
    at += 8;
    EXPECT_EQ(number(at + 4, 2), 65535U);  // y
    at += 8;
    EXPECT_EQ(number(at, 4), 1U);  // artist
    at += 12;
    EXPECT_EQ(number(at, 2), 1994U);  // year
    at += 8;
    EXPECT_EQ(number(at, 1), 2U);  // style
    EXPECT_EQ(number(at + 1, 1), 255U);
    EXPECT_EQ(number(at + 4, 1), 13U);   // key
    EXPECT_EQ(number(at + 8, 1), 120U);  // tempo
    EXPECT_EQ(number(at + 12, 1), 200U);
    EXPECT_EQ(number(at + 16, 1), 4U);
    EXPECT_EQ(bytes.size(), at + 20);
}

}  // namespace
}  // namespace audiomuse::api
