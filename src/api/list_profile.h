// What a list of tracks is like, as a page shows it before one has opened it.
#pragma once

#include <span>

#include "audiomuse/store/tracks.h"
#include "backend.h"
#include "json.h"

namespace audiomuse::api {

/// styles (name and share, the most frequent first), tempo_mean, tempo_low and tempo_high (a tenth of the tracks is
/// below, a tenth above), energy_mean; null where nothing is known.
json::object list_profile(Backend& backend, std::span<const store::TrackRow> rows);

/// Ids of up to four tracks with covers, of different albums.
json::array list_covers(std::span<const store::TrackRow> rows);

}  // namespace audiomuse::api
