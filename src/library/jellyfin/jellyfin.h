// Jellyfin 10.8 to 12.
#pragma once

#include <memory>

#include "audiomuse/library/media_server.h"

namespace audiomuse::library {

/// With an API key the account names a user, by name or id; a user's own token names him by itself. Or with a user and
/// his password. Throws Error(invalid_argument) when the account lacks something, naming it.
std::unique_ptr<MediaServer> create_jellyfin(const ServerAccount& account);

}  // namespace audiomuse::library
