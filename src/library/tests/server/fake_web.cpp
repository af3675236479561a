#include "server/fake_web.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <stdexcept>
#include <string_view>

namespace audiomuse::library::testing {

namespace {

std::string decode(std::string_view text, bool form) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = 0;
        if (text[i] == '%' && i + 2 < text.size() &&
            std::from_chars(&text[i + 1], &text[i + 3], byte, 16).ptr == &text[i + 3]) {
            decoded += static_cast<char>(byte);
            i += 2;
        } else {
            decoded += form && text[i] == '+' ? ' ' : text[i];
        }
    }
    return decoded;
}

void parse_form(std::string_view form, std::multimap<std::string, std::string>& into) {
    while (!form.empty()) {
        const std::string_view pair = form.substr(0, form.find('&'));
        form.remove_prefix(std::min(form.size(), pair.size() + 1));
        const auto equals = pair.find('=');
        if (pair.empty()) continue;
        into.emplace(decode(pair.substr(0, equals), true),
                     equals == std::string_view::npos ? "" : decode(pair.substr(equals + 1), true));
    }
}

std::string lower_case(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

WebRequest parse_head(const std::string& head) {
    WebRequest request;
    const std::string_view line = std::string_view(head).substr(0, head.find("\r\n"));
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    request.method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string_view::npos) parse_form(target.substr(question + 1), request.query);
    for (std::size_t at = line.size() + 2; at < head.size();) {
        const auto end = std::min(head.find("\r\n", at), head.size());
        const std::string header = head.substr(at, end - at);
        if (const auto colon = header.find(':'); colon != std::string::npos) {
            const auto value = header.find_first_not_of(' ', colon + 1);
            request.headers[lower_case(header.substr(0, colon))] =
                value == std::string::npos ? "" : header.substr(value);
        }
        at = end + 2;
    }
    return request;
}

bool receive(int socket, WebRequest& request) {
    std::string data;
    std::array<char, 64 * 1024> buffer{};
    std::size_t head_size = std::string::npos;
    std::size_t body_size = 0;
    while (head_size == std::string::npos || data.size() < head_size + 4 + body_size) {
        const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (count <= 0) return false;
        data.append(buffer.data(), static_cast<std::size_t>(count));
        if (head_size != std::string::npos) continue;
        head_size = data.find("\r\n\r\n");
        if (head_size == std::string::npos) continue;
        request = parse_head(data.substr(0, head_size + 2));
        const std::string length = request.header("content-length");
        std::from_chars(length.data(), length.data() + length.size(), body_size);
    }
    request.body = data.substr(head_size + 4);
    if (request.header("content-type").starts_with("application/x-www-form-urlencoded"))
        parse_form(request.body, request.query);
    return true;
}

void write(int socket, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
        if (count <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

std::string head_of(const WebAnswer& answer, std::size_t length, const std::string& more = "") {
    return "HTTP/1.1 " + std::to_string(answer.status) + " Status\r\n" +
           (answer.type.empty() ? "" : "Content-Type: " + answer.type + "\r\n") +
           "Content-Length: " + std::to_string(length) + "\r\nConnection: close\r\n" + more + "\r\n";
}

WebAnswer broken(Fault fault) {
    switch (fault) {
        case Fault::status_401:
            return {.status = 401, .type = "text/plain", .body = "Unauthorized"};
        case Fault::status_403:
            return {.status = 403, .type = "text/plain", .body = "Forbidden"};
        case Fault::status_404:
            return {.status = 404, .type = "text/html", .body = "<html>Not found</html>"};
        case Fault::status_500:
            return {.status = 500, .type = "text/html", .body = "<html>Internal error</html>"};
        case Fault::html:
            return {.type = "text/html", .body = "<!DOCTYPE html><html><body>A proxy's page</body></html>"};
        default:
            return {.type = "application/xml",
                    .body =
                        "<?xml version=\"1.0\"?><subsonic-response status=\"failed\" version=\"1.16.1\">"
                        "<error code=\"0\" message=\"went wrong\"/></subsonic-response>"};
    }
}

int listen_somewhere(int& port) {
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

}  // namespace

std::string WebRequest::value(const std::string& name) const {
    const auto found = query.find(name);
    return found == query.end() ? "" : found->second;
}

std::vector<std::string> WebRequest::values(const std::string& name) const {
    std::vector<std::string> values;
    const auto [begin, end] = query.equal_range(name);
    for (auto at = begin; at != end; ++at)
        values.push_back(at->second);
    return values;
}

std::string WebRequest::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
}

std::string WebRequest::decoded_path() const {
    return decode(path, false);
}

std::string name_of(Fault fault) {
    constexpr const char* kNames[] = {"none",    "refused", "401",          "403",  "404",      "500",      "slow",
                                      "stalled", "cut",     "wrong_length", "html", "redirect", "xml_error"};
    return kNames[static_cast<std::size_t>(fault)];
}

int closed_port() {
    int port = 0;
    ::close(listen_somewhere(port));
    return port;
}

FakeWeb::FakeWeb(Answer answer) : answer_(std::move(answer)), listener_(listen_somewhere(port_)) {
    acceptor_ = std::jthread([this] { serve(); });
}

FakeWeb::~FakeWeb() {
    ending_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
}

std::string FakeWeb::url() const {
    return "http://127.0.0.1:" + std::to_string(port_);
}

std::vector<WebRequest> FakeWeb::requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
}

void FakeWeb::forget_requests() {
    std::lock_guard lock(mutex_);
    requests_.clear();
}

void FakeWeb::serve() {
    std::vector<std::jthread> threads;
    for (;;) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) return;
        if (threads.size() > 32) threads.clear();  // waits for them
        threads.emplace_back([this, socket] {
            talk(socket);
            ::shutdown(socket, SHUT_RDWR);
            ::close(socket);
        });
    }
}

void FakeWeb::talk(int socket) {
    WebRequest request;
    if (!receive(socket, request)) return;
    {
        std::lock_guard lock(mutex_);
        constexpr std::size_t kKept = 2000;  // of a long listing the first
        if (requests_.size() < kKept) requests_.push_back(request);
    }
    const auto wait_for_end = [&] {
        // Until the client hangs up.
        while (!ending_) {
            pollfd waiting{socket, POLLIN | POLLRDHUP, 0};
            if (::poll(&waiting, 1, 50) > 0) return;
        }
    };
    const Fault fault = fault_;
    switch (fault) {
        case Fault::slow:
            return wait_for_end();
        case Fault::redirect:
            return write(socket,
                         head_of({.status = 302, .type = ""}, 0, "Location: http://127.0.0.2:1/login?secret\r\n"));
        case Fault::none:
        case Fault::refused:
        case Fault::stalled:
        case Fault::cut:
        case Fault::wrong_length:
            break;
        default: {
            const WebAnswer answer = broken(fault);
            return write(socket, head_of(answer, answer.body.size()) + answer.body);
        }
    }
    const WebAnswer answer = answer_(request);
    if (answer.close) return;
    if (fault == Fault::none) return write(socket, head_of(answer, answer.body.size()) + answer.body);
    if (fault == Fault::wrong_length) return write(socket, head_of(answer, answer.body.size() + 1000) + answer.body);
    // An answer of no bytes cannot be half: then its end never comes.
    const std::size_t length = std::max<std::size_t>(answer.body.size(), 10);
    write(socket, head_of(answer, length) + answer.body.substr(0, answer.body.size() / 2));
    if (fault == Fault::stalled) wait_for_end();
}

}  // namespace audiomuse::library::testing
