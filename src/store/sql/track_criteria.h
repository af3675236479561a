// Which tracks may be chosen: TrackCriteria as SQL.
#pragma once

#include <vector>

#include "audiomuse/store/track_criteria.h"
#include "sql/connection.h"

namespace audiomuse::store::sql {

/// Tracks::matching.
std::vector<TrackId> matching(Connection& connection, const TrackCriteria& criteria);

}  // namespace audiomuse::store::sql
