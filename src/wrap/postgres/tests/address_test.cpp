#include "address.h"

#include <gmock/gmock.h>

#include "errors.h"

namespace audiomuse::wrap::postgres {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

TEST(PostgresAddress, OfAUrl) {
    const Address address = parse_address({.url = "postgresql://me:p%40ss@db.example:6000/music?sslmode=require"});
    EXPECT_EQ(address.shown, "db.example:6000, database music");
    EXPECT_EQ(address.user, "me");
    EXPECT_THAT(address.keywords, AllOf(Contains(Pair("password", "p@ss")), Contains(Pair("sslmode", "require")),
                                        Contains(Pair("host", "db.example")), Contains(Pair("keepalives", "1"))));
}

TEST(PostgresAddress, OfSeveralHosts) {
    const Address address = parse_address({.url = "postgresql://me@one:1,two:2/music?target_session_attrs=primary"});
    EXPECT_THAT(address.keywords, AllOf(Contains(Pair("host", "one,two")), Contains(Pair("port", "1,2"))));
}

TEST(PostgresAddress, OfFields) {
    const Address address =
        parse_address({.host = "db", .port = 6000, .user = "me", .password = "it's @ secret/\\", .database = "music"});
    EXPECT_EQ(address.shown, "db:6000, database music");
    EXPECT_THAT(address.keywords,
                AllOf(Contains(Pair("password", "it's @ secret/\\")), Contains(Pair("dbname", "music"))));
    EXPECT_EQ(parse_address({.user = "me"}).shown, "localhost:5432, database me");
}

TEST(PostgresAddress, WhatIsWrongShowsNoPassword) {
    for (const char* url :
         {"postgresql://me:sec@ret@db/music", "postgresql://me:sec/ret@db/music", "postgresql://me:12/ret@db/music",
          "postgresql://me:ret%zz@db/music", "me:ret@db/music", "mysql://me:ret@db/music", "postgresql://db:0/ret",
          "postgresql://db:65536/ret", "host=db password=ret"}) {
        try {
            parse_address({.url = url});
            ADD_FAILURE() << url;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << url;
            EXPECT_THAT(error.what(), AllOf(Not(HasSubstr("ret")), HasSubstr("%40"))) << url;
        }
    }
}

TEST(PostgresErrors, TheSqlstateIsFoundInAnyLanguage) {
    EXPECT_EQ(sqlstate_of("connection to server at \"db\" (10.0.0.1), port 5432 failed: FATAL:  28P01: password"),
              "28P01");
    EXPECT_EQ(sqlstate_of("Verbindung fehlgeschlagen: FATAL:  3D000: Datenbank »x« existiert nicht"), "3D000");
    EXPECT_EQ(sqlstate_of("could not translate host name \"x\" to address: Name or service not known"), "");
    EXPECT_EQ(sqlstate_of("a:  short"), "");
    EXPECT_EQ(sqlstate_of(""), "");
}

TEST(PostgresErrors, CodesFollowTheSqlstate) {
    const auto code = [](std::string_view sqlstate) { return statement_error("db", sqlstate, "words").code(); };
    EXPECT_EQ(code(""), ErrorCode::unavailable);
    EXPECT_EQ(code("08006"), ErrorCode::unavailable);
    EXPECT_EQ(code("57P01"), ErrorCode::unavailable);
    EXPECT_EQ(code("57P03"), ErrorCode::unavailable);
    EXPECT_EQ(code("53300"), ErrorCode::unavailable);
    EXPECT_EQ(code("40P01"), ErrorCode::unavailable);
    EXPECT_EQ(code("53100"), ErrorCode::io);
    EXPECT_EQ(code("25006"), ErrorCode::io);
    EXPECT_EQ(code("58030"), ErrorCode::io);
    EXPECT_EQ(code("57014"), ErrorCode::timeout);
    EXPECT_EQ(code("25P03"), ErrorCode::timeout);
    EXPECT_EQ(code("55P03"), ErrorCode::timeout);
    EXPECT_EQ(code("42501"), ErrorCode::permission_denied);
    EXPECT_EQ(code("XX001"), ErrorCode::damaged);
    EXPECT_EQ(code("42601"), ErrorCode::internal);
    EXPECT_THAT(statement_error("db:1", "53100", "no space\nDETAIL: x").what(),
                AllOf(HasSubstr("db:1"), HasSubstr("(no space)"), HasSubstr("Free some space")));
}

}  // namespace
}  // namespace audiomuse::wrap::postgres
