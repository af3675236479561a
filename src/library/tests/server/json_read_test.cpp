#include "server/json_read.h"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace audiomuse::library {
namespace {

using boost::json::parse;

TEST(JsonRead, FindsWhatIsThereAndNullElsewhere) {
    const auto value = parse(R"({"a":{"b":{"c":7}},"list":[1]})");
    EXPECT_EQ(member(value, "a.b.c"), 7);
    EXPECT_TRUE(member(value, "a.b.d").is_null());
    EXPECT_TRUE(member(value, "a.b.c.d").is_null());
    EXPECT_TRUE(member(value, "list.a").is_null());
}

TEST(JsonRead, NumbersAndTextsAreTheSame) {
    const auto value =
        parse(R"({"n":12,"t":"12","f":1.5,"ft":"1.5","b":true,"x":"twelve","o":{},"z":null,"big":1e300})");
    EXPECT_EQ(text_at(value, "n"), "12");
    EXPECT_EQ(text_at(value, "t"), "12");
    EXPECT_EQ(text_at(value, "o"), "");
    EXPECT_EQ(text_at(value, "z"), "");
    EXPECT_EQ(integer_at(value, "n"), 12);
    EXPECT_EQ(integer_at(value, "t"), 12);
    EXPECT_EQ(integer_at(value, "b"), 1);
    EXPECT_EQ(integer_at(value, "x"), std::nullopt);
    EXPECT_EQ(integer_at(value, "z"), std::nullopt);
    EXPECT_EQ(integer_at(value, "big"), std::nullopt);
    EXPECT_EQ(number_at(value, "f"), 1.5);
    EXPECT_EQ(number_at(value, "ft"), 1.5);
    EXPECT_TRUE(flag_at(value, "b"));
    EXPECT_FALSE(flag_at(value, "z"));
    EXPECT_FALSE(flag_at(value, "x"));
}

TEST(JsonRead, AListOfOneMayBeItsElement) {
    std::vector<std::string> seen;
    const auto read = [&](const char* text) {
        seen.clear();
        return each_at(parse(text), "a", [&](const boost::json::value& v) { seen.push_back(text_at(v, "n")); });
    };
    EXPECT_EQ(read(R"({"a":[{"n":1},{"n":2}]})"), 2u);
    EXPECT_THAT(seen, ::testing::ElementsAre("1", "2"));
    EXPECT_EQ(read(R"({"a":{"n":1}})"), 1u);
    EXPECT_THAT(seen, ::testing::ElementsAre("1"));
    EXPECT_EQ(read(R"({})"), 0u);
    EXPECT_EQ(read(R"({"a":null})"), 0u);
    EXPECT_EQ(read(R"({"a":"text"})"), 0u);
}

TEST(JsonRead, TimesOfAllServers) {
    constexpr double kBase = 1763665451;  // 2025-11-20T19:04:11Z
    EXPECT_EQ(parse_time("2025-11-20T19:04:11Z"), kBase);
    EXPECT_EQ(parse_time("2025-11-20T19:04:11"), kBase);
    EXPECT_NEAR(*parse_time("2025-11-20T19:04:11.1234567Z"), kBase + 0.1234567, 1e-6);
    EXPECT_NEAR(*parse_time("2025-11-20T19:04:11.730694001Z"), kBase + 0.730694, 1e-6);
    EXPECT_EQ(parse_time("2025-11-20T20:34:11+01:30"), kBase);
    EXPECT_EQ(parse_time("2025-11-20T17:04:11-0200"), kBase);
    for (const char* wrong : {"", "yesterday", "2025-11-20", "2025-13-20T19:04:11Z", "2025-02-30T19:04:11Z",
                              "2025-11-20T25:04:11Z", "2025-11-20T19:04:11ZZ", "2025-11-20T19:04:11+1"})
        EXPECT_EQ(parse_time(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace audiomuse::library
