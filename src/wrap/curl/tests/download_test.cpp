#include "audiomuse/wrap/curl/download.h"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>

#include "audiomuse/base/error.h"

namespace audiomuse::wrap::curl {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// Answers every request, one connection after another, by what `talk` writes for its head.
class Server {
public:
    using Talk = std::function<void(int socket, const std::string& head)>;
    explicit Server(Talk talk) : talk_(std::move(talk)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
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
    ~Server() {
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

Error error_of(const Request& request, const Sink& sink = {}, const CancelToken& cancel = {}) {
    try {
        Downloader().get(request, sink, cancel);
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "no error";
    return Error(ErrorCode::internal, "none");
}

TEST(Download, GivesStatusHeadersAndBody) {
    const Server server([](int socket, const std::string& head) {
        EXPECT_THAT(head,
                    AllOf(HasSubstr("GET /file?a=b HTTP/1.1"), HasSubstr("X-Token: 7"), Not(HasSubstr("Range:"))));
        Server::answer(socket, "200 OK", "hello", "ETag: \"1\"\r\n");
    });
    const Answer answer = Downloader().get({.url = server.url("/file?a=b"), .headers = {{"X-Token", "7"}}});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.header("etag"), "\"1\"");
    EXPECT_EQ(answer.header("content-length"), "5");
    EXPECT_EQ(answer.header("absent"), "");
}

TEST(Download, HandsTheBodyToTheSinkAsItComes) {
    const std::string body(3'000'000, 'x');
    const Server server([&](int socket, const std::string&) { Server::answer(socket, "206 Partial Content", body); });
    std::size_t received = 0;
    int calls = 0;
    const Answer answer = Downloader().get({.url = server.url()}, [&](const Answer& head, std::string_view bytes) {
        EXPECT_EQ(head.status, 206);
        EXPECT_EQ(head.header("content-length"), "3000000");
        received += bytes.size();
        ++calls;
    });
    EXPECT_EQ(received, body.size());
    EXPECT_GT(calls, 1);
    EXPECT_EQ(answer.body, "");
}

TEST(Download, RefusalsDoNotReachTheSink) {
    const Server server([](int socket, const std::string&) { Server::answer(socket, "403 Forbidden", "no"); });
    const Answer answer =
        Downloader().get({.url = server.url()}, [](const Answer&, std::string_view) { ADD_FAILURE() << "sink"; });
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.body, "no");
}

TEST(Download, AsksForARange) {
    const Server server([](int socket, const std::string& head) {
        EXPECT_THAT(head, HasSubstr("Range: bytes=4000000000-"));
        Server::answer(socket, "206 Partial Content", "rest");
    });
    EXPECT_EQ(Downloader().get({.url = server.url(), .from = 4'000'000'000}).body, "rest");
}

TEST(Download, FollowsRedirectsWithinTheWeb) {
    const Server server([](int socket, const std::string& head) {
        if (head.starts_with("GET /file "))
            return Server::answer(socket, "302 Found", "", "Location: /new\r\nX-Old: 1\r\n");
        if (head.starts_with("GET /new ")) return Server::answer(socket, "200 OK", "moved");
        Server::answer(socket, "302 Found", "", "Location: file:///etc/hostname\r\n");
    });
    const Answer answer = Downloader().get({.url = server.url()});
    EXPECT_EQ(answer.body, "moved");
    EXPECT_EQ(answer.header("x-old"), "");
    EXPECT_EQ(error_of({.url = server.url("/out")}).code(), ErrorCode::invalid_argument);
}

TEST(Download, ADownloaderServesManyRequests) {
    const Server server([](int socket, const std::string& head) {
        Server::answer(socket, "200 OK", head.find("Range") == std::string::npos ? "all" : "part");
    });
    Downloader downloader;
    EXPECT_EQ(downloader.get({.url = server.url(), .from = 1}).body, "part");
    EXPECT_EQ(downloader.get({.url = server.url()}).body, "all");
}

TEST(Download, AConnectionCutInTheMiddleIsUnavailable) {
    const Server server([](int socket, const std::string&) {
        Server::write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    });
    std::string received;
    const Error error = error_of({.url = server.url("/file?signature=hush")},
                                 [&](const Answer&, std::string_view bytes) { received += bytes; });
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_THAT(error.what(), AllOf(HasSubstr(server.url()), Not(HasSubstr("hush"))));
    EXPECT_EQ(received, "half");
}

TEST(Download, NobodyThere) {
    std::string url;
    {
        url = Server([](int, const std::string&) {}).url();
    }
    EXPECT_EQ(error_of({.url = url}).code(), ErrorCode::unavailable);
    EXPECT_EQ(error_of({.url = "http://no-such-host.invalid/"}).code(), ErrorCode::unavailable);
    EXPECT_EQ(error_of({.url = "file:///etc/hostname"}).code(), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of({.url = "nonsense:/"}).code(), ErrorCode::invalid_argument);
}

TEST(Download, LimitsOfTime) {
    const Server server([](int socket, const std::string& head) {
        Server::write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        char c = 0;
        ::recv(socket, &c, 1, 0);  // until the client goes
        EXPECT_FALSE(head.empty());
    });
    EXPECT_EQ(error_of({.url = server.url(), .limits = {.total = 100ms}}).code(), ErrorCode::timeout);
    EXPECT_EQ(error_of({.url = server.url(), .limits = {.stall = 100ms}}).code(), ErrorCode::timeout);
}

TEST(Download, TheLimitOfSize) {
    const std::string body(1000, 'x');
    const Server server([&](int socket, const std::string& head) {
        if (head.starts_with("GET /told ")) return Server::answer(socket, "200 OK", body);
        Server::write(socket, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body);
    });
    for (const char* path : {"/told", "/untold"}) {
        EXPECT_EQ(error_of({.url = server.url(path), .limits = {.bytes = 999}}).code(), ErrorCode::limit_exceeded);
        EXPECT_EQ(Downloader().get({.url = server.url(path), .limits = {.bytes = 1000}}).body, body);
    }
}

TEST(Download, CanBeCancelled) {
    const Server server([](int socket, const std::string&) {
        Server::write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        char c = 0;
        ::recv(socket, &c, 1, 0);
    });
    CancelSource cancel;
    const Error error = error_of(
        {.url = server.url()}, [&](const Answer&, std::string_view) { cancel.cancel(); }, cancel.token());
    EXPECT_EQ(error.code(), ErrorCode::cancelled);
}

TEST(Download, WhatTheSinkThrowsIsThrown) {
    const Server server([](int socket, const std::string&) { Server::answer(socket, "200 OK", "body"); });
    const Error error = error_of({.url = server.url()}, [](const Answer&, std::string_view) {
        throw Error(ErrorCode::io, "The disk is full.");
    });
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_STREQ(error.what(), "The disk is full.");
}

}  // namespace
}  // namespace audiomuse::wrap::curl
