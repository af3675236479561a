// What a client sees on the wire.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audiomuse/base/clock.h"

namespace audiomuse::api::testing {

/// A plain socket that reads answers one by one.
class TestClient {
public:
    explicit TestClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    ~TestClient() { ::close(socket_); }
    TestClient(const TestClient&) = delete;
    TestClient& operator=(const TestClient&) = delete;

    bool connected() const { return connected_; }
    void send(std::string_view text) {
        while (!text.empty()) {
            const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    /// Reads until `done` says so, the other side closes or `seconds` pass. The text stays in `input`.
    template <class Done>
    bool read_until(Done done, double seconds = 5) {
        const double deadline = steady_now() + seconds;
        while (!done(input)) {
            pollfd poll_me{socket_, POLLIN, 0};
            const int wait = static_cast<int>((deadline - steady_now()) * 1000);
            if (wait <= 0 || ::poll(&poll_me, 1, wait) <= 0) return false;
            char block[65536];
            const ssize_t got = ::recv(socket_, block, sizeof block, 0);
            if (got <= 0) {
                closed = true;
                return done(input);
            }
            input.append(block, static_cast<std::size_t>(got));
        }
        return true;
    }
    bool wait_for_close(double seconds = 5) {
        read_until([](const std::string&) { return false; }, seconds);
        return closed;
    }
    /// Takes the next answer with a Content-Length (or none, with `head`) out of `input`.
    struct Answer {
        std::string head;
        std::string body;
    };
    std::optional<Answer> answer(bool head_request = false) {
        std::size_t head_end = std::string::npos;
        std::size_t length = 0;
        const bool whole = read_until([&](const std::string& text) {
            head_end = text.find("\r\n\r\n");
            if (head_end == std::string::npos) return false;
            const std::size_t at = text.find("Content-Length: ");
            length = head_request || at > head_end ? 0 : std::stoul(text.substr(at + 16));
            return text.size() >= head_end + 4 + length;
        });
        if (!whole) return std::nullopt;
        Answer result{input.substr(0, head_end + 2), input.substr(head_end + 4, length)};
        input.erase(0, head_end + 4 + length);
        return result;
    }
    std::optional<Answer> get(std::string_view target, std::string_view headers = "") {
        send("GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n" + std::string(headers) + "\r\n");
        return answer();
    }

    std::string input;
    bool closed = false;

private:
    int socket_;
    bool connected_ = false;
};

}  // namespace audiomuse::api::testing
