#include "supysonic_server.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace audiomuse::testing_support {

using namespace std::chrono_literals;

namespace {

constexpr const char* kTool = "/usr/bin/supysonic-cli";
constexpr const char* kWebServer = "/usr/bin/gunicorn";

/// `program` in `folder`, where supysonic looks for its configuration.
std::vector<std::string> within(const std::filesystem::path& folder, const std::vector<std::string>& program) {
    std::vector<std::string> arguments = {"/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", folder};
    arguments.insert(arguments.end(), program.begin(), program.end());
    return arguments;
}

std::map<std::string, std::string> environment_of(const std::filesystem::path& folder) {
    return {{"HOME", folder}, {"LC_ALL", "C.UTF-8"}};  // nobody's own configuration, and names of any script
}

}  // namespace

bool SupysonicServer::installed() {
    return std::filesystem::exists(kTool) && std::filesystem::exists(kWebServer);
}

SupysonicServer::SupysonicServer(const std::map<std::string, std::filesystem::path>& folders) {
    const std::string here = folder_.path();
    folder_.write("supysonic.conf", "[base]\ndatabase_uri = sqlite:///" + here +
                                        "/supysonic.db\n[webapp]\ncache_dir = " + here + "/cache\nlog_file = " + here +
                                        "/supysonic.log\nmount_webui = off\n[daemon]\nsocket = " + here +
                                        "/supysonic.sock\nrun_watcher = no\n");
    command({"user", "add", admin().name, "-p", admin().password});
    command({"user", "setroles", "-A", admin().name});
    command({"user", "add", listener().name, "-p", listener().password});
    for (const auto& [name, path] : folders)
        command({"folder", "add", name, path});
    scan();
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

SupysonicServer::~SupysonicServer() {
    if (process_ && process_->running()) process_->terminate();  // so that it ends its workers
}

std::string SupysonicServer::url() const {
    return "http://127.0.0.1:" + std::to_string(port_);
}

void SupysonicServer::scan() const {
    command({"folder", "scan", "--foreground"});
}

void SupysonicServer::command(std::vector<std::string> arguments) const {
    const std::string what = arguments[0] + " " + arguments[1];
    arguments.insert(arguments.begin(), kTool);
    const Finished finished = run(within(folder_.path(), arguments), environment_of(folder_.path()));
    if (finished.status != 0)
        throw std::runtime_error("supysonic-cli " + what + ": " + finished.output + finished.errors);
}

void SupysonicServer::start() {
    // One process that answers: several would write to one SQLite file at once.
    const std::vector<std::string> program = {
        kWebServer,           "--bind", "127.0.0.1:" + std::to_string(port_), "--workers", "1",
        "--graceful-timeout", "1",      "supysonic.web:create_application()"};
    process_ =
        std::make_unique<Process>(within(folder_.path(), program), environment_of(folder_.path()), folder_ / "log");
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!answers()) {
        if (!process_->running() || std::chrono::steady_clock::now() > deadline) {
            process_.reset();
            throw std::runtime_error("supysonic did not come up: " + contents(folder_ / "log"));
        }
        std::this_thread::sleep_for(20ms);
    }
}

bool SupysonicServer::answers() const {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const std::string_view request = "GET /rest/ping.view HTTP/1.0\r\n\r\n";
    char first = 0;
    const bool answered = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                          ::send(socket, request.data(), request.size(), MSG_NOSIGNAL) > 0 &&
                          ::recv(socket, &first, 1, 0) == 1;
    ::close(socket);
    return answered;
}

}  // namespace audiomuse::testing_support
