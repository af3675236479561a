#include "audiomuse/wrap/postgres/connection.h"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <limits>
#include <thread>

#include "audiomuse/base/error.h"
#include "audiomuse/wrap/postgres/listener.h"
#include "support/postgres_server.h"

namespace audiomuse::wrap::postgres {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing_support::PostgresServer;

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

class PostgresConnection : public ::testing::Test {
protected:
    void SetUp() override {
        if (!PostgresServer::installed()) GTEST_SKIP() << "PostgreSQL is not installed.";
        connection_ = std::make_unique<Connection>(ConnectOptions{.url = server().url("postgres")});
    }
    static PostgresServer& server() { return PostgresServer::shared(); }

    Result query(std::string_view sql, std::vector<Value> values = {}) { return connection_->query(sql, values); }

    std::unique_ptr<Connection> connection_;
};

TEST_F(PostgresConnection, ValuesComeBackAsTheyWere) {
    const std::int64_t least = std::numeric_limits<std::int64_t>::min();
    const std::vector<std::byte> bytes = {std::byte{0}, std::byte{255}, std::byte{'\\'}};
    const Result result =
        query("SELECT $1, $2, $3, $4, $5::text, $6, $7", {least, 0.1, "Sigur Rós", std::span<const std::byte>(bytes),
                                                          nullptr, std::string_view(), std::span<const std::byte>()});
    ASSERT_EQ(result.rows(), 1);
    EXPECT_EQ(result.columns(), 7);
    EXPECT_EQ(result.integer(0, 0), least);
    EXPECT_EQ(result.real(0, 1), 0.1);
    EXPECT_EQ(result.text(0, 2), "Sigur Rós");
    EXPECT_THAT(result.bytes(0, 3), ElementsAre(std::byte{0}, std::byte{255}, std::byte{'\\'}));
    EXPECT_EQ(result.text(0, 4), "");
    EXPECT_EQ(result.text(0, 5), "");
    EXPECT_TRUE(result.bytes(0, 6).empty());
}

TEST_F(PostgresConnection, ColumnsAreReadByTheirType) {
    const Result result = query(
        "SELECT true, (-2)::int2, (-3)::int4, (-4)::int8, 1.5::float4, 'NaN'::float8, 'a'::varchar, 'b'::name, "
        "NULL::int8, NULL::float8, COUNT(*)");
    EXPECT_EQ(result.integer(0, 0), 1);
    EXPECT_EQ(result.integer(0, 1), -2);
    EXPECT_EQ(result.integer(0, 2), -3);
    EXPECT_EQ(result.integer(0, 3), -4);
    EXPECT_EQ(result.real(0, 3), -4.0);
    EXPECT_EQ(result.real(0, 4), 1.5);
    EXPECT_TRUE(std::isnan(result.real(0, 5)));
    EXPECT_EQ(result.text(0, 6), "a");
    EXPECT_EQ(result.text(0, 7), "b");
    EXPECT_EQ(result.integer(0, 8), 0);
    EXPECT_EQ(result.real(0, 9), 0);
    EXPECT_EQ(result.integer(0, 10), 1);
}

TEST_F(PostgresConnection, OtherTypesAreRefused) {
    const Result result = query("SELECT 1::numeric, 'x'::text");
    EXPECT_EQ(error_of([&] { result.integer(0, 0); }).code(), ErrorCode::internal);
    EXPECT_EQ(error_of([&] { result.real(0, 0); }).code(), ErrorCode::internal);
    EXPECT_THAT(error_of([&] { result.text(0, 0); }).what(), HasSubstr("Cast it"));
    EXPECT_EQ(error_of([&] { result.bytes(0, 1); }).code(), ErrorCode::internal);
}

TEST_F(PostgresConnection, OneTextMayTakeValuesOfDifferentTypes) {
    EXPECT_EQ(query("SELECT $1", {std::int64_t{1}}).integer(0, 0), 1);
    EXPECT_EQ(query("SELECT $1", {2.5}).real(0, 0), 2.5);
    EXPECT_EQ(query("SELECT $1", {"three"}).text(0, 0), "three");
    EXPECT_EQ(query("SELECT $1", {std::int64_t{4}}).integer(0, 0), 4);
}

TEST_F(PostgresConnection, PreparedStatementsDoNotPileUp) {
    for (int i = 0; i < 700; ++i)
        EXPECT_EQ(query("SELECT " + std::to_string(i)).integer(0, 0), i);
    EXPECT_LE(query("SELECT COUNT(*) FROM pg_prepared_statements").integer(0, 0), 300);
    EXPECT_EQ(query("SELECT 5").integer(0, 0), 5);
}

TEST_F(PostgresConnection, SaysHowManyRowsChanged) {
    connection_->execute("CREATE TEMP TABLE t (n BIGINT PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 10)");
    EXPECT_EQ(query("UPDATE t SET n = n + 100 WHERE n > $1", {std::int64_t{7}}).affected(), 3);
    EXPECT_EQ(query("DELETE FROM t WHERE n = 0").affected(), 0);
    const Error error = error_of([&] { query("INSERT INTO t VALUES (1)"); });
    EXPECT_EQ(error.code(), ErrorCode::conflict);
    EXPECT_THAT(error.what(), HasSubstr("127.0.0.1:"));
}

TEST_F(PostgresConnection, CopiesRowsInBulk) {
    connection_->execute("CREATE TEMP TABLE t (a BIGINT, b DOUBLE PRECISION, c TEXT, d BYTEA)");
    const std::vector<std::string_view> columns = {"d", "c", "b", "a"};
    const std::string large(300'000, 'x');
    CopyIn copy(*connection_, "t", columns);
    for (std::int64_t i = 0; i < 1000; ++i) {
        const std::byte byte{static_cast<unsigned char>(i)};
        copy.add(std::vector<Value>{std::span(&byte, 1), i == 7 ? std::string_view(large) : "text", 0.5, i});
    }
    copy.add(std::vector<Value>{nullptr, nullptr, std::int64_t{3}, std::int64_t{-1}});
    EXPECT_EQ(copy.finish(), 1001);
    const Result result = query("SELECT COUNT(*), SUM(b), MAX(LENGTH(c)), COUNT(d) FROM t");
    EXPECT_EQ(result.integer(0, 0), 1001);
    EXPECT_EQ(result.real(0, 1), 503);
    EXPECT_EQ(result.integer(0, 2), 300'000);
    EXPECT_EQ(result.integer(0, 3), 1000);
}

TEST_F(PostgresConnection, ACopyGivenUpCopiesNothing) {
    connection_->execute("CREATE TEMP TABLE t (a BIGINT NOT NULL)");
    const std::vector<std::string_view> columns = {"a"};
    {
        CopyIn copy(*connection_, "t", columns);
        copy.add(std::vector<Value>{std::int64_t{1}});
    }
    EXPECT_EQ(query("SELECT COUNT(*) FROM t").integer(0, 0), 0);
    {
        CopyIn copy(*connection_, "t", columns);
        copy.add(std::vector<Value>{nullptr});
        EXPECT_EQ(error_of([&] { copy.finish(); }).code(), ErrorCode::conflict);
    }
    {
        CopyIn copy(*connection_, "t", columns);
        EXPECT_EQ(error_of([&] { copy.add(std::vector<Value>{"text"}); }).code(), ErrorCode::internal);
        EXPECT_EQ(error_of([&] { copy.add(std::vector<Value>{}); }).code(), ErrorCode::internal);
    }
    EXPECT_EQ(query("SELECT COUNT(*) FROM t").integer(0, 0), 0);
}

TEST_F(PostgresConnection, RefusalsAreToldApartAndShowNoPassword) {
    server().run("DROP ROLE IF EXISTS singer; CREATE ROLE singer LOGIN PASSWORD 'hidden'");
    const auto refused = [&](const std::string& url) {
        Error error = error_of([&] { Connection({.url = url, .connect_timeout = 3s}); });
        EXPECT_THAT(error.what(), AllOf(Not(HasSubstr("hidden")), Not(HasSubstr("wrong-secret"))));
        return error;
    };
    EXPECT_NO_THROW(Connection({.url = server().url("postgres", "singer", "hidden")}));
    const Error wrong = refused(server().url("postgres", "singer", "wrong-secret"));
    EXPECT_EQ(wrong.code(), ErrorCode::permission_denied);
    EXPECT_THAT(wrong.what(), AllOf(HasSubstr("POSTGRES_PASSWORD"), HasSubstr("\"singer\"")));
    EXPECT_EQ(refused(server().url("postgres", "singer")).code(), ErrorCode::permission_denied);
    EXPECT_EQ(refused(server().url("postgres", "nobody", "hidden")).code(), ErrorCode::permission_denied);
    const Error missing = refused(server().url("nowhere"));
    EXPECT_EQ(missing.code(), ErrorCode::not_found);
    EXPECT_THAT(missing.what(), AllOf(HasSubstr("nowhere"), HasSubstr("POSTGRES_DB")));
    const Error closed = refused("postgresql://me:hidden@127.0.0.1:1/x");
    EXPECT_EQ(closed.code(), ErrorCode::unavailable);
    EXPECT_THAT(closed.what(), AllOf(HasSubstr("127.0.0.1:1"), HasSubstr("onnection refused)")));
    EXPECT_EQ(refused("postgresql://me:hidden@nowhere.invalid/x").code(), ErrorCode::unavailable);
    Connection singer({.url = server().url("postgres", "singer", "hidden")});
    EXPECT_EQ(error_of([&] { singer.query("SELECT * FROM pg_authid"); }).code(), ErrorCode::permission_denied);
}

TEST_F(PostgresConnection, AServerThatSaysNothingIsGivenUp) {
    server().freeze(true);
    const auto begin = std::chrono::steady_clock::now();
    const Error error = error_of([&] { Connection({.url = server().url("postgres"), .connect_timeout = 200ms}); });
    server().freeze(false);
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
}

TEST_F(PostgresConnection, AStatementThatTakesTooLongIsEnded) {
    connection_->execute("SET statement_timeout = 50");
    const Error error = error_of([&] { query("SELECT pg_sleep(30)"); });
    EXPECT_EQ(error.code(), ErrorCode::timeout);
    EXPECT_TRUE(connection_->usable());
    EXPECT_EQ(query("SELECT 1").integer(0, 0), 1);
}

TEST_F(PostgresConnection, ALostConnectionIsUnavailable) {
    const std::int64_t process = query("SELECT pg_backend_pid()").integer(0, 0);
    server().run("SELECT pg_terminate_backend(" + std::to_string(process) + ")");
    EXPECT_EQ(error_of([&] { query("SELECT 1"); }).code(), ErrorCode::unavailable);
    EXPECT_FALSE(connection_->usable());
    EXPECT_EQ(error_of([&] { query("SELECT 2"); }).code(), ErrorCode::unavailable);
}

TEST_F(PostgresConnection, KnowsWhetherItIsInATransaction) {
    EXPECT_FALSE(connection_->in_transaction());
    connection_->execute("BEGIN");
    EXPECT_TRUE(connection_->in_transaction());
    EXPECT_EQ(error_of([&] { query("nonsense"); }).code(), ErrorCode::internal);
    EXPECT_TRUE(connection_->in_transaction());
    connection_->execute("ROLLBACK");
    EXPECT_FALSE(connection_->in_transaction());
}

TEST_F(PostgresConnection, AListenerHearsWhatIsNotified) {
    Waker waker;
    Listener listener({.url = server().url("postgres")}, "channel");
    EXPECT_EQ(listener.next(10ms, waker), std::nullopt);
    connection_->execute("NOTIFY channel, 'one'; NOTIFY other, 'x'; NOTIFY channel, 'two'");
    EXPECT_EQ(listener.next(20s, waker), "one");
    EXPECT_EQ(listener.next(20s, waker), "two");
    std::thread waking([&] { waker.wake(); });
    EXPECT_EQ(listener.next(20s, waker), std::nullopt);
    waking.join();
    EXPECT_EQ(listener.next(20s, waker), std::nullopt) << "it stays woken";
    waker.take();
    connection_->execute("NOTIFY channel, 'three'");
    EXPECT_EQ(listener.next(20s, waker), "three");
    server().run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'");
    EXPECT_EQ(error_of([&] { listener.next(20s, waker); }).code(), ErrorCode::unavailable);
}

}  // namespace
}  // namespace audiomuse::wrap::postgres
