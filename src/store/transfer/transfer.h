// Moving the catalogue between a database and an export, on a connection that is in a transaction.
#pragma once

#include <filesystem>
#include <memory>

#include "audiomuse/store/transfer.h"
#include "sql/connection.h"
#include "transfer/catalogue.h"

namespace audiomuse::store::transfer {

/// Exports a database of the schema `version`, which may be older than `known.version`: what a migration that rewrites
/// rows calls first. The transaction must read one state (Engine::read). Throws as Transfer::export_to.
TransferReport export_catalogue(sql::Connection& connection, const Catalogue& known, int version,
                                const std::filesystem::path& file, const TransferProgress& progress);

/// As check_export.
TransferReport check_export(const std::filesystem::path& file, const Catalogue& known,
                            const TransferProgress& progress);

/// Puts the rows of `file` in place of all that the catalogue holds. The transaction must be undone when it throws;
/// beside other writers, it must hold the row of change_counter. Throws as Transfer::import_from.
TransferReport import_rows(sql::Connection& connection, const Catalogue& known, const std::filesystem::path& file,
                           const TransferProgress& progress);

}  // namespace audiomuse::store::transfer
