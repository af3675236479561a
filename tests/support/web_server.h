// A web server that misbehaves as a test wants it to.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace audiomuse::testing_support {

/// Answers every request, one connection after another, by what `talk` writes for its head.
class WebServer {
public:
    using Talk = std::function<void(int socket, const std::string& head)>;
    explicit WebServer(Talk talk)
        : talk_(std::move(talk)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), length) != 0 || ::listen(listener_, 8) != 0)
            throw std::runtime_error("no server");
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    WebServer(const WebServer&) = delete;
    WebServer& operator=(const WebServer&) = delete;
    ~WebServer() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    std::string url(const std::string& path = "/file") const {
        return "http://127.0.0.1:" + std::to_string(port_) + path;
    }

    static void write(int socket, std::string_view text) { ::send(socket, text.data(), text.size(), MSG_NOSIGNAL); }
    static void answer(int socket, const std::string& status, const std::string& body, const std::string& more = "") {
        write(socket, "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
                          "\r\nConnection: close\r\n" + more + "\r\n" + body);
    }

private:
    void serve() {
        for (;;) {
            const int socket = ::accept(listener_, nullptr, nullptr);
            if (socket < 0) return;
            std::string head;
            char c = 0;
            while (!head.ends_with("\r\n\r\n") && ::recv(socket, &c, 1, 0) == 1)
                head += c;
            talk_(socket, head);
            ::close(socket);
        }
    }

    Talk talk_;
    int listener_;
    int port_ = 0;
    std::thread thread_;
};

}  // namespace audiomuse::testing_support
