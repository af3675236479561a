#include "protocol.h"

#include <fmt/format.h>

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

json::object chat(const ModelAccess& access, const std::string& prompt, double temperature) {
    return {{"model", access.model},
            {"messages", json::array{json::object{{"role", "user"}, {"content", prompt}}}},
            {"stream", false},
            {"temperature", temperature},
            {"max_tokens", kMostTokens}};
}

json::object body_of(const ModelAccess& access, const std::string& prompt) {
    switch (access.provider) {
        case Provider::ollama:
            return {{"model", access.model},
                    {"prompt", prompt},
                    {"stream", false},
                    {"options", {{"temperature", kTemperature}, {"num_predict", kMostTokens}}}};
        case Provider::gemini:
            return {{"contents", json::array{json::object{{"parts", json::array{json::object{{"text", prompt}}}}}}},
                    {"generationConfig", {{"temperature", kHostedTemperature}, {"maxOutputTokens", kMostTokens}}}};
        case Provider::mistral:
            return chat(access, prompt, kHostedTemperature);
        case Provider::openai:
            break;
    }
    return chat(access, prompt, kTemperature);
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
    if (access.model.empty()) refuse("needs the name of a model.");
    const bool hosted = access.provider == Provider::gemini || access.provider == Provider::mistral;
    if (hosted && access.key.empty()) refuse("needs an API key.");
}

wrap::curl::Request request_of(const ModelAccess& access, const std::string& prompt) {
    wrap::curl::Request request{.method = "POST",
                                .url = access.url,
                                .headers = {{"Content-Type", "application/json"}, {"Expect", ""}},
                                .body = json::serialize(body_of(access, prompt)),
                                .follow_redirects = false};
    request.limits.stall = access.timeout;  // nothing comes until the answer is whole
    request.limits.total = access.timeout;
    request.limits.bytes = kLargestAnswer;
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
        const json::value answer = json::parse(body);
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
