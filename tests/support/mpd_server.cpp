#include "mpd_server.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

namespace audiomuse::testing_support {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr const char* kMpdProgram = "/usr/bin/mpd";
constexpr auto kPatience = 30s;

class Connection {
public:
    explicit Connection(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::copy_n(path.begin(), std::min(path.size(), sizeof address.sun_path - 1), address.sun_path);
        if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            !read_line().starts_with("OK MPD ")) {
            ::close(socket_);
            throw std::runtime_error("mpd does not answer at " + path);
        }
    }
    ~Connection() { ::close(socket_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    std::vector<std::string> ask(const std::string& command) {
        const std::string line = command + '\n';
        if (::send(socket_, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size()))
            throw std::runtime_error("mpd hung up");
        std::vector<std::string> lines;
        do {
            lines.push_back(read_line());
        } while (lines.back() != "OK" && !lines.back().starts_with("ACK "));
        return lines;
    }

private:
    std::string read_line() {
        std::string line;
        for (char c = 0; c != '\n';) {
            if (::recv(socket_, &c, 1, 0) != 1) throw std::runtime_error("mpd hung up");
            if (c != '\n') line += c;
        }
        return line;
    }

    int socket_;
};

}  // namespace

bool MpdServer::installed() {
    return fs::exists(kMpdProgram);
}

MpdServer::MpdServer(const std::map<std::string, fs::path>& folders, Options options) : options_(std::move(options)) {
    fs::create_directories(music_folder());
    fs::create_directories(folder_ / "playlists");
    for (const auto& [name, where] : folders)
        fs::create_directory_symlink(where, music_folder() / name);
    // Somebody else may take a free port before the server does.
    for (int attempt = 0;; ++attempt) {
        port_ = free_port();
        try {
            start();
            break;
        } catch (const std::runtime_error&) {
            if (attempt == 3) throw;
        }
    }
    update();
}

std::string MpdServer::url() const {
    return "mpd://127.0.0.1:" + std::to_string(port_);
}

void MpdServer::write_conf() const {
    std::ofstream conf(folder_ / "mpd.conf");
    const auto path = [&](const char* name, const char* file) {
        conf << name << " \"" << (folder_ / file).string() << "\"\n";
    };
    path("music_directory", "music");
    path("playlist_directory", "playlists");
    path("db_file", "db");
    path("log_file", "log");
    path("bind_to_address", "sock");
    if (options_.stickers) path("sticker_file", "sticker.sql");
    conf << "bind_to_address \"127.0.0.1\"\nport \"" << port_ << "\"\nzeroconf_enabled \"no\"\nauto_update \"no\"\n"
         << "filesystem_charset \"UTF-8\"\nfollow_outside_symlinks \"yes\"\n"
         << "audio_output {\n  type \"null\"\n  name \"null\"\n}\n";
    if (!options_.password.empty())
        conf << "password \"" << options_.password << "@read,add,control,admin\"\ndefault_permissions \"\"\n";
    conf << options_.more_of_conf;
}

void MpdServer::start() {
    write_conf();
    const std::vector<std::string> arguments = {kMpdProgram, "--no-daemon", folder_ / "mpd.conf"};
    process_ = std::make_unique<Process>(arguments, std::map<std::string, std::string>{}, folder_ / "output");
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
        try {
            const Connection answering(socket());
            return;
        } catch (const std::runtime_error&) {
            if (!process_->running() || std::chrono::steady_clock::now() > deadline) {
                process_.reset();
                throw std::runtime_error("mpd did not come up: " + contents(folder_ / "output") +
                                         contents(folder_ / "log"));
            }
        }
        std::this_thread::sleep_for(10ms);
    }
}

std::vector<std::string> MpdServer::ask(const std::string& command) const {
    Connection connection(socket());
    if (!options_.password.empty()) connection.ask("password \"" + options_.password + '"');
    return connection.ask(command);
}

void MpdServer::update() const {
    const auto refused = ask("update").back();
    if (refused != "OK") throw std::runtime_error("mpd does not update: " + refused);
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    const auto is_busy = [&] {
        return std::ranges::any_of(ask("status"), [](const auto& line) { return line.starts_with("updating_db"); });
    };
    while (is_busy()) {
        if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("mpd does not end its update");
        std::this_thread::sleep_for(10ms);
    }
}

}  // namespace audiomuse::testing_support
