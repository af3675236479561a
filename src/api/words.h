// What requests in words have in common.
#pragma once

#include <memory>
#include <string_view>

#include "audiomuse/features/chat/request.h"
#include "backend.h"

namespace audiomuse::api {

/// Kept until the library changes; the first call after a change waits for the names to be read.
std::shared_ptr<const features::LibraryNames> names_of(Backend& backend);
/// Of our time, for "recent" and the like.
int this_year();
/// Read by rules, with the names of the library as they are now.
features::Request understand_words(Backend& backend, std::string_view text);

}  // namespace audiomuse::api
