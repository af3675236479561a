#include <algorithm>
#include <cmath>

#include "audiomuse/features/map/music_map.h"

namespace audiomuse::features {

std::optional<std::size_t> MusicMap::row_of(TrackId id) const {
    const auto found = std::lower_bound(ids.begin(), ids.end(), id);
    if (found == ids.end() || *found != id) return std::nullopt;
    return static_cast<std::size_t>(found - ids.begin());
}

std::optional<std::array<double, 2>> place_of(const index::VectorIndex& index, const MusicMap& map,
                                              std::span<const float> vector, std::size_t neighbours) {
    const auto found =
        index.search(vector, neighbours, [&](std::int64_t id) { return map.row_of(TrackId{id}).has_value(); });
    if (found.empty()) return std::nullopt;
    const auto nearest = static_cast<double>(found.front().distance);
    double spread = 0;
    for (const index::Neighbour& neighbour : found)
        spread += (static_cast<double>(neighbour.distance) - nearest) / static_cast<double>(found.size());
    std::array<double, 2> sum{};
    double whole = 0;
    for (const index::Neighbour& neighbour : found) {
        const double farther = static_cast<double>(neighbour.distance) - nearest;
        const double weight = spread > 0 ? std::exp(-farther / spread) : 1;
        const std::size_t row = *map.row_of(TrackId{neighbour.id});
        sum[0] += weight * static_cast<double>(map.at(row, 0));
        sum[1] += weight * static_cast<double>(map.at(row, 1));
        whole += weight;
    }
    return std::array{sum[0] / whole, sum[1] / whole};
}

}  // namespace audiomuse::features
