// How the answers of tests/contract are compared with what they must be; tests/contract/README.md tells the notation.
#pragma once

#include <map>
#include <string>

#include "json.h"

namespace audiomuse::api::testing {

/// Values of earlier answers, by the names that steps give them.
using Saved = std::map<std::string, std::string>;

/// `text` with every {{name}} replaced.
std::string fill_in(std::string text, const Saved& saved);

/// Where `actual` is not as `expected`, as a sentence; "" when it is. `at` is the place of both in the answer.
std::string difference(const json::value& expected, const json::value& actual, const Saved& saved,
                       const std::string& at = "");

/// Which of the rules of all JSON answers this one breaks, as a sentence; "" when none: ids are no numbers, a success
/// has no "error", a failure says something.
std::string broken_rule(const json::value& answer, int status);

}  // namespace audiomuse::api::testing
