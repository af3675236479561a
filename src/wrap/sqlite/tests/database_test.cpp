#include "audiomuse/wrap/sqlite/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "audiomuse/base/error.h"
#include "support/temp_folder.h"

namespace audiomuse::wrap::sqlite {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

class DatabaseTest : public ::testing::Test {
protected:
    Database open(Database::Access access = Database::Access::create) { return Database(file(), access, 50ms); }
    std::filesystem::path file() const { return folder_ / "test.db"; }

    /// The error that `work` ends with; fails the test when there is none.
    template <class Work>
    Error error_of(Work work) {
        try {
            work();
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr(file().string()));
            return error;
        }
        ADD_FAILURE() << "no error";
        return Error(ErrorCode::internal, "none");
    }

    const testing_support::TempFolder folder_;
};

TEST_F(DatabaseTest, KeepsEveryKindOfValue) {
    Database database = open();
    database.execute("CREATE TABLE t (i INTEGER, r REAL, t TEXT, b BLOB, n TEXT); CREATE TABLE other (x INTEGER)");
    const std::array<std::byte, 3> bytes = {std::byte{0}, std::byte{255}, std::byte{7}};
    {
        Statement insert = database.prepare("INSERT INTO t VALUES (?, ?, ?, ?, ?)");
        insert.bind(1, std::int64_t{-9'000'000'000});
        insert.bind(2, 0.1);
        insert.bind(3, std::string_view("bad \xFF\xFE utf-8"));
        insert.bind(4, std::span<const std::byte>(bytes));
        insert.bind(5, nullptr);
        EXPECT_FALSE(insert.step());
        EXPECT_EQ(database.changes(), 1);
    }
    Statement select = database.prepare("SELECT * FROM t WHERE t = ?");
    select.bind(1, std::string_view("bad \xFF\xFE utf-8"));
    ASSERT_TRUE(select.step());
    EXPECT_EQ(select.integer(0), -9'000'000'000);
    EXPECT_EQ(select.real(1), 0.1);
    EXPECT_EQ(select.text(2), "bad \xFF\xFE utf-8");
    EXPECT_TRUE(std::ranges::equal(select.bytes(3), bytes));
    EXPECT_EQ(select.text(4), "");
    EXPECT_FALSE(select.step());
}

TEST_F(DatabaseTest, EmptyTextIsNotNull) {
    Database database = open();
    database.execute("CREATE TABLE t (x TEXT NOT NULL, y BLOB NOT NULL)");
    Statement insert = database.prepare("INSERT INTO t VALUES (?, ?)");
    insert.bind(1, std::string_view());
    insert.bind(2, std::span<const std::byte>());
    EXPECT_NO_THROW(insert.step());
}

TEST_F(DatabaseTest, AStatementCanBeRunAgain) {
    Database database = open();
    Statement select = database.prepare("SELECT ? + 1");
    for (std::int64_t i = 0; i < 3; ++i) {
        select.bind(1, i);
        ASSERT_TRUE(select.step());
        EXPECT_EQ(select.integer(0), i + 1);
        select.reset();
    }
}

TEST_F(DatabaseTest, FullDisk) {
    Database database = open();
    database.execute("CREATE TABLE t (x BLOB); PRAGMA max_page_count = 8");
    const Error error = error_of([&] { database.execute("INSERT INTO t VALUES (zeroblob(1000000))"); });
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_THAT(error.what(), HasSubstr("disk is full"));
}

TEST_F(DatabaseTest, ReadOnly) {
    open().execute("CREATE TABLE t (x INTEGER)");
    Database database = open(Database::Access::read_only);
    EXPECT_EQ(error_of([&] { database.execute("INSERT INTO t VALUES (1)"); }).code(), ErrorCode::io);
}

TEST_F(DatabaseTest, LockedByAnother) {
    Database first = open();
    Database second = open();
    first.execute("BEGIN EXCLUSIVE");
    EXPECT_TRUE(first.in_transaction());
    const Error error = error_of([&] { second.execute("CREATE TABLE t (x INTEGER)"); });
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_THAT(error.what(), HasSubstr("another program"));
    first.execute("ROLLBACK");
    EXPECT_FALSE(first.in_transaction());
    EXPECT_NO_THROW(second.execute("CREATE TABLE t (x INTEGER)"));
}

TEST_F(DatabaseTest, NotADatabase) {
    std::ofstream(file()) << std::string(5000, 'x');
    Database database = open();
    EXPECT_EQ(error_of([&] { database.execute("SELECT * FROM sqlite_schema"); }).code(), ErrorCode::damaged);
}

TEST_F(DatabaseTest, MissingFolder) {
    const std::filesystem::path missing = folder_ / "none" / "test.db";
    try {
        Database database(missing, Database::Access::create, 0ms);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::io);
        EXPECT_THAT(error.what(), HasSubstr(missing.string()));
    }
}

TEST_F(DatabaseTest, ConstraintsAndMistakes) {
    Database database = open();
    database.execute("CREATE TABLE t (x INTEGER UNIQUE); INSERT INTO t VALUES (1)");
    EXPECT_EQ(error_of([&] { database.execute("INSERT INTO t VALUES (1)"); }).code(), ErrorCode::conflict);
    EXPECT_EQ(error_of([&] { database.prepare("SELECT nothing FROM nowhere"); }).code(), ErrorCode::internal);
}

}  // namespace
}  // namespace audiomuse::wrap::sqlite
