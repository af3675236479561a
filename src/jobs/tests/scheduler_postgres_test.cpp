#include "support/postgres_server.h"
#include "two_schedulers.h"

namespace audiomuse::jobs {
namespace {

TEST(SchedulerPostgres, OfTwoWebInstancesOneStartsIt) {
    if (!testing_support::PostgresServer::installed()) GTEST_SKIP() << "PostgreSQL is not installed";
    testing_support::PostgresServer& server = testing_support::PostgresServer::shared();
    const std::string url = server.url(server.new_database());
    const auto one = store::open_postgres({.url = url});
    const auto other = store::open_postgres({.url = url});
    expect_one_firing_each(*one, *other, 20);
}

}  // namespace
}  // namespace audiomuse::jobs
