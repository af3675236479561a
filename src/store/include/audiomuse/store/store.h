// The store: everything that must survive a restart, behind one interface that knows no engine.
//
// Threads: every function may be called from any thread. Reads run beside each other and beside one write; writes wait
// for each other. Functions that take a callback may use the store inside it, except that IndexBlobs::save must not
// write. Errors: every function may throw Error(io) when the database cannot be read or written (full disk, missing
// right, locked by another program), Error(damaged) when it is broken, and, of a database server, Error(unavailable)
// when it cannot be reached or its connection was lost (try again) and Error(timeout); the others where said.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "audiomuse/store/analyses.h"
#include "audiomuse/store/anchors.h"
#include "audiomuse/store/cleaning.h"
#include "audiomuse/store/history.h"
#include "audiomuse/store/index_blobs.h"
#include "audiomuse/store/instances.h"
#include "audiomuse/store/jobs.h"
#include "audiomuse/store/playlists.h"
#include "audiomuse/store/radios.h"
#include "audiomuse/store/schedules.h"
#include "audiomuse/store/servers.h"
#include "audiomuse/store/sound_vectors.h"
#include "audiomuse/store/tracks.h"
#include "audiomuse/store/transfer.h"
#include "audiomuse/store/users.h"

namespace audiomuse::store {

class Store {
public:
    virtual ~Store() = default;
    virtual Servers& servers() = 0;
    virtual Tracks& tracks() = 0;
    virtual Analyses& analyses() = 0;
    virtual SoundVectors& sounds() = 0;
    virtual Playlists& playlists() = 0;
    virtual Cleaning& cleaning() = 0;
    virtual History& history() = 0;
    virtual Anchors& anchors() = 0;
    virtual Radios& radios() = 0;
    virtual Jobs& jobs() = 0;
    virtual IndexBlobs& index_blobs() = 0;
    virtual Instances& instances() = 0;
    virtual Users& users() = 0;
    virtual Schedules& schedules() = 0;
    virtual Transfer& transfer() = 0;
    /// Saved settings (name to value), for settings changed on the page.
    virtual std::string saved_setting(const std::string& name) = 0;  ///< "" when not saved
    virtual void save_setting(const std::string& name, const std::string& value) = 0;
    virtual std::map<std::string, std::string> saved_settings() = 0;  ///< all of them
    /// All or none; an empty value removes what is saved under that name.
    virtual void save_settings(const std::map<std::string, std::string>& values) = 0;
    /// Saves only what is not there yet; returns what is saved now. Of processes that do it at once, all get the same.
    virtual std::string save_setting_if_absent(const std::string& name, const std::string& value) = 0;
    /// A number that grows with every committed change of tracks, analyses or playlists; for caches. Cheap.
    virtual std::int64_t change_counter() = 0;
};

/// Opens the SQLite database `file`; makes it and its folder when missing. An older schema is migrated, after a copy of
/// the file has been made beside it ("<file>.version-<n>"). Throws Error(conflict) for a database of a newer version or
/// of another program, Error(io) or Error(damaged) with the path and the way out.
std::unique_ptr<Store> open_sqlite(const std::filesystem::path& file);

struct PostgresOptions {
    /// "postgresql://user:password@host:port/database"; when empty, the five fields below count.
    std::string url;
    std::string host;
    int port = 5432;
    std::string user;
    std::string password;
    std::string database;
    int connections = 16;  ///< at most, 2 or more; one that is lost is replaced
    std::chrono::milliseconds statement_timeout{60'000};
    /// For how long a server that cannot be reached or is starting is tried again, and then given up with
    /// Error(unavailable). A transaction that has not begun waits for it; one whose connection is lost in the middle
    /// throws at once, and may or may not have been committed when it was at its end.
    std::chrono::milliseconds patience{20'000};
    /// Folder for the export that is made before a newer version rewrites rows; empty: none is made.
    std::filesystem::path backups = {};
    std::string application_name = "audiomuse";  ///< as the server's list of connections shows it
};

/// Opens the PostgreSQL database, which may be empty, and brings it to the newest schema; several processes may do so
/// at once. Tables of other programs are left alone. Throws Error(conflict) for a database of a newer version or one
/// whose tables of other programs have our names, Error(invalid_argument) for an address that cannot be understood,
/// Error(permission_denied), Error(not_found) or Error(unavailable) when it cannot be connected to.
std::unique_ptr<Store> open_postgres(const PostgresOptions& options);

}  // namespace audiomuse::store
