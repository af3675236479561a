#include "audiomuse/wrap/redis/address.h"

#include <gmock/gmock.h>

#include "audiomuse/base/error.h"

namespace audiomuse::wrap::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RedisAddress, HasDefaults) {
    const Address address = parse_url("redis://cache");
    EXPECT_EQ(address.host, "cache");
    EXPECT_EQ(address.port, 6379);
    EXPECT_EQ(address.user, "");
    EXPECT_EQ(address.password, "");
    EXPECT_EQ(address.database, 0);
    EXPECT_EQ(parse_url("redis://cache/").database, 0);
}

TEST(RedisAddress, HasAllParts) {
    const Address address = parse_url("redis://ann:p%40ss%2fw%3Ard@10.0.0.7:6380/15");
    EXPECT_EQ(address.user, "ann");
    EXPECT_EQ(address.password, "p@ss/w:rd");
    EXPECT_EQ(address.host, "10.0.0.7");
    EXPECT_EQ(address.port, 6380);
    EXPECT_EQ(address.database, 15);
    EXPECT_EQ(address.name(), "10.0.0.7:6380/15");
}

TEST(RedisAddress, TakesAPasswordAlone) {
    const Address address = parse_url("redis://:a:b@c@host:1");
    EXPECT_EQ(address.user, "");
    EXPECT_EQ(address.password, "a:b@c");
    EXPECT_EQ(address.host, "host");
}

TEST(RedisAddress, TakesIpv6) {
    const Address address = parse_url("redis://[::1]:7000/2");
    EXPECT_EQ(address.host, "::1");
    EXPECT_EQ(address.port, 7000);
    EXPECT_EQ(address.name(), "[::1]:7000/2");
    EXPECT_EQ(parse_url("redis://[fe80::2]").port, 6379);
}

TEST(RedisAddress, RefusesWithoutTellingThePassword) {
    for (const char* url : {"", "host:6379", "http://:hush@host", "rediss://:hush@host", "unix:///run/redis.sock",
                            "redis://", "redis://:hush@", "redis://hush@host", "redis://:hush@host:0",
                            "redis://:hush@host:65536", "redis://:hush@host:six", "redis://:hush@host/one",
                            "redis://:hush@host/-1", "redis://:hush@[::1", "redis://:hush@[::1]6379",
                            "redis://:hush%4@host", "redis://:hush%zz@host", "redis://:hush@host:6379/0?x=y"}) {
        try {
            parse_url(url);
            ADD_FAILURE() << url;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << url;
            EXPECT_THAT(error.what(), Not(HasSubstr("hush"))) << url;
            EXPECT_THAT(error.what(), HasSubstr("redis://:password@host:port/number")) << url;
        }
    }
}

TEST(RedisAddress, SaysWhatToDoAboutTls) {
    try {
        parse_url("rediss://host");
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("TLS"));
    }
}

}  // namespace
}  // namespace audiomuse::wrap::redis
