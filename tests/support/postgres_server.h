// A PostgreSQL server for tests and benchmarks: Debian's newest on a free port, in a temporary folder.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "support/process.h"
#include "support/temp_folder.h"

namespace audiomuse::testing_support {

/// Runs until it is destroyed, or the thread that started it ends. The superuser "postgres" needs no password; any
/// other user does. Throws std::runtime_error when it does not come up.
class PostgresServer {
public:
    /// `settings` go into postgresql.conf, e.g. {{"max_connections", "20"}}. Nothing is synced to the disk unless they
    /// say so.
    explicit PostgresServer(const std::map<std::string, std::string>& settings = {});
    ~PostgresServer();
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;

    static bool installed();
    int port() const { return port_; }
    std::string url(const std::string& database, const std::string& user = "postgres",
                    const std::string& password = "") const;

    void stop();               ///< ends all connections; what was committed is kept
    void start();              ///< again, on the same port
    void kill();               ///< SIGKILL, as a power cut
    void restart();            ///< stop, then start
    void freeze(bool frozen);  ///< SIGSTOP or SIGCONT to the process that accepts connections

    /// Makes an empty database, or a copy of the database `like`, which nobody may be connected to; returns its name.
    std::string new_database(const std::string& like = "template0");
    /// Runs statements as superuser.
    void run(const std::string& script, const std::string& database = "postgres") const;

    /// One that the whole program shares, started at first use.
    static PostgresServer& shared();

private:
    bool answers() const;

    TempFolder folder_;
    int port_ = 0;
    int databases_ = 0;
    bool killed_ = false;
    std::unique_ptr<Process> process_;
};

}  // namespace audiomuse::testing_support
