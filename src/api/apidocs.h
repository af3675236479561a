#pragma once

#include <string_view>

namespace audiomuse::api {

/// The page at /apidocs/, which draws the OpenAPI document, and its script.
extern const std::string_view kApiPage;
extern const std::string_view kApiPageScript;

}  // namespace audiomuse::api
