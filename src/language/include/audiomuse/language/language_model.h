// A language model that somebody else runs.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "audiomuse/base/cancel.h"
#include "audiomuse/settings/settings.h"

namespace audiomuse::language {

/// Used by one thread at a time.
class LanguageModel {
public:
    virtual ~LanguageModel() = default;
    /// What people call it: "llama3.1:8b of Ollama".
    virtual std::string name() const = 0;
    /// The answer to one question, as text. A service that is too busy is asked again, three times at most, after 5, 10
    /// and 20 seconds. Throws Error: unavailable (no such host, refused, too busy), timeout, login_refused,
    /// permission_denied, not_found (no such model), server_failed (no or another answer), cancelled.
    virtual std::string ask(const std::string& prompt, const CancelToken& cancel) = 0;
};

enum class Provider { ollama, openai, gemini, mistral };

struct ModelAccess {
    Provider provider = Provider::ollama;
    std::string url;    ///< of the request; of Gemini up to the name of the model
    std::string model;  ///< as the service calls it
    std::string key;    ///< empty: none is sent
    std::chrono::milliseconds timeout{300'000};
    std::chrono::milliseconds first_pause{5'000};  ///< before a busy service is asked again; doubles
};

/// Throws Error(invalid_argument) for an address that is no http or https URL, or holds a user or password, and for a
/// service that needs a key and has none.
std::unique_ptr<LanguageModel> open_language_model(const ModelAccess& access);

/// What the settings AI_MODEL_PROVIDER and those of this provider say; null for "none". Throws as above.
std::unique_ptr<LanguageModel> open_language_model(const settings::Settings& settings);

}  // namespace audiomuse::language
