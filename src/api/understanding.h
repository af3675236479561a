// Who understands a request in words: a language model, or the rules.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "audiomuse/base/cancel.h"
#include "audiomuse/features/chat/plan.h"
#include "audiomuse/features/chat/request.h"
#include "audiomuse/language/language_model.h"
#include "backend.h"

namespace audiomuse::api {

struct ModelChoice {
    std::optional<language::ModelAccess> access = {};  ///< nothing: the rules
    std::string why_not = {};                          ///< a sentence, where a model was wished for
};

/// The model for a request that names a provider ("ollama", in any case; "" and "none") and a model, each "" for what
/// the settings say. Addresses and keys are those of the settings and no others, nothing is asked where the settings
/// name no provider, and of others than theirs only one with a key. Throws Error(invalid_argument) when a provider
/// lacks what it needs.
ModelChoice choose_model(const settings::Settings& settings, std::string_view provider = {},
                         std::string_view model = {});

struct Understood {
    features::Request request;
    std::string by = {};   ///< the model's name; empty: the rules
    std::string why = {};  ///< a sentence: why the rules, where a model was to
};

/// Told while it is being understood, a sentence at a time.
using Tell = std::function<void(const std::string& line)>;

/// The model is asked twice at most, and in the time of one answer; whatever goes wrong, the rules take over. May wait
/// for minutes, without any lock. Throws Error(cancelled), and what the store throws.
Understood understand_request(Backend& backend, std::string_view text, const ModelChoice& model,
                              const features::PlanTools& tools, const Tell& tell, const CancelToken& cancel);

}  // namespace audiomuse::api
