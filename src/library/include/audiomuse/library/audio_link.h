// Signed addresses under which a web instance hands a track's file to workers on other machines.
#pragma once

#include <string>
#include <string_view>

#include "audiomuse/base/ids.h"

namespace audiomuse::library {

/// A new secret: 32 random bytes as 64 hexadecimal digits. All processes of an installation share one, through the
/// store.
std::string new_link_secret();

/// "/api/worker/audio/7?expires=1790000000&signature=<64 hexadecimal digits>". The signature is HMAC-SHA-256 (RFC 2104)
/// over method, path and time: it fits this track until `expires_at` (Unix seconds), and nothing else.
std::string audio_link(TrackId track, double expires_at, std::string_view secret);

enum class LinkState { valid, expired, forged };
/// Judges the parts of such an address. Takes the same time for all signatures. An empty secret fits nothing.
LinkState check_audio_link(TrackId track, std::string_view expires, std::string_view signature, std::string_view secret,
                           double now);

}  // namespace audiomuse::library
