// Indexes to draw maps of.
#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "audiomuse/base/random.h"
#include "audiomuse/features/map/music_map.h"
#include "audiomuse/index/vector_index.h"

namespace audiomuse::features {

inline constexpr std::size_t kDimension = 24;

/// A vector of style `id % styles`, the same for the same id and `take`.
inline std::vector<float> sound_of(std::int64_t id, std::int64_t styles, std::uint64_t take = 0) {
    Random style = Random::for_task(11, static_cast<std::uint64_t>(id % styles));
    Random own = Random::for_task(12 + take, static_cast<std::uint64_t>(id));
    std::vector<float> vector(kDimension);
    for (float& value : vector)
        value = static_cast<float>(style.normal() + 0.4 * own.normal());
    return vector;
}

/// Tracks first .. last.
inline void add_tracks(index::VectorIndex& index, std::int64_t first, std::int64_t last, std::int64_t styles = 5) {
    for (std::int64_t id = first; id <= last; ++id)
        index.add(id, sound_of(id, styles));
}

inline std::unique_ptr<index::VectorIndex> index_of(std::int64_t tracks, std::int64_t styles = 5) {
    auto index = index::create_index(kDimension);
    add_tracks(*index, 1, tracks, styles);
    return index;
}

inline double apart(const MusicMap& map, std::size_t i, std::size_t j) {
    return std::hypot(map.at(i, 0) - map.at(j, 0), map.at(i, 1) - map.at(j, 1));
}

inline bool same_places(const MusicMap& a, const MusicMap& b) {
    return a.ids == b.ids && std::equal(a.at.data(), a.at.data() + a.size() * 2, b.at.data());
}

/// The share of tracks whose nearest one on the map is of their own style.
inline double share_at_home(const MusicMap& map, std::int64_t styles = 5) {
    std::size_t home = 0;
    for (std::size_t i = 0; i < map.size(); ++i) {
        std::size_t best = i == 0 ? 1 : 0;
        for (std::size_t j = 0; j < map.size(); ++j) {
            if (j != i && apart(map, i, j) < apart(map, i, best)) best = j;
        }
        home += map.ids[i].value % styles == map.ids[best].value % styles;
    }
    return static_cast<double>(home) / static_cast<double>(map.size());
}

}  // namespace audiomuse::features
