#include "mpd/line_socket.h"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "audiomuse/base/error.h"

namespace audiomuse::library::mpd {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kLongestLine = 1 << 20;
constexpr std::size_t kRead = 64 * 1024;
constexpr auto kCancelLatency = 100ms;

/// A question to the resolver and what came of it.
struct Lookup {
    std::mutex mutex;
    std::condition_variable ended;
    bool done = false;
    int error = 0;
    addrinfo* addresses = nullptr;

    Lookup() = default;
    ~Lookup() {
        if (addresses != nullptr) ::freeaddrinfo(addresses);
    }
    Lookup(const Lookup&) = delete;
    Lookup& operator=(const Lookup&) = delete;

    void run(const std::string& host, const std::string& port, int flags) {
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_flags = flags | AI_NUMERICSERV;
        addrinfo* found = nullptr;
        const int result = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
        const std::lock_guard lock(mutex);
        error = result;
        addresses = found;
        done = true;
        ended.notify_all();
    }
};

/// The resolver knows no limit of time, so a thread of its own waits for it, and longer than we do where it must.
std::shared_ptr<Lookup> look_up(const Address& address, Deadline deadline, const CancelToken& cancel) {
    auto numeric = std::make_shared<Lookup>();
    numeric->run(address.host, address.port, AI_NUMERICHOST);
    if (numeric->error == 0) return numeric;
    auto lookup = std::make_shared<Lookup>();
    std::thread([lookup, host = address.host, port = address.port] { lookup->run(host, port, 0); }).detach();
    std::unique_lock lock(lookup->mutex);
    while (!lookup->done && Clock::now() < deadline) {
        cancel.check();
        lookup->ended.wait_until(lock, std::min(deadline, Clock::now() + kCancelLatency));
    }
    if (!lookup->done)
        throw Error(ErrorCode::timeout,
                    fmt::format("{} was not found in time: the name server does not answer.", address.shown));
    return lookup;
}

/// Begins to connect; 0, EINPROGRESS or what is wrong.
int begin_to_connect(int socket, const sockaddr* address, socklen_t length) {
    return ::connect(socket, address, length) == 0 ? 0 : errno;
}

int pending_error(int socket) {
    int error = 0;
    socklen_t length = sizeof error;
    return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

int open_socket(int family) {
    return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

}  // namespace

LineSocket::LineSocket(const Address& address, Deadline deadline, const CancelToken& cancel) : shown_(address.shown) {
    try {
        if (address.host.empty()) {
            connect_to_path(address, deadline, cancel);
        } else {
            connect_to_host(address, deadline, cancel);
        }
    } catch (...) {
        if (socket_ >= 0) ::close(socket_);
        throw;
    }
}

LineSocket::~LineSocket() {
    ::close(socket_);
}

void LineSocket::fail_to_reach(std::string_view why) const {
    throw Error(
        ErrorCode::unavailable,
        fmt::format("{} can't be reached ({}). Check that it runs and that the address is right.", shown_, why));
}

void LineSocket::fail_lost(std::string_view why) const {
    throw Error(ErrorCode::unavailable, fmt::format("The connection to {} was lost ({}).", shown_, why));
}

void LineSocket::connect_to_path(const Address& address, Deadline deadline, const CancelToken& cancel) {
    sockaddr_un path{};
    path.sun_family = AF_UNIX;
    const std::string& name = address.socket.native();
    std::copy_n(name.begin(), std::min(name.size(), sizeof path.sun_path - 1), path.sun_path);
    socket_ = open_socket(AF_UNIX);
    if (socket_ < 0) fail_to_reach(std::strerror(errno));
    for (;;) {
        const int error = begin_to_connect(socket_, reinterpret_cast<const sockaddr*>(&path), sizeof path);
        if (error == 0) return;
        if (error != EAGAIN) fail_to_reach(std::strerror(error));
        // Its queue is full, and nothing tells when there is room.
        cancel.check();
        if (Clock::now() > deadline) throw Error(ErrorCode::timeout, fmt::format("{} takes no connection.", shown_));
        std::this_thread::sleep_for(kCancelLatency / 10);
    }
}

void LineSocket::connect_to_host(const Address& address, Deadline deadline, const CancelToken& cancel) {
    const auto lookup = look_up(address, deadline, cancel);
    if (lookup->error != 0) fail_to_reach(::gai_strerror(lookup->error));
    int left = 0;
    for (const addrinfo* one = lookup->addresses; one != nullptr; one = one->ai_next)
        ++left;
    std::string why = "no address";
    bool timed_out = false;
    for (const addrinfo* one = lookup->addresses; one != nullptr; one = one->ai_next, --left) {
        if (socket_ >= 0) ::close(socket_);
        socket_ = open_socket(one->ai_family);
        if (socket_ < 0) {
            why = std::strerror(errno);
            continue;
        }
        int error = begin_to_connect(socket_, one->ai_addr, one->ai_addrlen);
        timed_out = false;
        if (error == EINPROGRESS) {
            const auto now = Clock::now();  // an address that says nothing leaves time for the next
            try {
                wait(POLLOUT, now + (deadline - now) / left, cancel);
                error = pending_error(socket_);
            } catch (const Error& expired) {
                if (expired.code() != ErrorCode::timeout) throw;
                timed_out = true;
                continue;
            }
        }
        if (error == 0) return;
        why = std::strerror(error);
    }
    if (timed_out) throw Error(ErrorCode::timeout, fmt::format("{} does not answer in time.", shown_));
    fail_to_reach(why);
}

void LineSocket::wait(short events, Deadline deadline, const CancelToken& cancel) const {
    for (;;) {
        cancel.check();
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        if (left <= 0ms) throw Error(ErrorCode::timeout, fmt::format("{} does not answer in time.", shown_));
        pollfd waiting{socket_, events, 0};
        const int ready =
            ::poll(&waiting, 1, static_cast<int>(std::min<std::chrono::milliseconds>(left, kCancelLatency).count()));
        if (ready > 0) return;
        if (ready < 0 && errno != EINTR) fail_lost(std::strerror(errno));
    }
}

void LineSocket::send(std::string_view bytes, Deadline deadline, const CancelToken& cancel) {
    while (!bytes.empty()) {
        wait(POLLOUT, deadline, cancel);
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno != EAGAIN && errno != EINTR) {
            fail_lost(std::strerror(errno));
        }
    }
}

void LineSocket::receive(Deadline deadline, const CancelToken& cancel) {
    std::array<char, kRead> bytes;  // not filled with zeros: every page comes through here
    for (;;) {
        wait(POLLIN, deadline, cancel);
        const ssize_t count = ::recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (count == 0) fail_lost("it hung up in the middle");
        if (count > 0) {
            buffer_.append(bytes.data(), static_cast<std::size_t>(count));
            return;
        }
        if (errno != EAGAIN && errno != EINTR) fail_lost(std::strerror(errno));
    }
}

std::string_view LineSocket::read_line(Deadline deadline, const CancelToken& cancel) {
    for (;;) {
        const auto end = buffer_.find('\n', scanned_);
        if (end != std::string::npos) {
            const std::string_view line = std::string_view(buffer_).substr(begin_, end - begin_);
            begin_ = scanned_ = end + 1;
            return line;
        }
        buffer_.erase(0, std::exchange(begin_, 0));
        scanned_ = buffer_.size();
        if (buffer_.size() > kLongestLine)
            throw Error(ErrorCode::server_failed, fmt::format("{} sent a line without an end.", shown_));
        receive(deadline, cancel);
    }
}

}  // namespace audiomuse::library::mpd
