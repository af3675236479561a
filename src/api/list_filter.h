// The filter of lists as requests give it.
#pragma once

#include <vector>

#include "audiomuse/features/common/list_filter.h"
#include "backend.h"
#include "route.h"

namespace audiomuse::api {

/// Adds a parameter for each field of a filter to those of a route that is asked by query. A field whose name the route
/// uses for something else is called "filter_<name>" there; "server" is left to the route where it has one itself.
std::vector<Param> with_filter(std::vector<Param> params);
/// The same without what says which tracks may stand in one list together: for lists of what there is.
std::vector<Param> with_criteria(std::vector<Param> params);
/// Adds the object `filter` to the body of a route.
std::vector<Param> with_body_filter(std::vector<Param> params);

/// For lists of what there is: features::default_filter with what the request says, from its query or from `filter` in
/// its body, where names may be a list and numbers may be numbers. Throws Error(invalid_argument) with a sentence that
/// names the field.
features::ListFilter read_criteria(Backend& backend, const Call& call);
/// The same for lists that are made for who asks: without the artists that they have hidden.
features::ListFilter read_filter(Backend& backend, const Call& call);
/// Throws for an object that is no filter.
void check_filter(Backend& backend, const Call& call, const json::value& filter);

}  // namespace audiomuse::api
