#include "audiomuse/store/inspect.h"

#include "sql/inspect.h"
#include "sqlite/engine.h"
#include "sqlite/migrations.h"

namespace audiomuse::store {

StoreState inspect_sqlite(const std::filesystem::path& file) {
    StoreState state{.engine = "SQLite " + wrap::sqlite::library_version(),
                     .place = file.native(),
                     .schema = 0,
                     .newest_schema = sqlite::migrations().back().version,
                     .tracks = 0,
                     .settings = {},
                     .instances = {}};
    if (!std::filesystem::exists(file)) return state;
    sqlite::Connection connection(file, wrap::sqlite::Database::Access::read_only);
    state.schema = sqlite::schema_version(connection);
    sql::inspect(connection, state);
    return state;
}

}  // namespace audiomuse::store
