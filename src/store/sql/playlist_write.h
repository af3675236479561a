// Writing playlists, on a connection that is in a transaction which has begun a change.
#pragma once

#include <span>
#include <string>

#include "audiomuse/store/playlists.h"
#include "sql/connection.h"

namespace audiomuse::store::sql {

/// `name` as it is kept; `what` ("A playlist") needs it. Throws Error(invalid_argument).
std::string checked_name(const std::string& name, const std::string& what);
/// Whether an own playlist of `owner` other than `except` has this name.
bool is_taken(Connection& connection, const std::string& name, UserId owner, PlaylistId except);
/// An empty one.
PlaylistId insert_playlist(Connection& connection, const std::string& name, PlaylistKind kind,
                           const std::string& recipe, UserId owner);
/// False when there is no such playlist. Throws Error(not_found) for an unknown track.
bool replace_tracks(Connection& connection, PlaylistId id, std::span<const TrackId> tracks);

}  // namespace audiomuse::store::sql
