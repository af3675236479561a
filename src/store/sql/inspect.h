#pragma once

#include "audiomuse/store/inspect.h"
#include "sql/connection.h"

namespace audiomuse::store::sql {

/// Reads tracks, settings and instances of a database whose schema has them.
void inspect(Connection& connection, StoreState& state);

}  // namespace audiomuse::store::sql
