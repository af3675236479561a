#include "protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"

namespace audiomuse::language {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 3> kEndsOfThought = {"</think>", "[/INST]", "[/THOUGHT]"};
constexpr double kTemperature = 0.7;
constexpr double kHostedTemperature = 0.9;
constexpr int kMostTokens = 8000;  // what models think before they answer counts, too
constexpr std::uint64_t kLargestAnswer = 4 << 20;
constexpr std::uint64_t kLargestAnswerBySchema = 256 << 10;
constexpr std::string_view kOpenAi = "https://api.openai.com/";
constexpr std::size_t kLongestModelName = 200;

/// Gemini's dialect of schemas: no additionalProperties, and "nullable" for a type that may be null.
json::value in_geminis_dialect(const json::value& schema) {
    if (const json::array* list = schema.if_array()) {
        json::array adapted;
        for (const json::value& each : *list)
            adapted.push_back(in_geminis_dialect(each));
        return adapted;
    }
    const json::object* fields = schema.if_object();
    if (fields == nullptr) return schema;
    json::object adapted;
    for (const auto& [name, value] : *fields) {
        if (name == "additionalProperties") continue;
        if (name == "type" && value.is_array()) {
            adapted["type"] = value.get_array().at(0);
            adapted["nullable"] = true;
        } else {
            adapted[name] = in_geminis_dialect(value);
        }
    }
    return adapted;
}

json::object chat(const ModelAccess& access, const Question& question, bool enforce, double temperature) {
    json::array messages;
    if (!question.rules.empty()) messages.push_back({{"role", "system"}, {"content", question.rules}});
    messages.push_back({{"role", "user"}, {"content", question.text}});
    json::object body = {{"model", access.model}, {"messages", std::move(messages)}, {"stream", false}};
    // Who refuses a schema may refuse these as well: models that think have a temperature of their own.
    if (enforce || question.schema.empty()) {
        body["temperature"] = temperature;
        body["max_tokens"] = kMostTokens;
    }
    if (enforce) {
        body["response_format"] = {
            {"type", "json_schema"},
            {"json_schema", {{"name", "answer"}, {"strict", true}, {"schema", json::parse(question.schema)}}}};
    }
    return body;
}

json::object ollama_body(const ModelAccess& access, const Question& question, bool enforce, double temperature) {
    json::object body = {{"model", access.model},
                         {"prompt", question.text},
                         {"stream", false},
                         {"options", {{"temperature", temperature}, {"num_predict", kMostTokens}}}};
    if (!question.rules.empty()) body["system"] = question.rules;
    if (enforce) {
        body["format"] = json::parse(question.schema);
        body["think"] = false;  // a schema holds for what is thought, too
    }
    return body;
}

json::object gemini_body(const Question& question, bool enforce, double temperature) {
    const auto told = [](const std::string& text) {
        return json::object{{"parts", json::array{json::object{{"text", text}}}}};
    };
    json::object config = {{"temperature", temperature}, {"maxOutputTokens", kMostTokens}};
    if (enforce) {
        config["responseMimeType"] = "application/json";
        config["responseSchema"] = in_geminis_dialect(json::parse(question.schema));
    }
    json::object body = {{"contents", json::array{told(question.text)}}, {"generationConfig", std::move(config)}};
    if (!question.rules.empty()) body["systemInstruction"] = told(question.rules);
    return body;
}

json::object body_of(const ModelAccess& access, const Question& question, bool enforce) {
    const bool hosted = access.provider == Provider::gemini || access.provider == Provider::mistral;
    const double temperature = !question.schema.empty() ? 0 : hosted ? kHostedTemperature : kTemperature;
    switch (access.provider) {
        case Provider::ollama:
            return ollama_body(access, question, enforce, temperature);
        case Provider::gemini:
            return gemini_body(question, enforce, temperature);
        case Provider::openai:
        case Provider::mistral:
            break;
    }
    return chat(access, question, enforce, temperature);
}

/// Names of models go into addresses: a path of plain words.
bool is_model_name(std::string_view name) {
    constexpr std::string_view kMarks = "._:/@+-";
    const auto plain = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               kMarks.find(c) != std::string_view::npos;
    };
    return !name.empty() && name.size() <= kLongestModelName && std::ranges::all_of(name, plain) &&
           name.find("..") == std::string_view::npos;
}

