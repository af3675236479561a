#include "audiomuse/store/store.h"
#include "postgres/engine.h"
#include "postgres/migrations.h"
#include "sql/repositories.h"

namespace audiomuse::store {

std::unique_ptr<Store> open_postgres(const PostgresOptions& options) {
    auto engine =
        std::make_unique<postgres::Engine>(postgres::session_of(options), options.connections, options.patience);
    postgres::migrate(*engine, postgres::migrations(), options.backups);
    postgres::ensure_search_indexes(*engine);
    return sql::create_store(std::move(engine));
}

}  // namespace audiomuse::store
