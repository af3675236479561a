// What requests in words have in common.
#pragma once

#include <string_view>

#include "audiomuse/features/chat/request.h"
#include "backend.h"

namespace audiomuse::api {

/// Read by rules, with the names of the library as they are now. The first after a change of the library waits for
/// these to be read.
features::Request understand_words(Backend& backend, std::string_view text);

}  // namespace audiomuse::api
