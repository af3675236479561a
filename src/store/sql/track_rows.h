// Reading catalogue rows and searching them, on a connection that is in a transaction.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/store/tracks.h"
#include "sql/connection.h"

namespace audiomuse::store::sql {

/// One track with the place it is at: a present source if there is one, else the first.
std::optional<TrackRow> read_track(Connection& connection, TrackId id);
/// The same for many, in the order of `ids`; unknown ones are left out.
std::vector<TrackRow> read_tracks(Connection& connection, std::span<const TrackId> ids);

/// The id of the source that read_track shows, in a query whose track is `t`: JOIN track_sources s ON s.id = <this>.
inline constexpr char kSourceOfTrack[] =
    "(SELECT o.id FROM track_sources o WHERE o.track_id = t.id ORDER BY o.present DESC, o.id LIMIT 1)";

// See Tracks.
TrackPage search(Connection& connection, const TrackQuery& query);
std::vector<TrackRow> search_title_artist(Connection& connection, const std::string& title, const std::string& artist,
                                          std::int64_t limit);
std::vector<LyricsHit> search_lyrics(Connection& connection, const std::string& text, std::int64_t limit,
                                     const std::function<bool(TrackId)>& allowed);
std::optional<TrackRow> find_by_name(Connection& connection, const std::string& title, const std::string& artist);

}  // namespace audiomuse::store::sql
