#include "postgres_server.h"

#include <fmt/format.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "audiomuse/base/error.h"
#include "audiomuse/wrap/postgres/connection.h"

namespace audiomuse::testing_support {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// bin/ of the newest version that Debian's packages put below /usr/lib/postgresql; empty without.
fs::path programs() {
    fs::path newest;
    int version = 0;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", none)) {
        const std::string name = entry.path().filename();
        int number = 0;
        std::from_chars(name.data(), name.data() + name.size(), number);
        if (number > version && fs::exists(entry.path() / "bin/postgres")) {
            version = number;
            newest = entry.path() / "bin";
        }
    }
    return newest;
}

/// PostgreSQL refuses to run as root: the arguments that give up these rights, and keep the promise that the program
/// dies with its parent.
std::vector<std::string> as_its_user(std::vector<std::string> command) {
    if (::geteuid() != 0) return command;
    const char* user = ::getpwnam("postgres") != nullptr ? "postgres" : "nobody";
    const passwd* entry = ::getpwnam(user);
    std::vector<std::string> all = {"/usr/bin/setpriv",
                                    "--reuid",
                                    std::to_string(entry->pw_uid),
                                    "--regid",
                                    std::to_string(entry->pw_gid),
                                    "--clear-groups",
                                    "--pdeathsig",
                                    "KILL"};
    all.insert(all.end(), command.begin(), command.end());
    return all;
}

void hand_over(const fs::path& path) {
    if (::geteuid() != 0) return;
    const passwd* entry = ::getpwnam(::getpwnam("postgres") != nullptr ? "postgres" : "nobody");
    if (::chown(path.c_str(), entry->pw_uid, entry->pw_gid) != 0)
        throw std::runtime_error("The folder of the PostgreSQL server cannot be given to its user.");
}

}  // namespace

bool PostgresServer::installed() {
    return !programs().empty();
}

PostgresServer::PostgresServer(const std::map<std::string, std::string>& settings) {
    hand_over(folder_.path());
    const fs::path data = folder_ / "data";
    const Finished made =
        testing_support::run(as_its_user({programs() / "initdb", "--pgdata", data, "--username", "postgres", "--auth",
                                          "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"}));
    if (made.status != 0) throw std::runtime_error("initdb failed: " + made.errors);
    folder_.write("data/pg_hba.conf",
                  "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
    std::map<std::string, std::string> all = {{"listen_addresses", "'127.0.0.1'"},
                                              {"unix_socket_directories", "''"},
                                              {"shared_buffers", "'64MB'"},
                                              {"max_connections", "100"},
                                              {"fsync", "off"},
                                              {"full_page_writes", "off"}};
    for (const auto& [name, value] : settings)
        all[name] = value;
    std::string text;
    for (const auto& [name, value] : all)
        text += fmt::format("{} = {}\n", name, value);
    folder_.write("data/postgresql.auto.conf", text);
    // Somebody else may take a free port before the server does.
    for (int attempt = 0;; ++attempt) {
        port_ = free_port();
        try {
            start();
            return;
        } catch (const std::runtime_error&) {
            if (attempt == 3) throw;
        }
    }
}

PostgresServer::~PostgresServer() {
    stop();
}

std::string PostgresServer::url(const std::string& database, const std::string& user,
                                const std::string& password) const {
    return fmt::format("postgresql://{}{}{}@127.0.0.1:{}/{}", user, password.empty() ? "" : ":", password, port_,
                       database);
}

void PostgresServer::start() {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    do {
        process_ = std::make_unique<Process>(
            as_its_user({programs() / "postgres", "-D", folder_ / "data", "-p", std::to_string(port_)}),
            std::map<std::string, std::string>{}, folder_ / "log");
        while (process_->running() && std::chrono::steady_clock::now() < deadline) {
            if (answers()) return;
            std::this_thread::sleep_for(20ms);
        }
        // After a kill its children may hold the shared memory for a moment.
    } while (killed_ && std::chrono::steady_clock::now() < deadline);
    process_.reset();
    throw std::runtime_error("PostgreSQL did not come up: " + contents(folder_ / "log"));
}

void PostgresServer::stop() {
    if (!process_) return;
    process_->signal(SIGINT);
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (process_->running() && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(5ms);
    process_.reset();
}

void PostgresServer::kill() {
    process_.reset();
    killed_ = true;
}

void PostgresServer::restart() {
    stop();
    start();
}

void PostgresServer::freeze(bool frozen) {
    process_->signal(frozen ? SIGSTOP : SIGCONT);
}

bool PostgresServer::answers() const {
    try {
        run("");
        return true;
    } catch (const Error&) {
        return false;
    }
}

void PostgresServer::run(const std::string& script, const std::string& database) const {
    wrap::postgres::Connection connection({.url = url(database)});
    connection.execute(script.empty() ? "SELECT 1" : script);
}

std::string PostgresServer::new_database(const std::string& like) {
    std::string name = fmt::format("test_{}", ++databases_);
    run(fmt::format("CREATE DATABASE {} TEMPLATE {}", name, like));
    return name;
}

PostgresServer& PostgresServer::shared() {
    static PostgresServer server;
    return server;
}

}  // namespace audiomuse::testing_support
