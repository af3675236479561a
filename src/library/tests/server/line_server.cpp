#include "server/line_server.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

namespace audiomuse::library::testing {

namespace {

int listen_at_port(int& port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), length) != 0 || ::listen(listener, 64) != 0)
        throw std::runtime_error("no port to listen at");
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
    port = ntohs(address.sin_port);
    return listener;
}

int listen_at_path(const std::string& path) {
    const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy_n(path.begin(), std::min(path.size(), sizeof address.sun_path - 1), address.sun_path);
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener, 64) != 0)
        throw std::runtime_error("no socket to listen at: " + path);
    return listener;
}

void write(int socket, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
        if (count <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

/// What MPD says when a command goes wrong in that way; empty for other faults.
std::string refusal(Fault fault, const std::string& command) {
    if (fault == Fault::status_401 && command == "password") return "ACK [3@0] {password} incorrect password\n";
    if (command == "password") return "";
    const std::string who = "@0] {" + command + "} ";
    switch (fault) {
        case Fault::status_403:
            return "ACK [4" + who + "you don't have permission for \"" + command + "\"\n";
        case Fault::status_404:
            return "ACK [50" + who + "No such object\n";
        case Fault::status_500:
            return "ACK [52" + who + "Database error\n";
        default:
            return "";
    }
}

}  // namespace

std::vector<std::string> parse_words(const std::string& line) {
    std::vector<std::string> words;
    for (std::size_t at = 0; at < line.size();) {
        if (line[at] == ' ' || line[at] == '\t') {
            ++at;
            continue;
        }
        std::string word;
        if (line[at] == '"') {
            for (++at; at < line.size() && line[at] != '"'; ++at) {
                if (line[at] == '\\') ++at;
                if (at >= line.size()) break;
                word += line[at];
            }
            if (at >= line.size()) throw std::runtime_error("Missing closing '\"'");
            ++at;
            if (at < line.size() && line[at] != ' ') throw std::runtime_error("Space expected after closing '\"'");
        } else {
            for (; at < line.size() && line[at] != ' ' && line[at] != '\t'; ++at) {
                if (line[at] == '"' || line[at] == '\'') throw std::runtime_error("Invalid unquoted character");
                word += line[at];
            }
        }
        words.push_back(word);
    }
    if (words.empty()) throw std::runtime_error("No command given");
    return words;
}

LineServer::LineServer(Answer answer, std::string greeting, std::filesystem::path path)
    : answer_(std::move(answer)),
      greeting_(std::move(greeting)),
      local_(!path.empty()),
      listener_(local_ ? listen_at_path(path) : listen_at_port(port_)) {
    acceptor_ = std::jthread([this] { serve(); });
}

LineServer::~LineServer() {
    ending_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
}

void LineServer::serve() {
    std::vector<std::jthread> threads;
    for (;;) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) return;
        ++connections_;
        if (threads.size() > 32) threads.clear();  // waits for them
        threads.emplace_back([this, socket] {
            talk(socket);
            ::shutdown(socket, SHUT_RDWR);
            ::close(socket);
        });
    }
}

/// Until the client hangs up.
void LineServer::wait_for_end(int socket) const {
    while (!ending_) {
        pollfd waiting{socket, POLLRDHUP, 0};
        if (::poll(&waiting, 1, 50) > 0) return;
    }
}

bool LineServer::read_line(int socket, std::string& buffer, std::string& line) const {
    std::array<char, 64 * 1024> bytes;
    std::size_t end = 0;
    while ((end = buffer.find('\n')) == std::string::npos) {
        pollfd waiting{socket, POLLIN, 0};
        if (::poll(&waiting, 1, 50) == 0) {
            if (ending_) return false;
            continue;
        }
        const ssize_t count = ::recv(socket, bytes.data(), bytes.size(), 0);
        if (count <= 0) return false;
        buffer.append(bytes.data(), static_cast<std::size_t>(count));
    }
    line = buffer.substr(0, end);
    buffer.erase(0, end + 1);
    return true;
}

void LineServer::talk(int socket) {
    if (fault_ == Fault::slow) return wait_for_end(socket);
    if (fault_ == Fault::html)
        return write(socket, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html>Bad request</html>");
    write(socket, greeting_);
    LineVisit visit{.local = local_};
    std::string buffer;
    std::string line;
    while (read_line(socket, buffer, line)) {
        if (line == "close") return;
        std::vector<std::string> lines = {line};
        if (line.starts_with("command_list_")) {
            while (lines.back() != "command_list_end") {
                if (!read_line(socket, buffer, line)) return;
                lines.push_back(line);
            }
        }
        const std::string command =
            lines.size() > 1 ? lines[1].substr(0, lines[1].find(' ')) : line.substr(0, line.find(' '));
        const std::string refused = refusal(fault_, command);
        const std::string answer = refused.empty() ? answer_(lines, visit) : refused;
        const bool halved = (fault_ == Fault::stalled || fault_ == Fault::cut) && command != "password";
        write(socket, halved ? answer.substr(0, answer.size() / 2) : answer);
        if (halved && fault_ == Fault::stalled) wait_for_end(socket);
        if (halved || visit.hangs_up) return;
    }
}

}  // namespace audiomuse::library::testing
