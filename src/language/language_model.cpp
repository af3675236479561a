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
        const bool openai = access_.provider == Provider::openai;
        return fmt::format("{} of {}", access_.model, openai ? "the OpenAI server" : provider_name(access_.provider));
    }

    std::string ask(const Question& question, const CancelToken& cancel) override {
        const double until = steady_now() + std::chrono::duration<double>(access_.timeout).count();
        bool enforce = !question.schema.empty();
        auto wait = access_.first_pause;
        for (int retries = 0;;) {
            wrap::curl::Request request = request_of(access_, question, enforce);
            request.limits.stall = request.limits.total = time_left(until);
            const wrap::curl::Answer answer = send(request, cancel);
            if (answer.status == 200) return std::string(without_thoughts(text_of(access_.provider, answer.body)));
            // A server that does not know schemas may still follow the rules.
            if (enforce && (answer.status == 400 || answer.status == 422)) {
                enforce = false;
                continue;
            }
            const bool busy = answer.status == 429 || answer.status == 503;
            if (!busy || retries++ == access_.retries || wait >= time_left(until)) fail(answer);
            pause(wait, cancel);
            wait *= 2;
        }
    }

private:
    std::chrono::milliseconds time_left(double until) const {
        const auto left = std::chrono::milliseconds(static_cast<std::int64_t>((until - steady_now()) * 1000));
        if (left.count() <= 0) fail_late();
        return left;
    }

    [[noreturn]] void fail_late() const {
        throw Error(ErrorCode::timeout, fmt::format("{} does not answer in time.", provider_name(access_.provider)));
    }

    wrap::curl::Answer send(const wrap::curl::Request& request, const CancelToken& cancel) {
        const auto error = [&](ErrorCode code, std::string_view what) {
            return Error(code, fmt::format("{} {}", provider_name(access_.provider), what));
        };
        try {
            return client_.send(request, {}, cancel);
        } catch (const Error& problem) {
            // Said anew: the client names addresses.
            log::debug("{}", problem.what());
            switch (problem.code()) {
                case ErrorCode::cancelled:
                    throw;
                case ErrorCode::timeout:
                    fail_late();
                case ErrorCode::limit_exceeded:
                    throw error(problem.code(), "answers with more than is read of it.");
                case ErrorCode::permission_denied:
                    throw error(problem.code(), "is said to be at an address of the link, which is not connected to.");
                case ErrorCode::invalid_argument:
                    throw error(problem.code(),
                                "can't be asked: its address is none, or what answers there is no web server.");
                default:
                    throw error(problem.code(), "can't be reached. Is it running, and is its address right?");
            }
        }
    }

    [[noreturn]] void fail(const wrap::curl::Answer& answer) const {
        // Not where the service may repeat the key.
        const bool tells_key = !access_.key.empty() && answer.body.find(access_.key) != std::string::npos;
        log::debug("{} answered {}: {}", provider_name(access_.provider), answer.status,
                   tells_key ? "(holds the key)" : to_valid_utf8(answer.body.substr(0, kShownOfAnswer)));
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

ModelAccess model_access(Provider provider, const settings::Settings& s) {
    ModelAccess access{.provider = provider, .timeout = std::chrono::seconds(s.ai_request_timeout)};
    switch (provider) {
        case Provider::ollama:
            access.url = s.ollama_server_url;
            access.model = s.ollama_model_name;
            break;
        case Provider::openai:
            access.url = s.openai_server_url;
            access.model = s.openai_model_name;
            access.key = s.openai_api_key;
            break;
        case Provider::gemini:
            access.url = kGeminiUrl;
            access.model = s.gemini_model_name;
            access.key = s.gemini_api_key;
            break;
        case Provider::mistral:
            access.url = kMistralUrl;
            access.model = s.mistral_model_name;
            access.key = s.mistral_api_key;
            break;
    }
    return access;
}

std::optional<ModelAccess> model_access(const settings::Settings& s) {
    if (s.ai_model_provider == "none") return std::nullopt;
    if (s.ai_model_provider == "ollama") return model_access(Provider::ollama, s);
    if (s.ai_model_provider == "openai") return model_access(Provider::openai, s);
    if (s.ai_model_provider == "gemini") return model_access(Provider::gemini, s);
    return model_access(Provider::mistral, s);
}

}  // namespace audiomuse::language
