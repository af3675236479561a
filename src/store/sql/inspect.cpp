#include "sql/inspect.h"

#include <fmt/format.h>

namespace audiomuse::store::sql {

void inspect(Connection& connection, StoreState& state) {
    constexpr int kInstancesSince = 4;
    if (state.schema.value_or(0) == 0) return;
    state.tracks = connection.find_integer("SELECT COUNT(*) FROM tracks").value_or(0);
    {
        const auto rows = connection.query("SELECT name, value FROM settings");
        while (rows->next())
            state.settings[rows->text(0)] = rows->text(1);
    }
    if (*state.schema < kInstancesSince) return;
    const auto rows =
        connection.query(fmt::format("SELECT url, {} - seen_at FROM instances ORDER BY url", connection.now()));
    while (rows->next())
        state.instances.push_back({rows->text(0), rows->real(1)});
}

}  // namespace audiomuse::store::sql
