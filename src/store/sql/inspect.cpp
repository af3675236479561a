#include "sql/inspect.h"

#include <fmt/format.h>

#include "sql/repositories.h"

namespace audiomuse::store::sql {

void inspect(Connection& connection, StoreState& state) {
    constexpr int kInstancesSince = 4;
    constexpr int kServersSince = 5;
    if (state.schema.value_or(0) == 0) return;
    state.tracks = connection.find_integer("SELECT COUNT(*) FROM tracks").value_or(0);
    {
        const auto rows = connection.query("SELECT name, value FROM settings");
        while (rows->next())
            state.settings[rows->text(0)] = rows->text(1);
    }
    if (*state.schema < kInstancesSince) return;
    {
        const auto rows =
            connection.query(fmt::format("SELECT url, {} - seen_at FROM instances ORDER BY url", connection.now()));
        while (rows->next())
            state.instances.push_back({rows->text(0), rows->real(1)});
    }
    if (*state.schema < kServersSince) return;
    for (ServerRow& server : read_servers(connection)) {
        if (server.type != "local") state.servers.push_back(std::move(server));
    }
}

}  // namespace audiomuse::store::sql
