// Tracks that are to be listened to, as both stages of an analysis ask for them.
#pragma once

#include <string>

#include "audiomuse/store/analyses.h"
#include "sql/connection.h"
#include "sql/track_rows.h"

namespace audiomuse::store::sql {

/// Up to WHERE; of a track `t` and its source `s`.
inline std::string pending_select() {
    return std::string(
               "SELECT t.id, s.path, s.size, s.mtime_ns, s.server_id, s.item_id, s.album_id FROM tracks t "
               "JOIN track_sources s ON s.id = ") +
           kSourceOfTrack + " WHERE ";
}

inline Analyses::PendingTrack read_pending(const Rows& rows) {
    return {TrackId{rows.integer(0)},  rows.text(1), {rows.integer(2), rows.integer(3)},
            ServerId{rows.integer(4)}, rows.text(5), rows.text(6)};
}

}  // namespace audiomuse::store::sql
