// The schema of the SQLite file, step by step.
#pragma once

#include <filesystem>
#include <optional>
#include <span>

#include "sqlite/engine.h"

namespace audiomuse::store::sqlite {

/// Takes a database from `version` - 1 to `version`. Steps that have been released are never changed.
struct Migration {
    int version;
    void (*apply)(Connection&);
};

/// All steps; the last one makes the newest schema.
std::span<const Migration> migrations();

/// The schema version of an open database: 0 for an empty one, nothing for one of another program.
std::optional<int> schema_version(Connection& connection);

/// Brings the database to the last version of `steps`, each step in a transaction of its own, and copies an older
/// `file` to
/// "<file>.version-<n>" first, so that the older program can go on with the copy. Throws Error(conflict) for a database
/// that is newer than `steps` or belongs to another program. A step that fails leaves the version before it.
void migrate(Connection& connection, const std::filesystem::path& file, std::span<const Migration> steps);

}  // namespace audiomuse::store::sqlite
