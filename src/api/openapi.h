// The OpenAPI 3 document: the route table, and what each route means.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "json.h"
#include "route.h"

namespace audiomuse::api {

/// What the table does not say about a route.
struct RouteDescription {
    std::string_view route;  ///< Route::name
    std::string_view tag;
    std::string_view summary;
    int status = 200;  ///< of success
    std::string_view answer;
    std::vector<int> errors;
    std::string_view media_type = "application/json";
};
std::span<const RouteDescription> route_descriptions();

/// Throws std::logic_error when a route has no description.
json::object openapi_document(std::span<const Route> routes, std::string_view version);

}  // namespace audiomuse::api
