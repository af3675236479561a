#include "audiomuse/language/language_model.h"

#include <fmt/format.h>

#include <thread>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "protocol.h"

namespace audiomuse::language {
namespace {

constexpr int kMostRetries = 3;
constexpr std::size_t kShownOfAnswer = 200;
constexpr const char* kGeminiUrl = "https://generativelanguage.googleapis.com/v1beta/models";
constexpr const char* kMistralUrl = "https://api.mistral.ai/v1/chat/completions";

void pause(std::chrono::milliseconds time, const CancelToken& cancel) {
    constexpr std::chrono::milliseconds kLook{100};
    for (; time.count() > 0; time -= kLook) {
        cancel.check();
        std::this_thread::sleep_for(std::min(time, kLook));
    }
}

class HttpModel final : public LanguageModel {
public:
    explicit HttpModel(ModelAccess access) : access_(std::move(access)) { check(access_); }

    std::string name() const override {
        return fmt::format("{} of {}", access_.model, provider_name(access_.provider));
    }

    std::string ask(const std::string& prompt, const CancelToken& cancel) override {
        const wrap::curl::Request request = request_of(access_, prompt);
        auto wait = access_.first_pause;
        for (int retries = 0;; ++retries, wait *= 2) {
            const wrap::curl::Answer answer = send(request, cancel);
            const bool busy = answer.status == 429 || answer.status == 503;
            if (!busy || retries == kMostRetries) {
                if (answer.status != 200) fail(answer);
                return std::string(without_thoughts(text_of(access_.provider, answer.body)));
            }
            pause(wait, cancel);
        }
    }

private:
    wrap::curl::Answer send(const wrap::curl::Request& request, const CancelToken& cancel) {
        try {
            return client_.send(request, {}, cancel);
        } catch (const Error& error) {
            if (error.code() == ErrorCode::timeout)
                throw Error(error.code(), fmt::format("{} does not answer in time.", provider_name(access_.provider)));
            if (error.code() == ErrorCode::unavailable) {
                throw Error(error.code(), fmt::format("{} can't be reached. Is it running, and is its address right?",
                                                      provider_name(access_.provider)));
            }
            throw;
        }
    }

    [[noreturn]] void fail(const wrap::curl::Answer& answer) const {
        log::debug("{} answered {}: {}", provider_name(access_.provider), answer.status,
                   to_valid_utf8(answer.body.substr(0, kShownOfAnswer)));
        const auto error = [&](ErrorCode code, std::string_view what) {
            return Error(code, fmt::format("{} {} (status {}).", provider_name(access_.provider), what, answer.status));
        };
        switch (answer.status) {
            case 401:
                throw error(ErrorCode::login_refused, "refuses the API key");
            case 403:
                throw error(ErrorCode::permission_denied, "does not let this API key do that");
            case 404:
                throw error(ErrorCode::not_found,
                            fmt::format("knows no model {}, or its address is wrong", access_.model));
            case 429:
            case 503:
                throw error(ErrorCode::unavailable, "is too busy");
            default:
                throw error(ErrorCode::server_failed, "failed to answer");
        }
    }

    ModelAccess access_;
    wrap::curl::HttpClient client_;
};

}  // namespace

std::unique_ptr<LanguageModel> open_language_model(const ModelAccess& access) {
    return std::make_unique<HttpModel>(access);
}

std::unique_ptr<LanguageModel> open_language_model(const settings::Settings& s) {
    ModelAccess access;
    if (s.ai_model_provider == "none") return nullptr;
    if (s.ai_model_provider == "ollama") {
        access = {.provider = Provider::ollama, .url = s.ollama_server_url, .model = s.ollama_model_name, .key = {}};
    } else if (s.ai_model_provider == "openai") {
        access = {.provider = Provider::openai,
                  .url = s.openai_server_url,
                  .model = s.openai_model_name,
                  .key = s.openai_api_key};
    } else if (s.ai_model_provider == "gemini") {
        access = {
            .provider = Provider::gemini, .url = kGeminiUrl, .model = s.gemini_model_name, .key = s.gemini_api_key};
    } else {
        access = {
            .provider = Provider::mistral, .url = kMistralUrl, .model = s.mistral_model_name, .key = s.mistral_api_key};
    }
    access.timeout = std::chrono::seconds(s.ai_request_timeout);
    return open_language_model(access);
}

}  // namespace audiomuse::language
