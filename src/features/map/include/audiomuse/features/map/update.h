// The saved map, and when it changes.
#pragma once

#include <optional>

#include "audiomuse/features/map/music_map.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {

/// The name of the saved map among the indexes.
inline constexpr const char* kMapBlob = "map";

/// Nothing when none is saved. Throws Error(damaged) for one that cannot be read.
std::optional<MusicMap> load_map(store::Store& store);

enum class MapChange { kept, placed, drawn };
struct MapUpdate {
    MapChange change = MapChange::kept;
    std::size_t tracks = 0;   ///< on the map now
    std::size_t changed = 0;  ///< placed, moved or taken off
};

/// What an index holds: embeddings of `model`, and at least the changes of the catalogue up to `revision`.
struct IndexState {
    ModelTag model;
    std::int64_t revision = 0;  ///< saved with the map, so that one can tell without an index whether it may be behind
};

/// Brings the saved map up to date with `index`: tracks that have come are placed,
/// and it is drawn anew when there is none, it is damaged or of another model, or more than `redraw_share` of it has
/// changed since it was drawn. Saves only a map that has changed. Two processes that do so at once both end with a
/// whole map; the last one's stays. Throws what the store and `report` throw.
MapUpdate update_map(store::Store& store, const index::VectorIndex& index, const IndexState& state,
                     const MapParams& params = {}, const MapReport& report = {});

}  // namespace audiomuse::features
