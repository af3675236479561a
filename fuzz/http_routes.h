// Routes with a parameter of each kind, for the targets that read requests.
#pragma once

#include <vector>

#include "route.h"

namespace audiomuse::fuzz {

inline const std::vector<api::Route>& routes() {
    using namespace api;
    static const Handler nothing = [](Backend&, const Call&) { return Response(); };
    static const std::vector<Route> table = {
        {Method::get,
         "/api/things/{name}",
         "thing",
         nothing,
         Right::read,
         {{.name = "name", .in = In::path},
          {.name = "n", .type = ParamType::integer, .fallback = 10, .minimum = 1, .maximum = 200},
          {.name = "shown", .type = ParamType::boolean},
          {.name = "q"}}},
        {Method::get,
         "/api/things/{name}/of/{other}",
         "other",
         nothing,
         Right::read,
         {{.name = "name", .in = In::path}, {.name = "other", .in = In::path}, {.name = "q", .required = true}}},
        {Method::post,
         "/api/things",
         "makeThing",
         nothing,
         Right::read,
         {{.name = "text", .in = In::body, .type = ParamType::text, .required = true},
          {.name = "one", .in = In::body, .type = ParamType::text, .choices = {"a", "b"}},
          {.name = "whole", .in = In::body, .type = ParamType::integer, .minimum = 0, .maximum = 1000}}},
        {Method::post,
         "/api/more",
         "makeMore",
         nothing,
         Right::read,
         {{.name = "number", .in = In::body, .type = ParamType::number, .minimum = -1, .maximum = 1},
          {.name = "flag", .in = In::body, .type = ParamType::boolean},
          {.name = "list", .in = In::body, .type = ParamType::array},
          {.name = "object", .in = In::body, .type = ParamType::object},
          {.name = "any", .in = In::body, .type = ParamType::any}}},
    };
    return table;
}

}  // namespace audiomuse::fuzz
