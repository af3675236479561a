// A media server that lives in the test, and goes wrong in every way that a form can be filled in wrongly.
#pragma once

#include <memory>

#include "audiomuse/library/media_server.h"

namespace audiomuse::api::testing {

/// By the account: host "refused" and path "/wrong" fail, "secret" is the password of everybody, "key" the API key;
/// the users "guest" (may nothing), "empty" (sees nothing) and "lost" (is not known); libraries 1 "Music" with 12
/// tracks and 2 "Talk" with 3, which Lyrion can't tell. Navidrome needs a user. The one playlist that it keeps has the
/// id "user/name"; of those of "half" it keeps the first half. Who sees music has played the tracks "nd-2" and "nd-1".
std::unique_ptr<library::MediaServer> fake_music_server(const library::ServerAccount& account);

}  // namespace audiomuse::api::testing
