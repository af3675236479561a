#include "audiomuse/store/store.h"
#include "sql/repositories.h"
#include "sqlite/engine.h"
#include "sqlite/migrations.h"

namespace audiomuse::store {

std::unique_ptr<Store> open_sqlite(const std::filesystem::path& file) {
    auto engine = std::make_unique<sqlite::Engine>(file);
    sqlite::migrate(engine->writer(), file, sqlite::migrations());
    return sql::create_store(std::move(engine));
}

}  // namespace audiomuse::store
