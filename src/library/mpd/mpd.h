// The Music Player Daemon: a list of a music folder, spoken to in lines of text. It hands out no audio and no lyrics;
// files come from its music folder, which this machine must see too.
#pragma once

#include <memory>

#include "audiomuse/library/media_server.h"

namespace audiomuse::library {

/// Needs the address; the music folder, too, unless the address is a socket on this machine, where MPD tells the
/// folder itself. Libraries are the top folders of the music folder, ids of tracks their paths below it, ids of
/// playlists their names. The version that probe() tells is that of the protocol.
std::unique_ptr<MediaServer> create_mpd(const ServerAccount& account);

}  // namespace audiomuse::library
