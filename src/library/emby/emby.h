// Emby 4.8 and 4.9. Written from its published API; not tried against a real server.
#pragma once

#include <memory>

#include "audiomuse/library/media_server.h"

namespace audiomuse::library {

/// The account names a user, by name or id, and has an API key, the user's token, or the password. Throws
/// Error(invalid_argument) when it lacks something, naming it.
std::unique_ptr<MediaServer> create_emby(const ServerAccount& account);

}  // namespace audiomuse::library
