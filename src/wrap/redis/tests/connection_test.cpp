#include "audiomuse/wrap/redis/connection.h"

#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "audiomuse/base/error.h"
#include "audiomuse/wrap/redis/subscriber.h"
#include "support/redis_server.h"

namespace audiomuse::wrap::redis {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing_support::RedisServer;

template <class Work>
Error error_of(Work work) {
    try {
        work();
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "no error";
    return Error(ErrorCode::internal, "none");
}

class RedisConnection : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        if (RedisServer::installed()) server = std::make_unique<RedisServer>();
    }
    static void TearDownTestSuite() { server.reset(); }
    void SetUp() override {
        if (!server) GTEST_SKIP() << "redis-server is not installed";
    }
    static Address address() { return parse_url(server->url()); }

    static inline std::unique_ptr<RedisServer> server;
};

TEST_F(RedisConnection, RepliesAreValues) {
    Connection connection(address());
    EXPECT_EQ(connection.run({"SET", "bytes", std::string_view("\0\r\n\xff", 4)}).text, "OK");
    EXPECT_EQ(connection.run({"GET", "bytes"}).text, std::string_view("\0\r\n\xff", 4));
    EXPECT_TRUE(connection.run({"GET", "nothing"}).empty());
    const Reply integer = connection.run({"INCRBY", "number", "9000000000"});
    EXPECT_EQ(integer.kind, Reply::Kind::integer);
    EXPECT_EQ(integer.integer, 9'000'000'000);
    const Reply list = connection.run({"EVAL", "return {1, {'a', false}, 'b'}", "0"});
    ASSERT_EQ(list.list.size(), 3u);
    EXPECT_EQ(list.list[1].list[0].text, "a");
    EXPECT_TRUE(list.list[1].list[1].empty());
    const std::string large(1 << 22, 'x');
    connection.run({"SET", "large", large});
    EXPECT_EQ(connection.run({"GET", "large"}).text, large);
}

TEST_F(RedisConnection, ARefusedCommandHarmsNothing) {
    Connection connection(address());
    connection.run({"SET", "text", "a"});
    const Error error = error_of([&] { connection.run({"INCR", "text"}); });
    EXPECT_EQ(error.code(), ErrorCode::internal);
    EXPECT_THAT(error.what(), AllOf(HasSubstr(address().name()), HasSubstr("not an integer")));
    EXPECT_TRUE(connection.connected());
    EXPECT_EQ(connection.run({"GET", "text"}).text, "a");
}

TEST_F(RedisConnection, SelectsTheDatabase) {
    Address other = address();
    other.database = 3;
    Connection(other).run({"SET", "here", "1"});
    EXPECT_TRUE(Connection(address()).run({"GET", "here"}).empty());
    EXPECT_EQ(Connection(other).run({"GET", "here"}).text, "1");
    other.database = 99;
    EXPECT_THAT(error_of([&] { Connection{other}; }).what(), HasSubstr("DB index is out of range"));
}

TEST_F(RedisConnection, RunsScriptsAgainAfterTheServerForgotThem) {
    Connection connection(address());
    const Script script{"return {KEYS[1], ARGV[1], ARGV[2]}"};
    const std::vector<std::string> keys = {"k"};
    const std::vector<std::string> arguments = {"a", "b c"};
    for (int i = 0; i < 3; ++i) {
        const Reply reply = connection.run(script, keys, arguments);
        ASSERT_EQ(reply.list.size(), 3u);
        EXPECT_EQ(reply.list[0].text, "k");
        EXPECT_EQ(reply.list[2].text, "b c");
        connection.run({"SCRIPT", "FLUSH"});
    }
    const Script broken{"return redis.call('INCR', 'text')"};
    connection.run({"SET", "text", "a"});
    EXPECT_EQ(error_of([&] { connection.run(broken, {}, {}); }).code(), ErrorCode::internal);
}

TEST_F(RedisConnection, NobodyListens) {
    Address nobody = address();
    nobody.port = testing_support::free_port();
    const Error error = error_of([&] { Connection{nobody}; });
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_THAT(error.what(), HasSubstr(nobody.name()));
    nobody.host = "no-such-host.invalid";
    EXPECT_EQ(error_of([&] { Connection{nobody}; }).code(), ErrorCode::unavailable);
}

TEST_F(RedisConnection, AKilledServerIsALostConnection) {
    RedisServer own;
    Connection connection(parse_url(own.url()));
    connection.run({"PING"});
    own.kill();
    EXPECT_EQ(error_of([&] { connection.run({"PING"}); }).code(), ErrorCode::unavailable);
    own.start();
    EXPECT_FALSE(connection.connected());
    EXPECT_EQ(error_of([&] { connection.run({"PING"}); }).code(), ErrorCode::unavailable);
    EXPECT_EQ(Connection(parse_url(own.url())).run({"PING"}).text, "PONG");
}

TEST_F(RedisConnection, ASilentServerIsGivenUp) {
    RedisServer own;
    Connection connection(parse_url(own.url()), {.command = 150ms});
    own.freeze(true);
    const Error error = error_of([&] { connection.run({"PING"}); });
    own.freeze(false);
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_THAT(error.what(), HasSubstr("0.15 s"));
    EXPECT_FALSE(connection.connected());
}

TEST_F(RedisConnection, PasswordsAreCheckedAndNeverTold) {
    RedisServer own({"--requirepass", "open sesame"});
    Address guarded = parse_url(own.url());
    EXPECT_EQ(error_of([&] { Connection(guarded).run({"GET", "a"}); }).code(), ErrorCode::permission_denied);
    for (const char* user : {"", "ali"}) {
        guarded.user = user;
        guarded.password = "open barley";
        const Error error = error_of([&] { Connection{guarded}; });
        EXPECT_EQ(error.code(), ErrorCode::permission_denied);
        EXPECT_THAT(error.what(), Not(HasSubstr("barley")));
    }
    Connection signed_in(parse_url("redis://default:open%20sesame@127.0.0.1:" + std::to_string(own.port())));
    EXPECT_EQ(signed_in.run({"PING"}).text, "PONG");
    signed_in.run({"ACL", "SETUSER", "reader", "on", ">r", "~*", "+get"});
    Connection reader(parse_url("redis://reader:r@127.0.0.1:" + std::to_string(own.port())));
    EXPECT_EQ(error_of([&] { reader.run({"SET", "a", "b"}); }).code(), ErrorCode::permission_denied);
    // A server without a password refuses one: whoever wrote the URL meant another server.
    Address open = address();
    open.password = "open barley";
    EXPECT_EQ(error_of([&] { Connection{open}; }).code(), ErrorCode::permission_denied);
}

TEST_F(RedisConnection, FullMemoryIsSaid) {
    RedisServer own({"--maxmemory", "1kb"});
    Connection connection(parse_url(own.url()));
    EXPECT_EQ(error_of([&] { connection.run({"SET", "a", "b"}); }).code(), ErrorCode::limit_exceeded);
    const Script script{"return redis.call('SET', 'a', 'b')"};
    EXPECT_EQ(error_of([&] { connection.run(script, {}, {}); }).code(), ErrorCode::limit_exceeded);
}

TEST_F(RedisConnection, SubscribersHearTheirChannels) {
    const Waker waker;
    Subscriber subscriber(address(), {}, {"one", "two"});
    Connection connection(address());
    connection.run({"PUBLISH", "two", "b"});
    connection.run({"PUBLISH", "three", "c"});
    connection.run({"PUBLISH", "one", std::string_view("\0a", 2)});
    auto message = subscriber.next(20s, waker);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->channel, "two");
    EXPECT_EQ(message->payload, "b");
    message = subscriber.next(20s, waker);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->channel, "one");
    EXPECT_EQ(message->payload, std::string_view("\0a", 2));
    EXPECT_FALSE(subscriber.next(20ms, waker));
}

TEST_F(RedisConnection, AWakerEndsWaits) {
    Waker waker;
    Subscriber subscriber(address(), {}, {"one"});
    auto message = std::async(std::launch::async, [&] { return subscriber.next(1h, waker); });
    EXPECT_EQ(message.wait_for(20ms), std::future_status::timeout);
    waker.wake();
    EXPECT_FALSE(message.get());
    EXPECT_FALSE(subscriber.next(1h, waker));
}

TEST_F(RedisConnection, SubscribersNoticeTheEnd) {
    RedisServer own;
    const Waker waker;
    const Limits limits{.silence = 100ms};
    Subscriber killed(parse_url(own.url()), {}, {"one"});
    own.kill();
    EXPECT_EQ(error_of([&] { killed.next(20s, waker); }).code(), ErrorCode::unavailable);
    own.start();
    Subscriber frozen(parse_url(own.url()), limits, {"one"});
    EXPECT_FALSE(frozen.next(500ms, waker));  // quiet, but it answers when asked
    own.freeze(true);
    EXPECT_EQ(error_of([&] { frozen.next(60s, waker); }).code(), ErrorCode::unavailable);
    own.freeze(false);
}

}  // namespace
}  // namespace audiomuse::wrap::redis
