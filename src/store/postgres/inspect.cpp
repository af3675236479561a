#include "audiomuse/store/inspect.h"

#include "postgres/engine.h"
#include "postgres/migrations.h"
#include "sql/inspect.h"

namespace audiomuse::store {

StoreState inspect_postgres(const PostgresOptions& options) {
    postgres::Connection connection(postgres::session_of(options));
    StoreState state;
    {
        const auto rows = connection.query("SELECT current_setting('server_version')");
        state.engine = rows->next() ? "PostgreSQL " + rows->text(0) : "PostgreSQL";
    }
    state.place = connection.address();
    state.newest_schema = postgres::migrations().back().version;
    state.schema = postgres::schema_version(connection);
    sql::inspect(connection, state);
    return state;
}

}  // namespace audiomuse::store
