#include "announcer.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <memory>

#include "audiomuse/base/log.h"

namespace audiomuse::app {

namespace {

constexpr std::chrono::seconds kInterval{15};

}  // namespace

Announcer::Announcer(store::Store& store, std::string id, std::string url)
    : store_(store),
      id_(std::move(id)),
      url_(std::move(url)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Announcer::~Announcer() {
    thread_ = {};
    try {
        store_.instances().withdraw(id_);
    } catch (const Error&) {
        // It is forgotten in time.
    }
}

void Announcer::run(const std::stop_token& stop) {
    bool failed = false;
    while (!stop.stop_requested()) {
        try {
            store_.instances().announce(id_, url_);
            failed = false;
        } catch (const Error& error) {
            if (!failed) log::warn("Workers elsewhere can't be told that this instance is there: {}", error.what());
            failed = true;
        }
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, kInterval, [] { return false; });
    }
}

// Connecting a datagram socket sends nothing, but chooses the address that packets would come from.
std::string own_address_towards(const std::string& host) {
    std::string fallback = "127.0.0.1";
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), "9", &hints, &found) != 0) return fallback;
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
    const int socket = ::socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return fallback;
    sockaddr_storage own{};
    socklen_t length = sizeof own;
    std::array<char, NI_MAXHOST> text{};
    const bool known = ::connect(socket, found->ai_addr, found->ai_addrlen) == 0 &&
                       ::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &length) == 0 &&
                       ::getnameinfo(reinterpret_cast<const sockaddr*>(&own), length, text.data(), text.size(), nullptr,
                                     0, NI_NUMERICHOST) == 0;
    ::close(socket);
    if (!known) return fallback;
    return own.ss_family == AF_INET6 ? "[" + std::string(text.data()) + "]" : std::string(text.data());
}

}  // namespace audiomuse::app
