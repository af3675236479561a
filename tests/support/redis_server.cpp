#include "redis_server.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace audiomuse::testing_support {

using namespace std::chrono_literals;

namespace {

constexpr const char* kRedisProgram = "/usr/bin/redis-server";

}  // namespace

bool RedisServer::installed() {
    return std::filesystem::exists(kRedisProgram);
}

RedisServer::RedisServer(std::vector<std::string> options) : options_(std::move(options)) {
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

std::string RedisServer::url() const {
    return "redis://127.0.0.1:" + std::to_string(port_);
}

void RedisServer::kill() {
    process_.reset();
}

void RedisServer::freeze(bool frozen) {
    process_->signal(frozen ? SIGSTOP : SIGCONT);
}

void RedisServer::start() {
    std::vector<std::string> arguments = {kRedisProgram, "--port", std::to_string(port_), "--bind",     "127.0.0.1",
                                          "--save",      "",       "--appendonly",        "no",         "--daemonize",
                                          "no",          "--dir",  folder_.path(),        "--loglevel", "warning"};
    arguments.insert(arguments.end(), options_.begin(), options_.end());
    process_ = std::make_unique<Process>(arguments, std::map<std::string, std::string>{}, folder_ / "log");
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!answers()) {
        if (!process_->running() || std::chrono::steady_clock::now() > deadline) {
            process_.reset();
            throw std::runtime_error("redis-server did not come up: " + contents(folder_ / "log"));
        }
        std::this_thread::sleep_for(5ms);
    }
}

bool RedisServer::answers() const {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    char first = 0;
    const bool answered = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                          ::send(socket, "PING\r\n", 6, MSG_NOSIGNAL) == 6 && ::recv(socket, &first, 1, 0) == 1;
    ::close(socket);
    return answered;  // "+PONG", or "-NOAUTH": it wants a password
}

}  // namespace audiomuse::testing_support
