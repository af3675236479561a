// The checks that need a made-up world: old servers, foreign databases, ports that others hold.
#include "check/check.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <thread>

#include "audiomuse/base/error.h"
#include "support/temp_folder.h"

namespace audiomuse::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using State = Check::State;

TEST(CheckFolders, DataFolder) {
    const testing_support::TempFolder folder;
    const Check there = check_data_folder(folder.path());
    EXPECT_NE(there.state, State::problem) << there.found;
    EXPECT_THAT(there.found, AllOf(HasSubstr(folder.path().native()), HasSubstr("writable"), HasSubstr("GB free")));

    const Check missing = check_data_folder(folder / "a/b");
    EXPECT_NE(missing.state, State::problem);
    EXPECT_THAT(missing.found, HasSubstr("first start"));
    EXPECT_FALSE(std::filesystem::exists(folder / "a")) << "a check changes nothing";

    const Check file = check_data_folder(folder.write("file", "x"));
    EXPECT_EQ(file.state, State::problem);
    EXPECT_THAT(file.fix, HasSubstr("AUDIOMUSE_DATA"));
}

TEST(CheckFolders, MusicFolders) {
    const testing_support::TempFolder folder;
    folder.write("full/a.mp3", "x");
    std::filesystem::create_directory(folder / "empty");
    const auto checks = check_music_folders({folder / "full", folder / "empty", folder / "missing"});
    ASSERT_EQ(checks.size(), 3U);
    EXPECT_EQ(checks[0].state, State::ok);
    EXPECT_EQ(checks[1].state, State::warning);
    EXPECT_EQ(checks[2].state, State::problem);
    EXPECT_THAT(checks[2].found, HasSubstr((folder / "missing").native()));
    EXPECT_EQ(check_music_folders({}).at(0).state, State::warning);
}

store::StoreState state(std::optional<int> schema) {
    return {.engine = "PostgreSQL 15.8",
            .place = "nas:5432, database audiomusedb",
            .schema = schema,
            .newest_schema = 4,
            .tracks = 7};
}

TEST(CheckServices, Store) {
    EXPECT_EQ(check_store([] { return state(4); }).state, State::ok);
    EXPECT_THAT(check_store([] { return state(4); }).found,
                AllOf(HasSubstr("15.8"), HasSubstr("nas"), HasSubstr("7 tracks")));
    EXPECT_EQ(check_store([] { return state(0); }).state, State::ok);
    EXPECT_EQ(check_store([] { return state(3); }).state, State::warning);
    EXPECT_EQ(check_store([] { return state(5); }).state, State::problem);
    EXPECT_EQ(check_store([] { return state(std::nullopt); }).state, State::problem);
    const Check dead = check_store(
        []() -> store::StoreState { throw Error(ErrorCode::unavailable, "PostgreSQL at nas:5432 does not answer."); });
    EXPECT_EQ(dead.state, State::problem);
    EXPECT_THAT(dead.found, HasSubstr("nas:5432"));
    EXPECT_THAT(dead.fix, HasSubstr("POSTGRES_HOST"));
}

TEST(CheckServices, Redis) {
    const auto of = [](const char* version) { return check_redis([=] { return RedisState{"nas:6379/0", version}; }); };
    EXPECT_EQ(of("7.0.15").state, State::ok);
    EXPECT_EQ(of("6.2.0").state, State::ok);
    EXPECT_EQ(of("10.0").state, State::ok);
    for (const char* old : {"6.0.16", "5.9", "", "seven"}) {
        EXPECT_EQ(of(old).state, State::problem) << old;
        EXPECT_THAT(of(old).found, HasSubstr("6.2"));
    }
    const Check dead = check_redis([]() -> RedisState { throw Error(ErrorCode::unavailable, "nas:6379 is silent."); });
    EXPECT_EQ(dead.state, State::problem);
    EXPECT_THAT(dead.fix, HasSubstr("REDIS_URL"));
}

TEST(CheckServices, QueueWithoutRedis) {
    settings::Settings settings;
    EXPECT_THAT(check_queue(settings).found, HasSubstr("this process"));
    settings.postgres_host = "nas";
    EXPECT_THAT(check_queue(settings).found, HasSubstr("PostgreSQL"));
}

TEST(CheckServices, Instances) {
    EXPECT_THAT(check_instances({{"http://a:8000", 3}, {"http://gone:8000", 3600}}).found,
                AllOf(HasSubstr("http://a:8000"), Not(HasSubstr("gone"))));
    EXPECT_THAT(check_instances({}).found, HasSubstr("none"));
}

