#include "audiomuse/language/language_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "audiomuse/base/error.h"
#include "protocol.h"
#include "support/stand_in_model.h"

namespace audiomuse::language {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_support::StandInModel;
using Answers = std::vector<StandInModel::Answer>;

ModelAccess access_to(const std::string& url, Provider provider = Provider::openai, const std::string& key = "hush") {
    return {.provider = provider,
            .url = url,
            .model = "m1",
            .key = key,
            .timeout = std::chrono::milliseconds(20'000),
            .first_pause = std::chrono::milliseconds(1)};
}

Error error_of(const ModelAccess& access, const CancelToken& cancel = {}) {
    try {
        open_language_model(access)->ask("?", cancel);
    } catch (const Error& error) {
        return error;
    }
    return Error(ErrorCode::internal, "no error");
}

constexpr const char* kChat = R"({"choices":[{"message":{"content":"Night Bus"}}]})";

TEST(LanguageModel, AsksEachServiceInItsWords) {
    const auto exchange = [](Provider provider, const std::string& answer) {
        StandInModel server(Answers{{"200 OK", answer}});
        EXPECT_EQ(open_language_model(access_to(server.url("/api"), provider))->ask("A name?", {}), "Night Bus");
        return server.asked().at(0);
    };
    const auto ollama = exchange(Provider::ollama, R"({"response":"Night Bus","done":true})");
    EXPECT_THAT(ollama.head, HasSubstr("POST /api HTTP"));
    EXPECT_EQ(boost::json::parse(ollama.body).at("prompt").as_string(), "A name?");
    EXPECT_EQ(boost::json::parse(ollama.body).at("stream").as_bool(), false);

    const auto openai = exchange(Provider::openai, kChat);
    EXPECT_THAT(openai.head, HasSubstr("Authorization: Bearer hush\r\n"));
    const boost::json::value chat = boost::json::parse(openai.body);
    EXPECT_EQ(chat.at("model").as_string(), "m1");
    EXPECT_EQ(chat.at("messages").at(0).at("role").as_string(), "user");
    EXPECT_EQ(chat.at("messages").at(0).at("content").as_string(), "A name?");

    const auto gemini =
        exchange(Provider::gemini, R"({"candidates":[{"content":{"parts":[{"text":"Night"},{"text":" Bus"}]}}]})");
    EXPECT_THAT(gemini.head, HasSubstr("POST /api/m1:generateContent HTTP"));
    EXPECT_THAT(gemini.head, HasSubstr("x-goog-api-key: hush\r\n"));
    EXPECT_THAT(gemini.head, Not(HasSubstr("Authorization")));
    EXPECT_EQ(boost::json::parse(gemini.body).at("contents").at(0).at("parts").at(0).at("text").as_string(), "A name?");

    EXPECT_THAT(exchange(Provider::mistral, kChat).head, HasSubstr("Authorization: Bearer hush\r\n"));
}

TEST(LanguageModel, SendsNoKeyWhereThereIsNone) {
    StandInModel server(Answers{{"200 OK", kChat}});
    open_language_model(access_to(server.url("/v1"), Provider::openai, ""))->ask("?", {});
    EXPECT_THAT(server.asked().at(0).head, Not(HasSubstr("Authorization")));
}

TEST(LanguageModel, AsksABusyServiceAgain) {
    StandInModel server(Answers{{"429 Too Many Requests", ""}, {"503 Service Unavailable", ""}, {"200 OK", kChat}});
    EXPECT_EQ(open_language_model(access_to(server.url("/v1")))->ask("?", {}), "Night Bus");
    EXPECT_EQ(server.asked().size(), 3U);
    StandInModel busy(Answers{{"429 Too Many Requests", ""}});
    EXPECT_EQ(error_of(access_to(busy.url("/v1"))).code(), ErrorCode::unavailable);
    EXPECT_EQ(busy.asked().size(), 4U);
}

TEST(LanguageModel, SaysWhatIsWrongAndNeverTheKey) {
    const std::vector<std::pair<std::string, ErrorCode>> cases = {
        {"401 Unauthorized", ErrorCode::login_refused}, {"403 Forbidden", ErrorCode::permission_denied},
        {"404 Not Found", ErrorCode::not_found},        {"500 Internal Server Error", ErrorCode::server_failed},
        {"400 Bad Request", ErrorCode::server_failed},  {"302 Found", ErrorCode::server_failed},
    };
    for (const auto& [status, code] : cases) {
        StandInModel server(Answers{{status, "the key hush is wrong"}});
        const Error error = error_of(access_to(server.url("/v1")));
        EXPECT_EQ(error.code(), code) << status;
        EXPECT_THAT(error.what(), Not(HasSubstr("hush")));
    }
    for (const char* answer :
         {"", "<html>", "{}", R"({"choices":[]})", R"({"choices":[{"message":{"content":" "}}]})"}) {
        StandInModel server(Answers{{"200 OK", answer}});
        EXPECT_EQ(error_of(access_to(server.url("/v1"))).code(), ErrorCode::server_failed) << answer;
    }
    EXPECT_EQ(error_of(access_to("http://127.0.0.1:1/v1")).code(), ErrorCode::unavailable);
}

TEST(LanguageModel, DoesNotCarryTheKeyToAnotherHost) {
    StandInModel other(Answers{{"200 OK", kChat}});
    StandInModel server(Answers{{"307 Temporary Redirect", "", "Location: " + other.url("/v1") + "\r\n"}});
    EXPECT_EQ(error_of(access_to(server.url("/v1"))).code(), ErrorCode::server_failed);
    EXPECT_TRUE(other.asked().empty());
}

TEST(LanguageModel, CanBeCancelledWhileItWaits) {
    StandInModel server(Answers{{"429 Too Many Requests", ""}});
    ModelAccess access = access_to(server.url("/v1"));
    access.first_pause = std::chrono::hours(1);
    CancelSource source;
    std::thread canceller([&] {
        while (server.asked().empty())
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        source.cancel();
    });
    EXPECT_EQ(error_of(access, source.token()).code(), ErrorCode::cancelled);
    canceller.join();
}

TEST(LanguageModel, RefusesAddressesThatAreNone) {
    for (const char* url : {"", "localhost:11434", "ftp://host/x", "file:///etc/passwd", "http://", "http:///x",
                            "https://user:secret@host/v1"}) {
        EXPECT_EQ(error_of(access_to(url)).code(), ErrorCode::invalid_argument) << url;
    }
    EXPECT_THROW(open_language_model(access_to("https://host", Provider::gemini, "")), Error);
    EXPECT_THROW(open_language_model(access_to("https://host", Provider::mistral, "")), Error);
    ModelAccess nameless = access_to("https://host");
    nameless.model.clear();
    EXPECT_THROW(open_language_model(nameless), Error);
}

TEST(LanguageModel, IsMadeFromSettings) {
    settings::Settings settings;
    EXPECT_EQ(open_language_model(settings), nullptr) << "nothing is sent anywhere unless somebody says so";
    settings.ai_model_provider = "ollama";
    EXPECT_EQ(open_language_model(settings)->name(), "llama3.1:8b of Ollama");
    settings.ai_model_provider = "gemini";
    EXPECT_THROW(open_language_model(settings), Error) << "without a key";
    settings.gemini_api_key = "k";
    EXPECT_EQ(open_language_model(settings)->name(), "gemini-2.5-pro of Gemini");
    settings.ai_model_provider = "mistral";
    settings.mistral_api_key = "k";
    EXPECT_EQ(open_language_model(settings)->name(), "ministral-3b-latest of Mistral");
    settings.ai_model_provider = "openai";
    settings.openai_server_url = "http://nas:8080/v1/chat/completions";
    settings.openai_model_name = "local";
    EXPECT_EQ(open_language_model(settings)->name(), "local of The OpenAI server");
}

TEST(WithoutThoughts, KeepsTheAnswer) {
    EXPECT_EQ(without_thoughts("<think>Let me see ... \"Rain\"?</think>\nNight Bus\n"), "Night Bus");
    EXPECT_EQ(without_thoughts("[INST] name it [/INST] Night Bus"), "Night Bus");
    EXPECT_EQ(without_thoughts("[THOUGHT] hm [/THOUGHT]Night Bus"), "Night Bus");
    EXPECT_EQ(without_thoughts("Night Bus"), "Night Bus");
    EXPECT_EQ(without_thoughts("<think>nothing else</think>"), "");
}

}  // namespace
}  // namespace audiomuse::language
