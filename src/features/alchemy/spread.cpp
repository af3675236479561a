#include <algorithm>
#include <cmath>
#include <numbers>

#include "audiomuse/features/alchemy/blend.h"
#include "audiomuse/numeric/distance.h"
#include "audiomuse/numeric/kmeans.h"

namespace audiomuse::features {

std::vector<BlendPoint> spread_points(std::span<const std::vector<float>> vectors, std::size_t most,
                                      std::uint64_t seed) {
    std::vector<std::vector<float>> units;
    for (std::vector<float> vector : vectors) {
        if (numeric::normalise(vector)) units.push_back(std::move(vector));
    }
    if (units.empty() || most == 0) return {};
    numeric::Matrix rows(units.size(), units.front().size());
    for (std::size_t i = 0; i < units.size(); ++i)
        std::ranges::copy(units[i], rows.row(i).begin());
    const auto root = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(units.size()))));
    const numeric::KMeansResult groups =
        numeric::kmeans(rows, {.clusters = std::clamp<std::size_t>(root, 1, most), .n_init = 4, .seed = seed});

    std::vector<BlendPoint> points(groups.centres.rows());
    for (std::size_t i = 0; i < points.size(); ++i)
        points[i] = {.vector = {groups.centres.row(i).begin(), groups.centres.row(i).end()}, .weight = 0};
    for (const int label : groups.labels)
        points[static_cast<std::size_t>(label)].weight += 1 / static_cast<double>(units.size());
    // Of fewer different vectors than groups some have no members; of opposite vectors the mean has no direction.
    std::erase_if(points, [](BlendPoint& point) { return point.weight <= 0 || !numeric::normalise(point.vector); });
    std::ranges::stable_sort(points, std::ranges::greater(), &BlendPoint::weight);
    return points;
}

std::vector<float> middle_of(std::span<const BlendPoint> points) {
    std::vector<float> middle;
    for (const BlendPoint& point : points) {
        std::vector<float> unit = point.vector;
        if (!numeric::normalise(unit)) continue;
        middle.resize(unit.size(), 0);
        for (std::size_t i = 0; i < unit.size(); ++i)
            middle[i] += static_cast<float>(point.weight) * unit[i];
    }
    if (!numeric::normalise(middle)) middle.clear();
    return middle;
}

std::vector<TrackId> tracks_within(const index::VectorIndex& index, const BlendPoint& point, double radius) {
    const double reach = point.radius > 0 ? point.radius : radius;
    const auto is_within = [&](const index::Neighbour& neighbour) {
        return angular_distance(static_cast<double>(neighbour.distance)) < reach;
    };
    for (std::size_t looked_at = 128;; looked_at *= 4) {
        const auto found = index.search(point.vector, looked_at);
        if (found.size() == looked_at && is_within(found.back())) continue;
        std::vector<TrackId> tracks;
        for (const index::Neighbour& neighbour : found) {
            if (is_within(neighbour)) tracks.push_back(TrackId{neighbour.id});
        }
        return tracks;
    }
}

double angular_distance(double cosine_distance) {
    return std::acos(std::clamp(1 - cosine_distance, -1.0, 1.0)) / std::numbers::pi;
}

}  // namespace audiomuse::features
