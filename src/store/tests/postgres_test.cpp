// What only the PostgreSQL engine has: its server, its connections, its migrations, and its ways to fail.
#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "postgres/engine.h"
#include "postgres/migrations.h"
#include "sql/repositories.h"
#include "store_contract.h"
#include "support/postgres_server.h"

namespace audiomuse::store {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_support::PostgresServer;

PostgresServer& server() {
    return PostgresServer::shared();
}

PostgresOptions options_of(const std::string& database) {
    return {.url = server().url(database), .connections = 4};
}

/// A database of the newest schema, which others are copied from: quicker than the migrations.
const std::string& made_database() {
    static const std::string name = [] {
        std::string made = server().new_database();
        open_postgres(options_of(made));
        return made;
    }();
    return name;
}

/// The database of a folder: the same one when it is opened again.
std::unique_ptr<Store> open_of(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    const std::filesystem::path note = folder / "database";
    if (!std::filesystem::exists(note)) std::ofstream(note) << server().new_database(made_database());
    return open_postgres(options_of(testing_support::contents(note)));
}

TEST(PostgresMigration, ExportsTheCatalogueBeforeAStepThatRewritesIt) {
    const testing_support::TempFolder folder;
    const std::string database = server().new_database(made_database());
    {
        const auto store = open_postgres(options_of(database));
        const Tracks::PutItem item{file("/m/a.flac"), "a", tags("kept")};
        store->tracks().put(store->tracks().local_server(), {&item, 1});
    }
    const int next = postgres::migrations().back().version + 1;
    std::vector<postgres::Migration> steps(postgres::migrations().begin(), postgres::migrations().end());
    steps.push_back({.version = next,
                     .apply = [](postgres::Connection& c) { c.execute("UPDATE tracks SET title = 'rewritten'"); },
                     .rewrites = true});
    postgres::Engine engine(postgres::session_of(options_of(database)), 4, 5s);
    postgres::migrate(engine, steps, folder.path());
    const auto exported = folder / ("before-schema-" + std::to_string(next) + ".audiomuse");
    const auto before = open_sqlite(folder / "before.db");
    before->transfer().import_from(exported, {}, {});
    EXPECT_EQ(before->tracks().search({}).rows.at(0).tags.title, "kept");
    const auto title = engine.read([](sql::Connection& connection) {
        const auto rows = connection.query("SELECT title FROM tracks");
        rows->next();
        return rows->text(0);
    });
    EXPECT_EQ(title, "rewritten");
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Postgres, StoreContract, ::testing::Values(StoreBackend{"postgres", open_of}));

}  // namespace audiomuse::store
