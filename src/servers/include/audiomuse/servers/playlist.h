// Playlists on media servers, written and read back.
#pragma once

#include <span>
#include <string>

#include "audiomuse/base/cancel.h"
#include "audiomuse/library/media_server.h"

namespace audiomuse::servers {

/// Reads a playlist. Throws Error(server_failed) with both numbers when it holds more or fewer than `tracks`, and when
/// it holds others or in another order; otherwise as MediaServer.
void verify_playlist(library::MediaServer& media, const std::string& name, const std::string& id,
                     std::span<const std::string> tracks, const CancelToken& cancel);

/// Makes a playlist, verifies it and returns its id. What does not pass is deleted again, as far as the server lets.
std::string create_verified_playlist(library::MediaServer& media, const std::string& name,
                                     std::span<const std::string> tracks, const CancelToken& cancel);

}  // namespace audiomuse::servers
