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

}  // namespace

INSTANTIATE_TEST_SUITE_P(Postgres, StoreContract, ::testing::Values(StoreBackend{"postgres", open_of}));

}  // namespace audiomuse::store
