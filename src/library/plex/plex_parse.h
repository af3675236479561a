// What Plex writes, as values, and what it wants written. Pure.
#pragma once

#include <boost/json/value.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/library/media_server.h"

namespace audiomuse::library::plex {

/// An element of "Metadata": a track, an album, a playlist.
ServerTrack read_track(const boost::json::value& row);
ServerAlbum read_album(const boost::json::value& row);
ServerPlaylist read_playlist(const boost::json::value& row);

/// "/library/parts/5310/1732000000/file.flac": where the file of a track is; empty when it has none.
std::string part_key(const boost::json::value& track);
/// Where its lyrics are, those of files before those of a service.
std::vector<std::string> lyrics_keys(const boost::json::value& track);

/// Whether `id` can be one of the server's: digits.
bool is_id(std::string_view id);
/// `tracks` in order, in parts of at most `most`, none of which has a track twice: an address names each once.
std::vector<std::vector<std::string>> batches(std::span<const std::string> tracks, std::size_t most);
/// The address of tracks as playlists want it: "server://MACHINE/com.plexapp.plugins.library/library/metadata/1,2".
std::string tracks_uri(std::string_view machine, const std::vector<std::string>& tracks);

}  // namespace audiomuse::library::plex