/// The texts of all parts, one after another: a long answer comes in several.
std::string joined_parts(const json::value& parts) {
    std::string text;
    for (const json::value& part : parts.as_array()) {
        if (const json::value* piece = part.as_object().if_contains("text")) text += std::string(piece->as_string());
    }
    return text;
}

}  // namespace

std::string_view provider_name(Provider provider) {
    switch (provider) {
        case Provider::ollama:
            return "Ollama";
        case Provider::gemini:
            return "Gemini";
        case Provider::mistral:
            return "Mistral";
        case Provider::openai:
            break;
    }
    return "The OpenAI server";
}

void check(const ModelAccess& access) {
    const auto refuse = [&](std::string_view what) {
        throw Error(ErrorCode::invalid_argument, fmt::format("{} {}", provider_name(access.provider), what));
    };
    const std::string_view url = access.url;
    const std::size_t scheme = url.find("://");
    const std::string_view rest = scheme == std::string_view::npos ? "" : url.substr(scheme + 3);
    const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
    if (!(url.starts_with("http://") || url.starts_with("https://")) || host.empty())
        refuse("needs an address that begins with http:// or https:// and names a host.");
    if (host.find('@') != std::string_view::npos) refuse("takes a key, and no user and password in its address.");
    if (!is_model_name(access.model)) refuse("needs the name of a model.");
    const bool hosted = access.provider == Provider::gemini || access.provider == Provider::mistral ||
                        (access.provider == Provider::openai && url.starts_with(kOpenAi));
    if (hosted && access.key.empty()) refuse("needs an API key.");
}

wrap::curl::Request request_of(const ModelAccess& access, const Question& question, bool enforce) {
    const bool by_schema = !question.schema.empty();
    wrap::curl::Request request{.method = "POST",
                                .url = access.url,
                                .headers = {{"Content-Type", "application/json"}, {"Expect", ""}},
                                .body = json::serialize(body_of(access, question, by_schema && enforce)),
                                .follow_redirects = false};
    request.limits.stall = access.timeout;  // nothing comes until the answer is whole
    request.limits.total = access.timeout;
    request.limits.bytes = by_schema ? kLargestAnswerBySchema : kLargestAnswer;
    if (access.provider == Provider::gemini) {
        request.url += fmt::format("/{}:generateContent", access.model);
        request.headers.emplace_back("x-goog-api-key", access.key);
    } else if (!access.key.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + access.key);
    }
    return request;
}

std::string text_of(Provider provider, std::string_view body) {
    try {
        // A long word of the model may be cut in the middle of a character.
        const json::value answer = json::parse(to_valid_utf8(body));
        std::string text;
        switch (provider) {
            case Provider::ollama:
                text = std::string(answer.at("response").as_string());
                break;
            case Provider::gemini:
                text = joined_parts(answer.at("candidates").at(0).at("content").at("parts"));
                break;
            case Provider::openai:
            case Provider::mistral:
                text = std::string(answer.at("choices").at(0).at("message").at("content").as_string());
                break;
        }
        if (!trim(text).empty()) return text;
    } catch (const std::exception&) {  // another document than the protocol's
    }
    throw Error(ErrorCode::server_failed, fmt::format("{} gave no answer.", provider_name(provider)));
}

std::string_view without_thoughts(std::string_view text) {
    for (const std::string_view end : kEndsOfThought) {
        if (const std::size_t at = text.rfind(end); at != std::string_view::npos) text = text.substr(at + end.size());
    }
    return trim(text);
}

}  // namespace audiomuse::language
