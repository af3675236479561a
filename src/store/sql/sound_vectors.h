#pragma once

#include "audiomuse/base/analysis.h"
#include "sql/connection.h"

namespace audiomuse::store::sql {

/// Replaces what there is of the track; `outdated`: the file is not as it was listened to. In the caller's transaction.
void save_sound(Connection& connection, TrackId id, const SoundVector& sound, bool outdated);

}  // namespace audiomuse::store::sql
