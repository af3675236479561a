#include "audiomuse/wrap/curl/http_client.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "audiomuse/base/error.h"
#include "support/web_server.h"

namespace audiomuse::wrap::curl {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing_support::WebServer;

Error error_of(const Request& request, const Sink& sink = {}, const CancelToken& cancel = {}) {
    try {
        HttpClient().send(request, sink, cancel);
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "no error";
    return Error(ErrorCode::internal, "none");
}

TEST(HttpClient, GivesStatusHeadersAndBody) {
    const WebServer server([](int socket, const std::string& head) {
        EXPECT_THAT(head,
                    AllOf(HasSubstr("GET /file?a=b HTTP/1.1"), HasSubstr("X-Token: 7"), Not(HasSubstr("Range:"))));
        WebServer::answer(socket, "200 OK", "hello", "ETag: \"1\"\r\n");
    });
    const Answer answer = HttpClient().send({.url = server.url("/file?a=b"), .headers = {{"X-Token", "7"}}});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.header("etag"), "\"1\"");
    EXPECT_EQ(answer.header("content-length"), "5");
    EXPECT_EQ(answer.header("absent"), "");
}

TEST(HttpClient, HandsTheBodyToTheSinkAsItComes) {
    const std::string body(3'000'000, 'x');
    const WebServer server(
        [&](int socket, const std::string&) { WebServer::answer(socket, "206 Partial Content", body); });
    std::size_t received = 0;
    int calls = 0;
    const Answer answer = HttpClient().send({.url = server.url()}, [&](const Answer& head, std::string_view bytes) {
        EXPECT_EQ(head.status, 206);
        EXPECT_EQ(head.header("content-length"), "3000000");
        received += bytes.size();
        ++calls;
    });
    EXPECT_EQ(received, body.size());
    EXPECT_GT(calls, 1);
    EXPECT_EQ(answer.body, "");
}

TEST(HttpClient, RefusalsDoNotReachTheSink) {
    const WebServer server([](int socket, const std::string&) { WebServer::answer(socket, "403 Forbidden", "no"); });
    const Answer answer =
        HttpClient().send({.url = server.url()}, [](const Answer&, std::string_view) { ADD_FAILURE() << "sink"; });
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.body, "no");
}

