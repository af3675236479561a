// Writing MPD's playlists: files with names, nothing else.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "mpd/client.h"

namespace audiomuse::library::mpd {

/// Names of the stored playlists, without those that are being written.
std::vector<std::string> playlist_names(Session& session);
std::vector<std::string> playlist_entries(Session& session, const std::string& name);

/// A playlist is written under another name, read back and only then given its own: what is there under that name stays
/// whole until then, and half a playlist is never seen. Throws as MediaServer does.
void write_new_playlist(Client& client, Session& session, const std::string& name, std::span<const std::string> tracks);
void write_over_playlist(Client& client, Session& session, const std::string& name,
                         std::span<const std::string> tracks);

}  // namespace audiomuse::library::mpd
