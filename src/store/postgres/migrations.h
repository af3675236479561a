// The schema of the PostgreSQL database, step by step.
#pragma once

#include <filesystem>
#include <optional>
#include <span>

#include "postgres/engine.h"

namespace audiomuse::store::postgres {

/// Takes a database to `version` from the one before. Versions are those of SQLite's schema, of which the first step
/// here makes version 4 at once. Steps that have been released are never changed.
struct Migration {
    int version;
    void (*apply)(Connection&);
    bool rewrites = false;  ///< changes rows, not only the shape of tables: an export is made first
};

/// All steps; the last one makes the newest schema.
std::span<const Migration> migrations();

/// The schema version of the database: 0 when none of our tables is there, nothing when one of another program has the
/// name of ours.
std::optional<int> schema_version(Connection& connection);

/// Brings the database to the last version of `steps`, each step in a transaction of its own; another process that does
/// the same is waited for. Before a step that rewrites rows the catalogue is exported to `backups`. Throws
/// Error(conflict) for a database that is newer than `steps` or has tables of another program with our names. A step
/// that fails leaves the version before it.
void migrate(Engine& engine, std::span<const Migration> steps, const std::filesystem::path& backups = {});

/// Makes the index that searches are fast by, where it is missing. When the server has no extension pg_trgm, or the
/// user may not add it, a warning says so, and searches compare every track.
void ensure_search_indexes(Engine& engine);

}  // namespace audiomuse::store::postgres
