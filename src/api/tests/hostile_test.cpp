// Requests that nobody sends with good intent, over a socket: each gets a clean refusal, and the server goes on.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "audiomuse/api/passwords.h"
#include "audiomuse/base/text.h"
#include "auth/secrets.h"
#include "test_client.h"
#include "test_library.h"

namespace audiomuse::api {
namespace {

struct Attack {
    std::string name;
    std::string bytes;  // as they go over the wire; "@cookie" and "@old" are sessions that hold and have ended
};

std::string get(const std::string& target, const std::string& headers = "") {
    return "GET " + target + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n";
}

std::string send_body(const std::string& method, const std::string& target, const std::string& body,
                      const std::string& headers = "Content-Type: application/json\r\n") {
    return fmt::format("{} {} HTTP/1.1\r\nHost: test\r\nOrigin: http://test\r\nContent-Length: {}\r\n{}\r\n{}", method,
                       target, body.size(), headers, body);
}

std::string post(const std::string& target, const std::string& body) {
    return send_body("POST", target, body, "Content-Type: application/json\r\nCookie: @cookie\r\n");
}

std::string repeated(std::string_view part, int times) {
    std::string text;
    for (int i = 0; i < times; ++i)
        text += part;
    return text;
}

std::vector<Attack> traversals() {
    std::vector<Attack> attacks;
    for (const char* path :
         {"/../../etc/passwd", "/assets/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
          "/assets/..%2f..%2fetc%2fpasswd", "/assets/%2e%2e%5c%2e%2e%5cetc", "/..%c0%af..%c0%afetc/passwd",
          "/assets//etc/passwd", "/api/library/tracks/..%2f..%2fetc%2fpasswd/audio", "/api/library/tracks/%00/cover",
          "/apidocs/../../../etc/shadow", "/assets/....//....//etc", "/api/lists/..%2f1/export.m3u8"})
        attacks.push_back({fmt::format("traversal {}", path), get(path, "Cookie: @cookie\r\n")});
    return attacks;
}

std::vector<Attack> oversized() {
    return {
        {"an address of 100 kB", get("/api/lists?x=" + std::string(100'000, 'a'))},
        {"a header of 100 kB", get("/api/lists", "X-Long: " + std::string(100'000, 'a') + "\r\n")},
        {"10,000 headers", get("/api/lists", repeated("X-Many: 1\r\n", 10'000))},
        {"a body that is announced as 10 GB",
         "POST /auth HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 10737418240\r\n\r\n"},
        {"a body over the limit", post("/api/lists", "{\"name\":\"" + std::string(2'000'000, 'a') + "\"}")},
        {"a chunk without end",
         "POST /auth HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nTransfer-Encoding: "
         "chunked\r\n\r\nFFFFFFFF\r\n" +
             std::string(2'000'000, 'a')},
        {"a cookie of 50 kB", get("/api/lists", "Cookie: audiomuse_session=" + std::string(50'000, 'a') + "\r\n")},
        {"a password of 100 kB",
         send_body("POST", "/auth", R"({"user":"Ada","password":")" + std::string(100'000, 'a') + "\"}")},
    };
}

std::vector<Attack> smuggled() {
    const std::string second = "GET /api/users HTTP/1.1\r\nHost: test\r\n\r\n";
    return {
        {"length and chunks",
         "POST /auth HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nTransfer-Encoding: "
         "chunked\r\n\r\n0\r\n\r\n" +
             second},
        {"two lengths",
         "POST /auth HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n" + second},
        {"a signed length", "POST /auth HTTP/1.1\r\nHost: test\r\nContent-Length: +4\r\n\r\nabcd"},
        {"a negative length", "POST /auth HTTP/1.1\r\nHost: test\r\nContent-Length: -1\r\n\r\n"},
        {"a length that is no number", "POST /auth HTTP/1.1\r\nHost: test\r\nContent-Length: 4x\r\n\r\nabcd"},
        {"chunks of another kind", "POST /auth HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
        {"a blank before the colon", get("/api/lists", "X-Bad : 1\r\n")},
        {"a header without a name", get("/api/lists", ": 1\r\n")},
        {"a folded header", get("/api/lists", "X-Folded: 1\r\n\tand more: 2\r\nBad\r\n")},
        {"a NUL in a header", get("/api/lists", std::string("X-Nul: a\0b\r\n", 12))},
        {"line ends of Unix only", "GET /api/lists HTTP/1.1\nHost: test\n\n"},
        {"a method with a line end", "GE\rT /api/lists HTTP/1.1\r\nHost: test\r\n\r\n"},
        {"no version", "GET /api/lists\r\n\r\n"},
        {"HTTP/9.9", "GET /api/lists HTTP/9.9\r\nHost: test\r\n\r\n"},
        {"TLS on the plain port", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + "\r\n\r\n"},
        {"another program's protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n"},
        {"CONNECT", "CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: test\r\n\r\n"},
        {"TRACE", "TRACE / HTTP/1.1\r\nHost: test\r\n\r\n"},
        {"an unknown method", "JEFF /api/lists HTTP/1.1\r\nHost: test\r\n\r\n"},
        {"a header in an address", get("/api/lists?x=%0d%0aSet-Cookie:%20a=b")},
    };
}

std::vector<Attack> wrong_bodies() {
    std::vector<Attack> attacks = {
        {"half an object", post("/api/lists", "{\"name\":")},
        {"a number", post("/api/lists", "7")},
        {"a text", post("/api/lists", "\"name\"")},
        {"wrong types", post("/api/lists", R"({"name":{"a":1},"track_ids":7})")},
        {"ids of other types", post("/api/lists", R"({"name":"x","track_ids":[[],{},null,1e400]})")},
        {"a limit that is an object", post("/api/clap/search", R"({"query":"jazz","limit":{"$gt":0}})")},
        {"a name that is a list", post("/auth", R"({"user":["Ada"],"password":{"$ne":""}})")},
        {"100,000 brackets", post("/api/lists", std::string(100'000, '['))},
        {"100,000 objects", post("/api/lists", repeated("{\"a\":", 100'000))},
        {"a key twice, of two types", post("/api/lists", R"({"name":"x","name":[],"track_ids":"1"})")},
        {"bytes that are no UTF-8", post("/api/lists", "{\"name\":\"\xff\xfe\xc0\xaf\",\"track_ids\":[\"1\"]}")},
        {"half a surrogate", post("/api/lists", R"({"name":"\ud800","track_ids":[])"
                                                "\xed\xa0\x80}")},
        {"bytes that are no JSON", post("/api/lists", std::string("\x00\x01\x02\xff", 4))},
        {"another media type",
         send_body("POST", "/api/lists", "{}", "Content-Type: text/plain\r\nCookie: @cookie\r\n")},
        {"XML with an entity",
         send_body("POST", "/api/lists", "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
                   "Content-Type: application/xml\r\nCookie: @cookie\r\n")},
        {"a form of many parts",
         send_body("POST", "/auth", repeated("--x\r\nContent-Disposition: form-data\r\n\r\n", 50),
                   "Content-Type: multipart/form-data; boundary=x\r\n")},
        {"no body where one is needed", post("/api/create_playlist", "")},
        {"a range that is none", post("/api/lists/export.m3u8", R"({"track_ids":"' OR 1=1 --"})")},
    };
    return attacks;
}

std::vector<Attack> forgeries() {
    std::vector<Attack> attacks;
    for (const char* cookie :
         {"audiomuse_session=@old", "audiomuse_session=", "audiomuse_session=admin", "audiomuse_session=' OR '1'='1",
          "audiomuse_session=..%2f..%2f", "audiomuse_session=\xff\xfe",
          "audiomuse_jwt=eyJhbGciOiJub25lIn0.eyJzdWIiOiJBZGEifQ.", "AUDIOMUSE_SESSION=@value",
          "audiomuse_session=@value%00", "audiomuse_session=@value x; audiomuse_session=@value"})
        attacks.push_back({fmt::format("forged {}", cookie), get("/api/lists", fmt::format("Cookie: {}\r\n", cookie))});
    for (const char* header : {"Authorization: Bearer null", "Authorization: Bearer ",
                               "Authorization: Basic QWRhOmNvcnJlY3QgaG9yc2U=", "Authorization: bearer @value",
                               "Remote-User: Ada", "X-Forwarded-User: Ada"})
        attacks.push_back({header, get("/api/lists", fmt::format("{}\r\n", header))});
    attacks.push_back(
        {"a page of another origin",
         "DELETE /api/lists/3 HTTP/1.1\r\nHost: test\r\nOrigin: http://evil.example\r\nCookie: @cookie\r\n\r\n"});
    attacks.push_back({"a page that says it has no origin",
                       "DELETE /api/lists/3 HTTP/1.1\r\nHost: test\r\nOrigin: null\r\nCookie: @cookie\r\n\r\n"});
    attacks.push_back(
        {"a page without an origin", "DELETE /api/lists/3 HTTP/1.1\r\nHost: test\r\nCookie: @cookie\r\n\r\n"});
    return attacks;
}

std::vector<Attack> server_side_requests() {
    std::vector<Attack> attacks;
    for (const char* url :
         {"file:///etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL", "ftp://127.0.0.1/", "dict://127.0.0.1:11211/",
          "http://user:password@127.0.0.1/", "http://", "//127.0.0.1", "javascript:alert(1)", "http://[::1",
          "http://a b/", "http://127.0.0.1:99999/", "\\\\\\\\host\\\\share"})
        attacks.push_back(
            {fmt::format("a media server at {}", url),
             post("/api/servers",
                  fmt::format(
                      R"({{"name":"x","server_type":"navidrome","creds":{{"url":"{}","user":"a","password":"b"}}}})",
                      url))});
    return attacks;
}

std::vector<Attack> odd_queries() {
    return {
        {"an id that is SQL", get("/api/lists/1%20OR%201=1", "Cookie: @cookie\r\n")},
        {"an id beyond all numbers", get("/api/lists/99999999999999999999999", "Cookie: @cookie\r\n")},
        {"a negative id", get("/api/lists/-1", "Cookie: @cookie\r\n")},
        {"a range behind the end", get("/api/library/tracks/1/audio", "Range: bytes=99999999-\r\nCookie: @cookie\r\n")},
        {"a track that is a wildcard", get("/api/library/tracks/%25", "Cookie: @cookie\r\n")},
        {"a template", get("/api/library/tracks/%7B%7B7*7%7D%7D", "Cookie: @cookie\r\n")},
        {"a log line", get("/%0a2026-01-01T00:00:00Z%20info%20all%20is%20well")},
    };
}

class Hostile : public ::testing::Test {
protected:
    Hostile() {
        library_.settings.auth_enabled = true;
        library_.settings.request_timeout_s = 1;
        store::Users& users = library_.store->users();
        const UserId ada = users.add_first("Ada", hash_of_password("correct horse"));
        const double now = unix_now();
        users.begin_session(ada, hash_of_secret(secret_), "", now, now + 1000);
        const std::int64_t ended = users.begin_session(ada, hash_of_secret(old_), "", now, now + 1000);
        users.end_session(ada, ended);
        server_ = create_server(library_.context(), {.host = "127.0.0.1", .port = 0, .handler_threads = 2});
        server_->start();
    }

    std::string filled(std::string bytes) const {
        const auto replace = [&](std::string_view mark, const std::string& with) {
            for (std::size_t at = bytes.find(mark); at != std::string::npos; at = bytes.find(mark, at + with.size()))
                bytes.replace(at, mark.size(), with);
        };
        replace("@cookie", "audiomuse_session=" + secret_);
        replace("@old", old_);
        replace("@value", secret_);
        return bytes;
    }
    bool alive() const {
        testing::TestClient client(server_->port());
        const auto answer = client.get("/api/lists", filled("Cookie: @cookie\r\n"));
        return answer && answer->head.starts_with("HTTP/1.1 200");
    }

    const std::string secret_ = new_secret(), old_ = new_secret();
    testing::TestLibrary library_;
    std::unique_ptr<Server> server_;
};

TEST_F(Hostile, GetsACleanRefusal) {
    std::vector<Attack> attacks;
    for (auto part : {traversals, oversized, smuggled, wrong_bodies, forgeries, server_side_requests, odd_queries}) {
        for (Attack& attack : part())
            attacks.push_back(std::move(attack));
    }
    ASSERT_GE(attacks.size(), 60U);
    for (const Attack& attack : attacks) {
        testing::TestClient client(server_->port());
        client.send(filled(attack.bytes));
        const auto answer = client.answer();
        if (!answer) {
            ADD_FAILURE() << attack.name << ": no answer";
            continue;
        }
        const std::string status = answer->head.substr(0, answer->head.find("\r\n"));
        EXPECT_TRUE(status.starts_with("HTTP/1.1 4"))
            << attack.name << ": " << status << ' ' << answer->body.substr(0, 300);
        for (const char* leak : {"root:x:", "SELECT", "sqlite", "std::", "0x", ".cpp"})
            EXPECT_EQ(answer->body.find(leak), std::string::npos) << attack.name << ": " << answer->body;
        EXPECT_EQ(to_valid_utf8(answer->body), answer->body) << attack.name;
        EXPECT_EQ(answer->head.find("Set-Cookie: a=b"), std::string::npos) << attack.name;
        EXPECT_TRUE(alive()) << "after " << attack.name;
    }
    fmt::print("{} hostile requests, each refused\n", attacks.size());
}

/// A client that sends a byte now and then holds no more than its own connection.
TEST_F(Hostile, SlowClientsAreSentAway) {
    for (const std::string& begun :
         {std::string("GET /api/li"),
          std::string("POST /auth HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\n{")}) {
        testing::TestClient client(server_->port());
        client.send(begun);
        EXPECT_TRUE(client.wait_for_close(10)) << begun;
        EXPECT_TRUE(client.input.empty() || client.input.starts_with("HTTP/1.1 408")) << client.input;
        EXPECT_TRUE(alive());
    }
}

}  // namespace
}  // namespace audiomuse::api
