// What the services want to be sent, and what they answer.
#pragma once

#include <string>
#include <string_view>

#include "audiomuse/language/language_model.h"
#include "audiomuse/wrap/curl/http_client.h"

namespace audiomuse::language {

/// Throws Error(invalid_argument) as open_language_model does.
void check(const ModelAccess& access);

/// The request for one answer in one piece. Keys are in headers only, which never follow a redirect. `enforce`: the
/// service is told the schema of the question, where it has one.
wrap::curl::Request request_of(const ModelAccess& access, const Question& question, bool enforce = true);

/// The text in the body of an answer of status 200. Throws Error(server_failed) for a body that has none.
std::string text_of(Provider provider, std::string_view body);

/// What follows the last mark by which a model ends what it thinks before it answers.
std::string_view without_thoughts(std::string_view text);

}  // namespace audiomuse::language
