// Which tables and columns an export holds, for every schema version that can be exported.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transfer/export_file.h"

namespace audiomuse::store::transfer {

struct Column {
    std::string_view name;
    ColumnType type = ColumnType::integer;
    bool nullable = false;
    /// Counts with change_counter: grows by the counter of the catalogue that is replaced, so that processes which
    /// follow changes by number see every row as changed.
    bool counts = false;
    int since = 0;                          ///< schema version that brought it; 0: the table's
    sql::Value otherwise = std::int64_t{};  ///< what a row of an export from before gets
};

struct Table {
    std::string_view name;
    std::string_view key;  ///< columns that order the rows
    std::vector<Column> columns;
    bool gives_ids = false;  ///< the database numbers new rows
    /// Value of the first column of the one row that belongs to an installation: never exported, never replaced.
    std::string_view stays = {};
    int since = 0;  ///< schema version that brought it; 0: the first

    /// The columns that a catalogue of `version` has.
    std::vector<const Column*> columns_of(int version) const;
    /// `key` without columns that came later.
    std::string key_of(int version) const;
    TableShape shape_of(int version) const;
};

/// Rewrites rows of an older export, once all are in the newest tables.
struct Upgrade {
    int version = 0;  ///< runs for exports of earlier versions
    void (*apply)(sql::Connection&) = nullptr;
};

struct Catalogue {
    int version = 0;            ///< newest schema
    std::vector<Table> tables;  ///< a table after those that it refers to
    std::vector<Upgrade> upgrades;

    std::vector<const Table*> tables_of(int schema_version) const;
};

/// The one of this program. When a migration adds a column, add it here with `since` and what older rows get; when it
/// rewrites rows, add an Upgrade that does the same. A test compares this with the database.
const Catalogue& catalogue();

/// The first schema version that could be exported.
inline constexpr int kOldestVersion = 4;

}  // namespace audiomuse::store::transfer
