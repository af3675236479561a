// Exports of the catalogue in a folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/settings/settings.h"
#include "audiomuse/store/store.h"

namespace audiomuse::backups {

/// The job that makes one: one of its own, see store::kAside. What was made is its detail `kMade`.
inline constexpr const char* kBackupJob = "backup";
inline constexpr const char* kMade = "backup";

/// The folder that the settings mean, beside `data`; not created.
std::filesystem::path backup_folder(const settings::Settings& settings, const std::filesystem::path& data);

struct Backup {
    std::string filename;
    std::int64_t bytes = 0;
    double made_at = 0;                  ///< Unix seconds
    std::optional<std::int64_t> tracks;  ///< as the name says; nothing for files that got here another way
};

/// The exports in the folder, the newest first. A folder that is not there holds none.
std::vector<Backup> list(const std::filesystem::path& folder);

/// The file of that name, which list() would show. Throws Error(not_found) for any other name, whatever it leads to.
std::filesystem::path find(const std::filesystem::path& folder, std::string_view filename);

/// Bytes that a program of this user may still write there.
std::uint64_t free_bytes(const std::filesystem::path& folder);

struct MakeOptions {
    std::int64_t kept = 7;  ///< backups that stay, the new one included
    std::function<std::uint64_t(const std::filesystem::path&)> room = free_bytes;
};
/// Writes a backup, named by the time and the number of tracks, and then removes the oldest beyond those that are kept;
/// files with names of another form stay. Throws Error(limit_exceeded) with nothing left behind when the disk would
/// have less than 256 MB left, before or while it writes; Error(io); what `progress` throws.
Backup make(store::Store& store, const std::filesystem::path& folder, const MakeOptions& options,
            const store::TransferProgress& progress = {});

struct Restored {
    store::TransferReport report;
    std::string kept_as;  ///< name of the backup of what was there before; empty: nothing was
};
/// Puts a backup in place of the catalogue, which is kept in the folder first as "before-restore-<time>.audiomuse", of
/// which the newest `kept` stay. Throws as Transfer::import_from and make; the catalogue is then as it was.
Restored restore(store::Store& store, const std::filesystem::path& folder, std::string_view filename,
                 const MakeOptions& options);

}  // namespace audiomuse::backups
