// Plex Media Server, over its HTTP interface.
#pragma once

#include <memory>

#include "audiomuse/library/media_server.h"

namespace audiomuse::library {

/// Libraries are the server's music libraries; playlists belong to the user whose token it is.
/// Throws Error(invalid_argument) when the account lacks something.
std::unique_ptr<MediaServer> create_plex(const ServerAccount& account);

}  // namespace audiomuse::library
