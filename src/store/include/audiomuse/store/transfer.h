// The whole catalogue as one file, for backups and for moving between engines and machines.
//
// An export holds everything but what belongs to running processes (jobs, deliveries, instances, the secret that web
// instances and workers of one installation share): tracks and their sources, analyses, embeddings bit for bit,
// failures, playlists, saved settings and indexes. An export of any engine can be imported into any engine of the same
// or a newer version. docs/backup.md describes the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

namespace audiomuse::store {

struct TransferReport {
    int schema_version = 0;  ///< of the export
    std::int64_t tracks = 0;
    std::int64_t rows = 0;        ///< of all tables
    std::int64_t file_bytes = 0;  ///< size of the export
};

/// Called now and then with how much is done, 0 to 1; never smaller than before. May be empty; may throw to give up.
using TransferProgress = std::function<void(double done)>;

struct ImportOptions {
    bool replace = false;  ///< also over a catalogue that holds tracks or playlists
    /// Where the catalogue that is replaced is exported to first; empty: nowhere. Only made when there is one.
    std::filesystem::path keep_as;
};

class Transfer {
public:
    virtual ~Transfer() = default;

    /// Neither tracks nor playlists.
    virtual bool empty() = 0;

    /// Writes the catalogue as it is at one moment, beside writers, with memory that does not grow with it. The file
    /// may be read by its owner only and takes its name when it is complete and on the disk; one that was there is
    /// replaced. The same catalogue gives the same bytes. Throws Error(io).
    virtual TransferReport export_to(const std::filesystem::path& file, const TransferProgress& progress) = 0;

    /// Puts what the export holds in place of the catalogue, in one transaction; ids stay, and new ones are above them.
    /// Jobs that nobody works on are ended. The file is read to its end and checked before anything is changed. Throws
    /// Error(conflict) when there is a catalogue and `replace` is not set, while a worker is at a job, or for an export
    /// of a newer version; Error(unsupported_format), Error(damaged) or Error(io) for a file that is no export, not
    /// whole, or can't be read. The catalogue is then as it was.
    virtual TransferReport import_from(const std::filesystem::path& file, const ImportOptions& options,
                                       const TransferProgress& progress) = 0;
};

/// Reads an export to its end and throws as import_from would for this file; changes nothing.
TransferReport check_export(const std::filesystem::path& file, const TransferProgress& progress);

}  // namespace audiomuse::store