TEST(CheckServices, ALoopbackAddressInAContainerIsNoted) {
    for (const char* host : {"localhost", "127.0.0.1", "::1"}) {
        const auto check = check_loopback("POSTGRES_HOST", host, true);
        ASSERT_TRUE(check) << host;
        EXPECT_EQ(check->state, State::warning);
        EXPECT_FALSE(check_loopback("POSTGRES_HOST", host, false));
    }
    EXPECT_FALSE(check_loopback("POSTGRES_HOST", "postgres", true));
}

TEST(CheckServices, Version) {
    EXPECT_EQ(parse_version("6.2.14"), std::pair(6, 2));
    EXPECT_EQ(parse_version("255.255"), std::pair(255, 255));
    for (const char* text : {"", "6", "6.", ".2", "v6.2"})
        EXPECT_EQ(parse_version(text), std::nullopt) << text;
}

/// Listens on a free port of 127.0.0.1 and gives one answer per connection; none when `answer` is empty.
class Server {
public:
    explicit Server(std::string answer) : answer_(std::move(answer)), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(socket_, generic, size) != 0) throw std::runtime_error("bind");
        ::getsockname(socket_, generic, &size);
        port_ = ::ntohs(address.sin_port);
        ::listen(socket_, 4);
        thread_ = std::thread([this] {
            for (int client = 0; (client = ::accept(socket_, nullptr, nullptr)) >= 0; ::close(client)) {
                char request[2048];
                if (::recv(client, request, sizeof request, 0) > 0 && !answer_.empty())
                    ::send(client, answer_.data(), answer_.size(), MSG_NOSIGNAL);
            }
        });
    }
    ~Server() {
        ::shutdown(socket_, SHUT_RDWR);
        thread_.join();
        ::close(socket_);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    int port() const { return port_; }

private:
    std::string answer_;
    int socket_;
    int port_ = 0;
    std::thread thread_;
};

TEST(CheckWeb, WhoAnswers) {
    const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}";
    const Server ours(ok);
    for (const bool running : {false, true}) {
        const Check check = check_web("0.0.0.0", ours.port(), running);
        EXPECT_EQ(check.state, State::ok) << check.found;
        EXPECT_THAT(check.found, HasSubstr("http://127.0.0.1:" + std::to_string(ours.port())));
    }
    const Server ill("HTTP/1.1 503 Service Unavailable\r\n\r\n{\"status\":\"ok\"}");
    EXPECT_EQ(check_web("127.0.0.1", ill.port(), true).state, State::problem);
    const Server other("220 smtp.example.org ESMTP\r\n");
    EXPECT_THAT(check_web("127.0.0.1", other.port(), false).fix, HasSubstr("AUDIOMUSE_PORT"));
    const Server silent("");
    const Check taken = check_web("127.0.0.1", silent.port(), false);
    EXPECT_EQ(taken.state, State::problem);
    EXPECT_THAT(taken.found, HasSubstr("use"));
}

TEST(CheckWeb, AFreePort) {
    int port = 0;
    {
        const Server gone("x");
        port = gone.port();
    }
    EXPECT_EQ(check_web("127.0.0.1", port, false).state, State::ok);
    EXPECT_EQ(check_web("127.0.0.1", port, true).state, State::problem);
    EXPECT_EQ(check_web("127.0.0.1", 0, false).state, State::ok);
    EXPECT_EQ(check_web("127.0.0.1", 0, true).state, State::problem);
    EXPECT_THAT(check_web("no such host", port, false).fix, HasSubstr("AUDIOMUSE_HOST"));
}

TEST(CheckReport, TextAndJson) {
    const std::vector<Check> checks = {{"store", State::ok, "SQLite at /x", ""},
                                       {"queue", State::problem, "bad \xff", "Do this."}};
    EXPECT_THAT(report_text(checks),
                AllOf(HasSubstr("ok       store"), HasSubstr("problem  queue"), HasSubstr("-> Do this.")));
    const auto json = boost::json::parse(report_json(checks)).as_object();
    EXPECT_FALSE(json.at("ok").as_bool());
    EXPECT_EQ(json.at("checks").as_array().at(1).at("state").as_string(), "problem");
    EXPECT_TRUE(has_problem(checks));
    EXPECT_FALSE(has_problem({checks[0], {"x", State::warning, "", ""}}));
}

TEST(CheckGuard, AnExceptionIsAProblem) {
    const Check check = guarded("store", "Do this.", []() -> Check { throw std::runtime_error("it broke"); });
    EXPECT_EQ(check.state, State::problem);
    EXPECT_EQ(check.found, "it broke");
    EXPECT_EQ(check.fix, "Do this.");
}

}  // namespace
}  // namespace audiomuse::app