TEST(HttpClient, AsksForARange) {
    const WebServer server([](int socket, const std::string& head) {
        EXPECT_THAT(head, HasSubstr("Range: bytes=4000000000-"));
        WebServer::answer(socket, "206 Partial Content", "rest");
    });
    EXPECT_EQ(HttpClient().send({.url = server.url(), .from = 4'000'000'000}).body, "rest");
}

TEST(HttpClient, FollowsRedirectsWithinTheWeb) {
    const WebServer server([](int socket, const std::string& head) {
        if (head.starts_with("GET /file "))
            return WebServer::answer(socket, "302 Found", "", "Location: /new\r\nX-Old: 1\r\n");
        if (head.starts_with("GET /new ")) return WebServer::answer(socket, "200 OK", "moved");
        WebServer::answer(socket, "302 Found", "", "Location: file:///etc/hostname\r\n");
    });
    const Answer answer = HttpClient().send({.url = server.url()});
    EXPECT_EQ(answer.body, "moved");
    EXPECT_EQ(answer.header("x-old"), "");
    EXPECT_EQ(error_of({.url = server.url("/out")}).code(), ErrorCode::invalid_argument);
}

TEST(HttpClient, NeverAsksAnAddressOfTheLink) {
    const std::vector<std::string> forms = {"http://169.254.169.254/latest/meta-data/",
                                            "http://2852039166/",
                                            "http://0xA9FEA9FE/",
                                            "http://0251.0376.0251.0376/",
                                            "http://169.254.1/",
                                            "http://[::ffff:169.254.169.254]/",
                                            "http://[64:ff9b::a9fe:a9fe]/",
                                            "http://[fd00:ec2::254]/",
                                            "http://[fe80::1%25lo]/",
                                            "http://100.100.100.200/",
                                            "http://192.0.0.192/"};
    for (const std::string& url : forms) {
        EXPECT_EQ(error_of({.url = url}).code(), ErrorCode::permission_denied) << url;
        const WebServer server([&](int socket, const std::string&) {
            WebServer::answer(socket, "302 Found", "", "Location: " + url + "\r\n");
        });
        EXPECT_EQ(error_of({.url = server.url()}).code(), ErrorCode::permission_denied) << "led to " << url;
    }
    for (const char* url : {"file:///etc/passwd", "gopher://127.0.0.1/", "dict://127.0.0.1/"}) {
        const WebServer server([&](int socket, const std::string&) {
            WebServer::answer(socket, "302 Found", "", fmt::format("Location: {}\r\n", url));
        });
        EXPECT_EQ(error_of({.url = server.url()}).code(), ErrorCode::invalid_argument) << url;
    }
}

TEST(HttpClient, AHttpClientServesManyRequests) {
    const WebServer server([](int socket, const std::string& head) {
        WebServer::answer(socket, "200 OK", head.find("Range") == std::string::npos ? "all" : "part");
    });
    HttpClient client;
    EXPECT_EQ(client.send({.url = server.url(), .from = 1}).body, "part");
    EXPECT_EQ(client.send({.url = server.url()}).body, "all");
}

TEST(HttpClient, AConnectionCutInTheMiddleIsUnavailable) {
    const WebServer server([](int socket, const std::string&) {
        WebServer::write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    });
    std::string received;
    const Error error = error_of({.url = server.url("/file?signature=hush")},
                                 [&](const Answer&, std::string_view bytes) { received += bytes; });
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_THAT(error.what(), AllOf(HasSubstr(server.url()), Not(HasSubstr("hush"))));
    EXPECT_EQ(received, "half");
}

TEST(HttpClient, NobodyThere) {
    std::string url;
    {
        url = WebServer([](int, const std::string&) {}).url();
    }
    EXPECT_EQ(error_of({.url = url}).code(), ErrorCode::unavailable);
    EXPECT_EQ(error_of({.url = "http://no-such-host.invalid/"}).code(), ErrorCode::unavailable);
    EXPECT_EQ(error_of({.url = "file:///etc/hostname"}).code(), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of({.url = "nonsense:/"}).code(), ErrorCode::invalid_argument);
}

TEST(HttpClient, LimitsOfTime) {
    const WebServer server([](int socket, const std::string& head) {
        WebServer::write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        char c = 0;
        ::recv(socket, &c, 1, 0);  // until the client goes
        EXPECT_FALSE(head.empty());
    });
    EXPECT_EQ(error_of({.url = server.url(), .limits = {.total = 100ms}}).code(), ErrorCode::timeout);
    EXPECT_EQ(error_of({.url = server.url(), .limits = {.stall = 100ms}}).code(), ErrorCode::timeout);
}

TEST(HttpClient, TheLimitOfSize) {
    const std::string body(1000, 'x');
    const WebServer server([&](int socket, const std::string& head) {
        if (head.starts_with("GET /told ")) return WebServer::answer(socket, "200 OK", body);
        WebServer::write(socket, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body);
    });
    for (const char* path : {"/told", "/untold"}) {
        EXPECT_EQ(error_of({.url = server.url(path), .limits = {.bytes = 999}}).code(), ErrorCode::limit_exceeded);
        EXPECT_EQ(HttpClient().send({.url = server.url(path), .limits = {.bytes = 1000}}).body, body);
    }
}

TEST(HttpClient, CanBeCancelled) {
    const WebServer server([](int socket, const std::string&) {
        WebServer::write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        char c = 0;
        ::recv(socket, &c, 1, 0);
    });
    CancelSource cancel;
    const Error error = error_of(
        {.url = server.url()}, [&](const Answer&, std::string_view) { cancel.cancel(); }, cancel.token());
    EXPECT_EQ(error.code(), ErrorCode::cancelled);
}

TEST(HttpClient, WhatTheSinkThrowsIsThrown) {
    const WebServer server([](int socket, const std::string&) { WebServer::answer(socket, "200 OK", "body"); });
    const Error error = error_of({.url = server.url()}, [](const Answer&, std::string_view) {
        throw Error(ErrorCode::io, "The disk is full.");
    });
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_STREQ(error.what(), "The disk is full.");
}

}  // namespace
}  // namespace audiomuse::wrap::curl
