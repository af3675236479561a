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
        open_language_model(access)->ask({.text = "?"}, cancel);
    } catch (const Error& error) {
        return error;
    }
    return Error(ErrorCode::internal, "no error");
}

constexpr const char* kChat = R"({"choices":[{"message":{"content":"Night Bus"}}]})";

TEST(LanguageModel, AsksEachServiceInItsWords) {
    const auto exchange = [](Provider provider, const std::string& answer) {
        StandInModel server(Answers{{"200 OK", answer}});
        EXPECT_EQ(open_language_model(access_to(server.url("/api"), provider))->ask({.text = "A name?"}, {}),
                  "Night Bus");
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
    open_language_model(access_to(server.url("/v1"), Provider::openai, ""))->ask({.text = "?"}, {});
    EXPECT_THAT(server.asked().at(0).head, Not(HasSubstr("Authorization")));
}

TEST(LanguageModel, AsksABusyServiceAgain) {
    StandInModel server(Answers{{"429 Too Many Requests", ""}, {"503 Service Unavailable", ""}, {"200 OK", kChat}});
    EXPECT_EQ(open_language_model(access_to(server.url("/v1")))->ask({.text = "?"}, {}), "Night Bus");
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
    access.timeout = std::chrono::hours(2);
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
    EXPECT_FALSE(model_access(settings)) << "nothing is sent anywhere unless somebody says so";
    const auto name = [&] { return open_language_model(*model_access(settings))->name(); };
    settings.ai_model_provider = "ollama";
    EXPECT_EQ(name(), "llama3.1:8b of Ollama");
    settings.ai_model_provider = "gemini";
    EXPECT_THROW(name(), Error) << "without a key";
    settings.gemini_api_key = "k";
    EXPECT_EQ(name(), "gemini-2.5-pro of Gemini");
    settings.ai_model_provider = "mistral";
    settings.mistral_api_key = "k";
    EXPECT_EQ(name(), "ministral-3b-latest of Mistral");
    settings.ai_model_provider = "openai";
    EXPECT_THROW(name(), Error) << "OpenAI itself needs a key";
    settings.openai_server_url = "http://nas:8080/v1/chat/completions";
    settings.openai_model_name = "local";
    EXPECT_EQ(name(), "local of the OpenAI server");
    EXPECT_EQ(model_access(Provider::mistral, settings).key, "k");
}

constexpr const char* kSchema =
    R"({"type":"object","properties":{"n":{"type":["number","null"]}},"required":["n"],"additionalProperties":false})";

TEST(LanguageModel, HasEachServiceFollowASchema) {
    const auto exchange = [](Provider provider, const std::string& answer) {
        StandInModel server(Answers{{"200 OK", answer}});
        const Question question{.text = "How many?", .rules = "Count.", .schema = kSchema};
        EXPECT_EQ(open_language_model(access_to(server.url("/api"), provider))->ask(question, {}), R"({"n":1})");
        return boost::json::parse(server.asked().at(0).body);
    };
    const boost::json::value schema = boost::json::parse(kSchema);
    const char* const chat = R"({"choices":[{"message":{"content":"{\"n\":1}"}}]})";

    const auto ollama = exchange(Provider::ollama, R"({"response":"{\"n\":1}"})");
    EXPECT_EQ(ollama.at("format"), schema);
    EXPECT_EQ(ollama.at("system"), "Count.");
    EXPECT_EQ(ollama.at("options").at("temperature"), 0.0);

    for (const Provider provider : {Provider::openai, Provider::mistral}) {
        const auto asked = exchange(provider, chat);
        EXPECT_EQ(asked.at("response_format").at("type"), "json_schema");
        EXPECT_EQ(asked.at("response_format").at("json_schema").at("schema"), schema);
        EXPECT_EQ(asked.at("messages").at(0).at("role"), "system");
        EXPECT_EQ(asked.at("messages").at(1).at("content"), "How many?");
        EXPECT_EQ(asked.at("temperature"), 0.0);
    }

    const auto gemini = exchange(Provider::gemini, R"({"candidates":[{"content":{"parts":[{"text":"{\"n\":1}"}]}}]})");
    EXPECT_EQ(gemini.at("generationConfig").at("responseSchema"),
              boost::json::parse(
                  R"({"type":"object","properties":{"n":{"type":"number","nullable":true}},"required":["n"]})"));
    EXPECT_EQ(gemini.at("systemInstruction").at("parts").at(0).at("text"), "Count.");
    EXPECT_EQ(gemini.at("generationConfig").at("temperature"), 0.0);
}

TEST(LanguageModel, DoesWithoutTheSchemaWhereAServerRefusesIt) {
    StandInModel server(Answers{{"400 Bad Request", "unknown field"}, {"200 OK", kChat}});
    const Question question{.text = "?", .schema = kSchema};
    EXPECT_EQ(open_language_model(access_to(server.url("/v1")))->ask(question, {}), "Night Bus");
    for (const char* field : {"response_format", "temperature", "max_tokens"}) {
        EXPECT_TRUE(boost::json::parse(server.asked().at(0).body).as_object().contains(field));
        EXPECT_FALSE(boost::json::parse(server.asked().at(1).body).as_object().contains(field));
    }
    StandInModel stubborn(Answers{{"400 Bad Request", "no"}});
    EXPECT_THROW(open_language_model(access_to(stubborn.url("/v1")))->ask(question, {}), Error);
    EXPECT_EQ(stubborn.asked().size(), 2U);
}

TEST(LanguageModel, ReadsNoMoreThanAnAnswerBySchemaMayBe) {
    StandInModel server(Answers{{"200 OK", std::string(1 << 20, ' ') + kChat}});
    const auto model = open_language_model(access_to(server.url("/v1")));
    EXPECT_EQ(model->ask({.text = "?"}, {}), "Night Bus");
    try {
        model->ask({.text = "?", .schema = kSchema}, {});
        ADD_FAILURE() << "a megabyte was read";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::limit_exceeded);
        EXPECT_THAT(error.what(), Not(HasSubstr("127.0.0.1")));
    }
}

TEST(LanguageModel, IsNeverAskedAtAnAddressOfTheLink) {
    for (const char* url :
         {"http://169.254.169.254/v1", "http://2852039166/v1", "http://0xA9FEA9FE/v1", "http://[fe80::1%25lo]/v1",
          "http://[::ffff:169.254.169.254]/v1", "http://[fd00:ec2::254]/v1", "http://100.100.100.200/v1"}) {
        const Error error = error_of(access_to(url));
        EXPECT_EQ(error.code(), ErrorCode::permission_denied) << url << ": " << error.what();
    }
}

TEST(LanguageModel, TakesNoNameOfAModelThatLeadsElsewhere) {
    for (const char* name : {"../../v1/files", "m?key=1", "m#", "m 1", "m\n", ""}) {
        ModelAccess access = access_to("https://host", Provider::gemini);
        access.model = name;
        EXPECT_THROW(open_language_model(access), Error) << name;
    }
}

TEST(LanguageModel, TakesNoLongerThanItsTimeHoweverBusyTheServiceIs) {
    StandInModel server(Answers{{"503 Service Unavailable", ""}});
    ModelAccess access = access_to(server.url("/v1"));
    access.timeout = std::chrono::milliseconds(1'000);
    access.first_pause = std::chrono::hours(1);
    EXPECT_EQ(error_of(access).code(), ErrorCode::unavailable);
    EXPECT_EQ(server.asked().size(), 1U);
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
