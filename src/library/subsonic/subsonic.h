// Navidrome, and every other server that speaks Subsonic or OpenSubsonic: gonic, supysonic, lms, Ampache, Airsonic.
#pragma once

#include <memory>

#include "audiomuse/library/media_server.h"

namespace audiomuse::library {

/// Logs in with ServerAccount::token as an API key, else with user and password. Throws Error(invalid_argument) for an
/// account that lacks these, or whose address is none.
std::unique_ptr<MediaServer> create_subsonic(const ServerAccount& account);

}  // namespace audiomuse::library
