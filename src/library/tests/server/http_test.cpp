#include "server/http.h"

#include <gmock/gmock.h>

#include <optional>

#include "server/fake_media_server.h"
#include "support/temp_folder.h"

namespace audiomuse::library {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using testing_support::contents;
using testing_support::TempFolder;

std::optional<Error> error_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

ServerHttp http_to(const std::string& url) {
    return {"Server", url, fast_limits(), {{"X-Key", "s3cret"}}};
}

TEST(Address, IsCleaned) {
    EXPECT_EQ(clean_address(" http://nas:4533/ ", "Navidrome"), "http://nas:4533");
    EXPECT_EQ(clean_address("https://nas/music/app/", "Navidrome"), "https://nas/music");
    EXPECT_EQ(clean_address("http://nas:8096/web/index.html#!/home", "Jellyfin"), "http://nas:8096");
    EXPECT_EQ(clean_address("http://nas:8096/jellyfin", "Jellyfin"), "http://nas:8096/jellyfin");
    for (const char* wrong : {"", "nas:4533", "http://", "ftp://nas", "file:///etc/passwd"})
        EXPECT_EQ(error_of([&] { clean_address(wrong, "Navidrome"); })->code(), ErrorCode::invalid_argument) << wrong;
}

TEST(Address, TextsAreEncoded) {
    EXPECT_EQ(encode_query({{"a", "1 & 2"}, {"é", "#"}}), "a=1%20%26%202&%C3%A9=%23");
    EXPECT_EQ(encode_segment("a/b?c"), "a%2Fb%3Fc");
}

TEST(ServerHttp, SendsWhatWasAskedFor) {
    FakeWeb web([](const WebRequest& request) -> WebAnswer {
        EXPECT_EQ(request.method, "POST");
        EXPECT_EQ(request.path, "/base/Items");
        EXPECT_EQ(request.value("name"), "50% & more");
        EXPECT_EQ(request.header("x-key"), "s3cret");
        EXPECT_EQ(request.header("content-type"), "application/json");
        EXPECT_EQ(request.body, "{}");
        return {.body = R"({"id":7})"};
    });
    const ServerHttp http("Server", web.url() + "/base/", fast_limits(), {{"X-Key", "s3cret"}});
    const auto answer = http.json({.method = "POST",
                                   .path = "/Items",
                                   .query = {{"name", "50% & more"}},
                                   .body = "{}",
                                   .content_type = "application/json"},
                                  {});
    EXPECT_EQ(answer.at("id"), 7);
}

TEST(ServerHttp, OnlyReadsAreRepeated) {
    std::atomic<int> asked{0};
    FakeWeb web([&](const WebRequest&) -> WebAnswer {
        ++asked;
        return {.close = true};
    });
    const auto http = http_to(web.url());
    EXPECT_EQ(error_of([&] { http.send({}, {}); })->code(), ErrorCode::unavailable);
    EXPECT_EQ(asked, 2);
    EXPECT_EQ(error_of([&] { http.send({.method = "POST"}, {}); })->code(), ErrorCode::unavailable);
    EXPECT_EQ(asked, 3) << "a playlist made twice";
}

TEST(ServerHttp, QuestionsThatArePostedAreReadsToo) {
    std::atomic<int> asked{0};
    FakeWeb web([&](const WebRequest&) -> WebAnswer {
        ++asked;
        return {.close = true};
    });
    const auto http = http_to(web.url());
    EXPECT_EQ(error_of([&] { http.send({.method = "POST", .reads = true}, {}); })->code(), ErrorCode::unavailable);
    EXPECT_EQ(asked, 2);
}

TEST(ServerHttp, SilenceMayBeAnAnswer) {
    std::atomic<int> asked{0};
    FakeWeb web([&](const WebRequest&) -> WebAnswer {
        ++asked;
        return {.close = true};
    });
    const Call call{.method = "POST", .reads = true, .silence_is_answer = true};
    EXPECT_EQ(http_to(web.url()).send(call, {}, {0}).status, 0);
    EXPECT_EQ(asked, 1) << "a refusal asked for again";
    const auto nobody = http_to("http://127.0.0.1:" + std::to_string(closed_port()));
    EXPECT_EQ(error_of([&] { nobody.send(call, {}, {0}); })->code(), ErrorCode::unavailable);
}

TEST(ServerHttp, TheLoginGoesToNoOtherHost) {
    FakeWeb other([](const WebRequest&) -> WebAnswer {
        ADD_FAILURE() << "asked";
        return {};
    });
    FakeWeb web([](const WebRequest&) -> WebAnswer { return {}; });
    web.set_fault(Fault::redirect);
    const auto error = error_of([&] { http_to(web.url()).send({.query = {{"token", "s3cret"}}}, {}); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error->what(), HasSubstr("sends on to http://127.0.0.2:1/login"));
    EXPECT_THAT(error->what(), Not(HasSubstr("secret")));
}

TEST(ServerHttp, MessagesHoldNoLogin) {
    const std::string url = "http://alice:s3cret@127.0.0.1:" + std::to_string(closed_port());
    const auto error = error_of([&] { http_to(url).send({.query = {{"p", "s3cret"}}}, {}); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::unavailable);
    EXPECT_THAT(error->what(), Not(HasSubstr("s3cret")));
    EXPECT_THAT(error->what(), HasSubstr("Server at http://127.0.0.1:"));
}

TEST(ServerHttp, ADownloadGoesOnWhereItBroke) {
    const std::string audio = fake_audio(1);
    std::vector<std::string> ranges;
    FakeWeb web([&](const WebRequest& request) -> WebAnswer {
        ranges.push_back(request.header("range"));
        return {.type = "audio/flac", .body = audio};
    });
    const TempFolder folder;
    web.set_fault(Fault::cut);
    const auto http = http_to(web.url());
    const auto error = error_of([&] { http.fetch({}, folder.path() / "a", {}, {}); });
    ASSERT_TRUE(error) << "it never comes whole";
    EXPECT_EQ(error->code(), ErrorCode::unavailable);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "a"));
    EXPECT_EQ(ranges.front(), "");
    EXPECT_EQ(ranges.at(1), "bytes=50000-");
    web.set_fault(Fault::none);
    http.fetch({}, folder.path() / "a", {}, {});
    EXPECT_TRUE(contents(folder.path() / "a") == audio);
}

TEST(ServerHttp, ATextIsNoMusic) {
    FakeWeb web([&](const WebRequest& request) -> WebAnswer {
        if (request.path == "/typed") return {.type = "text/xml", .body = "<error/>"};
        return {.type = "audio/mpeg", .body = R"({"error":"all the same"})"};
    });
    const TempFolder folder;
    const auto http = http_to(web.url());
    for (const char* path : {"/typed", "/untyped"}) {
        std::string refused;
        const auto error = error_of([&] {
            http.fetch({.path = path}, folder.path() / "a", [&](const auto& answer) { refused = answer.body; }, {});
        });
        ASSERT_TRUE(error) << path;
        EXPECT_EQ(error->code(), ErrorCode::server_failed);
        EXPECT_THAT(refused, HasSubstr("error"));
        EXPECT_FALSE(std::filesystem::exists(folder.path() / "a"));
    }
}

}  // namespace
}  // namespace audiomuse::library
