// A language model that somebody else runs.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "audiomuse/base/cancel.h"
#include "audiomuse/settings/settings.h"

namespace audiomuse::language {

struct Question {
    std::string text;
    std::string rules = {};   ///< what holds for the answer, said before the text and apart from it
    std::string schema = {};  ///< JSON Schema of the answer, as JSON; empty: the answer is prose
};

/// Used by one thread at a time.
class LanguageModel {
public:
    virtual ~LanguageModel() = default;
    /// What people call it: "llama3.1:8b of Ollama".
    virtual std::string name() const = 0;
    /// The answer to one question, as text. With a schema the service is made to follow it, as far as it can be, and
    /// the likeliest answer is taken; what comes is still to be checked. A service that is too busy is asked again.
    /// Throws Error: unavailable (no such host, refused, too busy), timeout, login_refused, permission_denied (the key,
    /// or the address), not_found (no such model), limit_exceeded (too long an answer), server_failed (no or another
    /// answer), cancelled. No message has a key or an address.
    virtual std::string ask(const Question& question, const CancelToken& cancel) = 0;
};

enum class Provider { ollama, openai, gemini, mistral };
/// "Ollama", "Gemini", ...
std::string_view provider_name(Provider provider);

struct ModelAccess {
    Provider provider = Provider::ollama;
    std::string url;                               ///< of the request; of Gemini up to the name of the model
    std::string model;                             ///< as the service calls it
    std::string key;                               ///< empty: none is sent
    std::chrono::milliseconds timeout{300'000};    ///< for all that one question takes
    std::chrono::milliseconds first_pause{5'000};  ///< before a busy service is asked again; doubles
    int retries = 3;                               ///< of a busy service
};

/// What the settings say of a provider.
ModelAccess model_access(Provider provider, const settings::Settings& settings);
/// Of the provider that AI_MODEL_PROVIDER names; nothing for "none".
std::optional<ModelAccess> model_access(const settings::Settings& settings);

/// Throws Error(invalid_argument) for an address that is no http or https URL, or holds a user or password, for a name
/// that no model has, and for a service that needs a key and has none.
std::unique_ptr<LanguageModel> open_language_model(const ModelAccess& access);

}  // namespace audiomuse::language
