// The server over real sockets: what a client sees on the wire.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <thread>

#include "audiomuse/api/server.h"
#include "audiomuse/base/clock.h"
#include "audiomuse/base/random.h"
#include "test_client.h"
#include "test_library.h"

namespace audiomuse::api {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Client = testing::TestClient;

class ServerTest : public ::testing::Test {
protected:
    void start(const std::function<void(ServerOptions&)>& change = {}) {
        ServerOptions options;
        options.host = "127.0.0.1";
        options.port = 0;
        options.handler_threads = 2;
        if (change) change(options);
        server_ = create_server(library_.context(), std::move(options));
        server_->start();
    }
    Client client() { return Client(server_->port()); }

    testing::TestLibrary library_;
    std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, KeepsAConnectionForManyRequests) {
    start();
    Client client = this->client();
    for (int i = 0; i < 20; ++i) {
        const auto answer = client.get("/api/health");
        ASSERT_TRUE(answer);
        EXPECT_THAT(answer->head, StartsWith("HTTP/1.1 200 OK\r\n"));
        EXPECT_THAT(answer->head, HasSubstr("\r\nConnection: keep-alive\r\n"));
        EXPECT_THAT(answer->head, HasSubstr("\r\nContent-Security-Policy: default-src 'self'"));
        EXPECT_EQ(answer->body, "{\"status\":\"ok\"}\n");
    }
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
    start();
    Client client = this->client();
    std::string requests;
    for (int i = 1; i <= 10; ++i) {
        requests += "GET /api/track?item_id=" + std::to_string(i) + " HTTP/1.1\r\nHost: t\r\n\r\n";
    }
    client.send(requests);
    for (int i = 1; i <= 10; ++i) {
        const auto answer = client.answer();
        ASSERT_TRUE(answer);
        EXPECT_THAT(answer->body, HasSubstr("\"item_id\":\"" + std::to_string(i) + "\""));
    }
}

TEST_F(ServerTest, EndsAConnectionWhenTheClientAsks) {
    start();
    Client old = client();
    old.send("GET /api/health HTTP/1.0\r\n\r\n");
    ASSERT_TRUE(old.answer());
    EXPECT_TRUE(old.wait_for_close());
    Client kept = client();
    kept.send("GET /api/health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_THAT(kept.answer()->head, HasSubstr("Connection: keep-alive"));
    EXPECT_TRUE(kept.get("/api/health", "Connection: close\r\n"));
    EXPECT_TRUE(kept.wait_for_close());
}

TEST_F(ServerTest, SendsNoBodyForHead) {
    start();
    Client client = this->client();
    client.send("HEAD /api/library/tracks/2/audio HTTP/1.1\r\nHost: t\r\n\r\n");
    const auto head = client.answer(true);
    ASSERT_TRUE(head);
    EXPECT_THAT(head->head, HasSubstr("Content-Length: 2016\r\n"));
    EXPECT_EQ(client.get("/api/health")->body, "{\"status\":\"ok\"}\n") << "the connection stays in step";
}

TEST_F(ServerTest, SendsFilesAndRanges) {
    start();
    Client client = this->client();
    EXPECT_EQ(client.get("/api/library/tracks/12/audio")->body, testing::TestLibrary::audio_bytes(12));
    const auto part = client.get("/api/library/tracks/12/audio", "Range: bytes=5000-5009\r\n");
    EXPECT_THAT(part->head, StartsWith("HTTP/1.1 206 Partial Content\r\n"));
    EXPECT_EQ(part->body, testing::TestLibrary::audio_bytes(12).substr(5000, 10));
    EXPECT_THAT(client.get("/api/library/tracks/12/audio", "Range: bytes=99999-\r\n")->head,
                StartsWith("HTTP/1.1 416 "));
    EXPECT_THAT(client.get("/api/library/tracks/12/audio", "If-None-Match: *\r\n")->head, StartsWith("HTTP/1.1 304 "));
    EXPECT_TRUE(client.get("/api/health")) << "a 304 has no body";
}

TEST_F(ServerTest, CompressesLargeTexts) {
    start();
    Client client = this->client();
    const auto plain = client.get("/api/config");
    const auto packed = client.get("/api/config", "Accept-Encoding: gzip\r\n");
    EXPECT_THAT(packed->head, HasSubstr("Content-Encoding: gzip\r\n"));
    EXPECT_LT(packed->body.size(), plain->body.size() * 2 / 3);
    EXPECT_THAT(client.get("/api/health", "Accept-Encoding: gzip\r\n")->head, ::testing::Not(HasSubstr("gzip\r\n")));
}

TEST_F(ServerTest, TakesChunkedBodiesAndExpectations) {
    start();
    Client client = this->client();
    client.send(
        "POST /api/lists HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        "7\r\n{\"name\"\r\n6\r\n:\"Mo\"}\r\n0\r\n\r\n");
    EXPECT_THAT(client.answer()->head, StartsWith("HTTP/1.1 201 "));
    client.send(
        "POST /api/lists HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 13\r\nExpect: "
        "100-continue\r\n\r\n");
    EXPECT_TRUE(client.read_until([](const std::string& text) { return text == "HTTP/1.1 100 Continue\r\n\r\n"; }));
    client.input.clear();
    client.send("{\"name\":\"Di\"}");
    EXPECT_THAT(client.answer()->head, StartsWith("HTTP/1.1 201 "));
}

TEST_F(ServerTest, RefusesWhatIsTooLargeOrNotHttp) {
    library_.settings.max_body_bytes = 2000;
    start();
    const auto status = [&](const std::string& text) {
        Client client = this->client();
        client.send(text);
        const auto answer = client.answer();
        EXPECT_TRUE(answer) << text.substr(0, 60);
        EXPECT_TRUE(client.wait_for_close()) << text.substr(0, 60);
        return answer ? std::stoi(answer->head.substr(9, 3)) : 0;
    };
    const std::string host = "Host: t\r\n";
    EXPECT_EQ(status("GET / HTTP/1.1\r\n" + host + "X: " + std::string(20'000, 'x') + "\r\n\r\n"), 431);
    EXPECT_EQ(status("GET /" + std::string(9000, 'x') + " HTTP/1.1\r\n" + host + "\r\n"), 414);
    EXPECT_EQ(status("POST /api/lists HTTP/1.1\r\n" + host + "Content-Length: 5000\r\n\r\n" + std::string(5000, ' ')),
              413);
    EXPECT_EQ(status("POST /api/lists HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1388\r\n" +
                     std::string(5000, ' ')),
              413);
    EXPECT_EQ(status("POST /api/lists HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"), 400);
    EXPECT_EQ(status("POST /api/lists HTTP/1.1\r\n" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"),
              400);
    EXPECT_EQ(status("POST /api/lists HTTP/1.1\r\n" + host + "Content-Length: -3\r\n\r\n"), 400);
    EXPECT_EQ(status("GET / HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(status("GET / HTTP/1.1\r\n" + host + host + "\r\n"), 400);
    EXPECT_EQ(status("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 400);
    EXPECT_EQ(status("\x16\x03\x01\x02\x01\x01\x01\xfc\x03\x03\r\n\r\n"), 400);
    EXPECT_EQ(status("GET /\x01 HTTP/1.1\r\n" + host + "\r\n"), 400);
    EXPECT_TRUE(client().get("/api/health"));
}

TEST_F(ServerTest, EndsSlowAndIdleClients) {
    library_.settings.request_timeout_s = 1;
    start([](ServerOptions& options) { options.idle_timeout_s = 0.3; });
    Client slow = client();
    Client slow_body = client();
    Client idle = client();
    EXPECT_TRUE(idle.get("/api/health"));
    slow_body.send("POST /api/lists HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\n{");
    const double start = steady_now();
    // One byte at a time: each arrives in good time, the header as a whole does not.
    const std::string request = "GET /api/health HTTP/1.1\r\nHost: t\r\nX: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy";
    for (std::size_t i = 0; i < request.size() && !slow.closed; ++i) {
        slow.send(request.substr(i, 1));
        slow.read_until([](const std::string&) { return false; }, 0.05);
    }
    EXPECT_TRUE(slow.wait_for_close(1));
    EXPECT_LT(steady_now() - start, 2.5);
    EXPECT_TRUE(slow_body.wait_for_close(1));
    EXPECT_TRUE(idle.wait_for_close(1));
}

TEST_F(ServerTest, HoldsIdleConnectionsWhileOthersWork) {
    start();
    std::vector<std::unique_ptr<Client>> idle;
    for (int i = 0; i < 200; ++i) {
        idle.push_back(std::make_unique<Client>(server_->port()));
        ASSERT_TRUE(idle.back()->connected());
        if (i % 2) idle.back()->send("GET /api/health HTTP/1.1\r\nHo");  // in the middle of a header
    }
    std::vector<std::future<int>> workers;
    for (int worker = 0; worker < 4; ++worker) {
        workers.push_back(std::async(std::launch::async, [&] {
            Client client = this->client();
            int good = 0;
            for (int i = 0; i < 50; ++i) {
                const auto answer = client.get("/api/similar_tracks?item_id=1&n=3");
                good += answer && answer->head.starts_with("HTTP/1.1 200");
            }
            return good;
        }));
    }
    for (auto& worker : workers)
        EXPECT_EQ(worker.get(), 50);
    EXPECT_THAT(client().get("/metrics")->body, HasSubstr("audiomuse_http_connections 20"));
    idle[1]->send("st: t\r\n\r\n");
    EXPECT_TRUE(idle[1]->answer());
    EXPECT_TRUE(idle[0]->get("/api/health"));
}

TEST_F(ServerTest, RefusesConnectionsBeyondTheLimit) {
    library_.settings.max_connections = 2;
    start();
    Client one = client();
    ASSERT_TRUE(one.get("/api/health"));
    {
        Client two = client();
        ASSERT_TRUE(two.get("/api/health"));
        Client three = client();
        const auto answer = three.answer();
        ASSERT_TRUE(answer);
        EXPECT_THAT(answer->head, StartsWith("HTTP/1.1 503 "));
        EXPECT_TRUE(three.wait_for_close());
        EXPECT_TRUE(one.get("/api/health"));
    }
    bool free_again = false;
    for (int i = 0; i < 100 && !free_again; ++i) {
        const auto answer = client().get("/api/health");
        free_again = answer && answer->head.starts_with("HTTP/1.1 200");
    }
    EXPECT_TRUE(free_again);
}

TEST_F(ServerTest, DeliversEvents) {
    start();
    Client starter = client();
    starter.send("POST /api/analysis/start HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n");
    const auto started = starter.answer();
    ASSERT_THAT(started->head, StartsWith("HTTP/1.1 202 "));
    const std::string task = started->body.substr(started->body.find("task_id\":\"") + 10, 36);

    Client listener = client();
    listener.send("GET /api/events HTTP/1.1\r\nHost: t\r\nAccept-Encoding: gzip\r\n\r\n");
    EXPECT_TRUE(listener.read_until([&](const std::string& text) {
        return text.find("event: job\ndata: {\"task_id\":\"" + task) != std::string::npos && text.ends_with("\n\n");
    })) << "the first event is the active job";
    EXPECT_THAT(listener.input, HasSubstr("Content-Type: text/event-stream\r\n"));
    listener.input.clear();
    for (int i = 0; i < 50; ++i) {
        library_.queue->publish({"index", "{\"count\":" + std::to_string(i) + "}"});
        ASSERT_TRUE(listener.read_until(
            [&](const std::string& text) {
                return text.find("{\"count\":" + std::to_string(i) + "}") != std::string::npos;
            },
            2))
            << i;
    }
    library_.queue->publish({"library", "{}"});
    EXPECT_TRUE(listener.read_until([](const std::string& text) {
        return text.find("event: library\ndata: {\"tracks\":12,\"analysed\":10}") != std::string::npos;
    }));
    starter.send("POST /api/cancel/" + task + " HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n");
    EXPECT_TRUE(
        listener.read_until([](const std::string& text) { return text.find("\"REVOKED\"") != std::string::npos; }));
}

TEST_F(ServerTest, ForgetsAListenerThatHasGone) {
    start();
    const auto listeners = [&] {
        const auto metrics = client().get("/metrics")->body;
        return metrics.substr(metrics.find("\naudiomuse_event_clients ") + 25, 1);
    };
    {
        Client listener = client();
        listener.send("GET /api/events HTTP/1.1\r\nHost: t\r\n\r\n");
        ASSERT_TRUE(
            listener.read_until([](const std::string& text) { return text.find("still here") != std::string::npos; }));
        EXPECT_EQ(listeners(), "1");
    }
    bool gone = false;
    for (int i = 0; i < 200 && !gone; ++i)
        gone = listeners() == "0";
    EXPECT_TRUE(gone);
}

/// A source of which only covers are asked for.
class NothingButCovers : public library::MusicSource {
public:
    library::Listing list(const std::function<void(library::SourceItem)>&, const CancelToken&) override { return {}; }
    TrackTags read_tags(const library::SourceItem&) override { return {}; }
    std::string signature(const library::SourceItem&) override { return ""; }
    std::unique_ptr<library::FetchedAudio> fetch(const library::SourceItem&, const CancelToken&) override {
        return nullptr;
    }
};

/// A source whose covers take a while, for requests that are running when the server stops.
class SlowCovers final : public NothingButCovers {
public:
    Cover cover(const library::SourceItem&) override {
        started = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        return {"image/png", "picture"};
    }
    std::atomic<bool> started = false;
};

TEST_F(ServerTest, StopsGracefully) {
    SlowCovers covers;
    Context context = library_.context();
    context.local = &covers;
    server_ = create_server(std::move(context), {.host = "127.0.0.1", .port = 0});
    server_->start();
    Client idle = client();
    ASSERT_TRUE(idle.get("/api/health"));
    Client listener = client();
    listener.send("GET /api/events HTTP/1.1\r\nHost: t\r\n\r\n");
    ASSERT_TRUE(
        listener.read_until([](const std::string& text) { return text.find("still here") != std::string::npos; }));
    Client busy = client();
    busy.send("GET /api/library/tracks/1/cover HTTP/1.1\r\nHost: t\r\n\r\n");
    while (!covers.started)
        std::this_thread::yield();

    const double start = steady_now();
    server_->stop();
    EXPECT_TRUE(idle.wait_for_close());
    const auto answer = busy.answer();
    ASSERT_TRUE(answer) << "a running request is finished";
    EXPECT_EQ(answer->body, "picture");
    EXPECT_THAT(answer->head, HasSubstr("Connection: close"));
    EXPECT_TRUE(listener.wait_for_close());
    const std::uint16_t port = server_->port();
    busy.wait_for_close(0.1);
    server_->wait();
    EXPECT_LT(steady_now() - start, 4);
    Client late(port);
    EXPECT_FALSE(late.connected());
}

TEST_F(ServerTest, EventsEndWithTheSessionOfWhoReadsThem) {
    library_.settings.auth_enabled = true;
    server_ = create_server(library_.context(), {.host = "127.0.0.1", .port = 0, .events_check_s = 0.05});
    server_->start();
    Client browser = client();
    const auto send = [&](const std::string& address, const std::string& headers, const std::string& body) {
        browser.send(
            fmt::format("POST {} HTTP/1.1\r\nHost: t\r\nOrigin: http://t\r\nContent-Type: application/json\r\n"
                        "{}Content-Length: {}\r\n\r\n{}",
                        address, headers, body.size(), body));
        return browser.answer();
    };
    const auto made = send("/api/auth/setup", "", R"({"user": "Ada", "password": "correct horse"})");
    ASSERT_TRUE(made);
    const std::size_t begin = made->head.find("audiomuse_session=");
    ASSERT_NE(begin, std::string::npos);
    const std::string cookie = "Cookie: " + made->head.substr(begin, made->head.find(';', begin) - begin) + "\r\n";

    Client listener = client();
    listener.send("GET /api/events HTTP/1.1\r\nHost: t\r\n" + cookie + "\r\n");
    ASSERT_TRUE(
        listener.read_until([](const std::string& text) { return text.find("still here") != std::string::npos; }));
    EXPECT_FALSE(listener.wait_for_close(0.3)) << "while the session lasts";
    ASSERT_THAT(send("/logout", cookie + "X-Requested-With: XMLHttpRequest\r\n", "{}")->head, HasSubstr(" 200 "));
    EXPECT_TRUE(listener.wait_for_close());
}

TEST_F(ServerTest, SaysWhatToDoWhenThePortIsTaken) {
    start();
    ServerOptions options;
    options.host = "127.0.0.1";
    options.port = server_->port();
    const auto second = create_server(library_.context(), options);
    try {
        second->start();
        FAIL() << "two servers on one port";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::unavailable);
        EXPECT_THAT(error.what(), HasSubstr(std::to_string(server_->port())));
        EXPECT_THAT(error.what(), HasSubstr("--port"));
    }
}

TEST_F(ServerTest, SurvivesMutatedRequests) {
    library_.settings.request_timeout_s = 1;
    start();
    const std::vector<std::string> seeds = {
        "GET /api/library/tracks?q=a%20b&limit=5&order=title HTTP/1.1\r\nHost: t\r\nAccept: text/html\r\n\r\n",
        "GET /api/library/tracks/3/audio HTTP/1.1\r\nHost: t\r\nRange: bytes=0-99,200-\r\nIf-None-Match: \"x\"\r\n\r\n",
        "POST /api/create_playlist HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 44\r\n\r\n"
        "{\"playlist_name\":\"x\",\"track_ids\":[\"1\",{},7]}",
        "PATCH /api/lists/3 HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: "
        "chunked\r\n\r\n5\r\n{\"a\":\r\n2\r\n1}\r\n0\r\n\r\n",
    };
    Random random(7);
    for (int round = 0; round < 300; ++round) {
        std::string text =
            seeds[static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(seeds.size()) - 1))];
        for (std::int64_t changes = random.integer(1, 6); changes > 0; --changes) {
            const auto at = static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(text.size()) - 1));
            switch (random.integer(0, 3)) {
                case 0:
                    text[at] = static_cast<char>(random.bits());
                    break;
                case 1:
                    text.erase(at, static_cast<std::size_t>(random.integer(1, 8)));
                    break;
                case 2:
                    text.insert(at, text.substr(at / 2, 9));
                    break;
                default:
                    text.insert(at, 1, "%\r\n\"{}[]:/?&=0\xff"[random.integer(0, 14)]);
            }
            if (text.empty()) text = "x";
        }
        Client client = this->client();
        client.send(text);
        client.read_until([](const std::string& input) { return input.find("\r\n\r\n") != std::string::npos; }, 0.01);
        if (!client.input.empty()) {
            EXPECT_THAT(client.input, StartsWith("HTTP/1.1 "));
        }
    }
    const auto answer = client().get("/api/health");
    ASSERT_TRUE(answer);
    const auto metrics = client().get("/metrics");
    EXPECT_THAT(metrics->body, ::testing::Not(HasSubstr("status=\"500\""))) << "no input may be an inner error";
}

/// Gives its first picture when a second one was asked for, and the second one when the first has arrived.
class TakingTurns final : public NothingButCovers {
public:
    Cover cover(const library::SourceItem&) override {
        if (calls_++ == 0) {
            begun.set_value();
            asked_again.get_future().wait();
        } else {
            was_in_time = arrived.get_future().wait_for(std::chrono::seconds(3)) == std::future_status::ready;
        }
        return {"image/png", "picture"};
    }
    std::promise<void> begun, asked_again, arrived;
    std::atomic<bool> was_in_time = false;

private:
    std::atomic<int> calls_ = 0;
};

TEST(Server, SendsAnAnswerBeforeTheNextRequestOfTheQueueIsDone) {
    testing::TestLibrary library;
    TakingTurns covers;
    Context context = library.context();
    context.local = &covers;
    const auto server = create_server(context, {.host = "127.0.0.1", .port = 0, .handler_threads = 1});
    server->start();
    Client first(server->port());
    Client second(server->port());
    first.send("GET /api/library/tracks/1/cover HTTP/1.1\r\nHost: t\r\n\r\n");
    covers.begun.get_future().wait();
    second.send("GET /api/library/tracks/2/cover HTTP/1.1\r\nHost: t\r\n\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(200));  // until it stands in the queue
    covers.asked_again.set_value();
    EXPECT_TRUE(first.answer());
    covers.arrived.set_value();
    EXPECT_TRUE(second.answer());
    EXPECT_TRUE(covers.was_in_time);
}

}  // namespace
}  // namespace audiomuse::api
