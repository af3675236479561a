#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "check/check.h"

namespace audiomuse::app {

namespace {

constexpr timeval kPatience{3, 0};
constexpr std::size_t kMaxAnswer = 16384;

class Socket {
public:
    explicit Socket(const addrinfo& address)
        : descriptor_(::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC, address.ai_protocol)) {}
    ~Socket() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    int get() const { return descriptor_; }

private:
    int descriptor_;
};

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses resolve(const std::string& host, int port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) found = nullptr;
    return {found, &::freeaddrinfo};
}

/// 0 when the server could listen there now, else errno.
int try_to_listen(const addrinfo& address) {
    const Socket socket(address);
    const int yes = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    return ::bind(socket.get(), address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
}

/// What is answered to GET /api/health; empty when nothing is.
std::string ask(const addrinfo& address, const std::string& host) {
    const Socket socket(address);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);  // limits connect too
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) != 0) return "";
    const std::string request = fmt::format("GET /api/health HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", host);
    if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return "";
    std::string answer;
    char buffer[4096];
    for (ssize_t got = 0; answer.size() < kMaxAnswer; answer.append(buffer, static_cast<std::size_t>(got))) {
        got = ::recv(socket.get(), buffer, sizeof buffer, 0);
        if (got <= 0) break;
    }
    return answer;
}

bool is_healthy(const std::string& answer) {
    return answer.starts_with("HTTP/1.1 200") && answer.find("\"status\":\"ok\"") != std::string::npos;
}

}  // namespace

Check check_web(const std::string& host, int port, bool running) {
    Check check{.name = "web server", .state = Check::State::problem};
    if (port == 0) {
        check.found = "any free port (AUDIOMUSE_PORT=0)";
        check.state = running ? Check::State::problem : Check::State::ok;
        if (running) check.fix = "Name the port with AUDIOMUSE_PORT or --port.";
        return check;
    }
    const std::string here = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host;
    const std::string url =
        fmt::format("http://{}:{}", here.find(':') == std::string::npos ? here : "[" + here + "]", port);
    const Addresses listening = resolve(host, port);
    const Addresses asking = resolve(here, port);
    if (!listening || !asking) {
        check.found = fmt::format("the address {} is not known", host);
        check.fix = "Correct AUDIOMUSE_HOST or --host; 0.0.0.0 listens on every address.";
        return check;
    }
    const std::string answer = ask(*asking, here);
    if (is_healthy(answer)) {
        check.state = Check::State::ok;
        check.found = url + " answers: AudioMuse runs there";
    } else if (!answer.empty()) {
        check.found = url + " is another program, or an AudioMuse that is not well";
        check.fix = "Choose another port with AUDIOMUSE_PORT or --port, or end the other program.";
    } else if (const int error = try_to_listen(*listening); error != 0) {
        check.found = fmt::format("port {} of {} can't be used: {}", port, host, std::strerror(error));
        check.fix = "Choose another port (1024 or above) with AUDIOMUSE_PORT, or another AUDIOMUSE_HOST.";
    } else if (running) {
        check.found = url + " does not answer";
        check.fix = "Start it with 'audiomuse serve', and look at what it logs.";
    } else {
        check.state = Check::State::ok;
        check.found = fmt::format("port {} of {} is free", port, host);
    }
    return check;
}

}  // namespace audiomuse::app
