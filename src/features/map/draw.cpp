#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <span>

#include "audiomuse/base/parallel.h"
#include "audiomuse/features/map/music_map.h"
#include "audiomuse/numeric/distance.h"
#include "audiomuse/numeric/pca.h"
#include "audiomuse/numeric/picture_quality.h"
#include "audiomuse/numeric/umap.h"

namespace audiomuse::features {
namespace {

using numeric::kNoNeighbour;
using numeric::Matrix;
using numeric::Neighbours;

constexpr std::size_t kRowsPerBlock = 1024;
constexpr std::size_t kPcaRows = 20'000;    // enough to know 200 directions
constexpr double kShareOfNeighbours = 0.4;  // of the time, about

std::vector<TrackId> ids_of(const index::VectorIndex& index) {
    std::vector<TrackId> ids;
    for (const std::int64_t id : index.ids())
        ids.push_back(TrackId{id});
    std::sort(ids.begin(), ids.end());
    return ids;
}

/// One unit vector per row; zeros for a track that has left the index meanwhile.
Matrix vectors_of(const index::VectorIndex& index, std::span<const TrackId> ids) {
    Matrix vectors(ids.size(), index.dimension());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const std::vector<float> vector = index.vector(ids[i].value);
        if (vector.size() == vectors.columns()) std::copy(vector.begin(), vector.end(), vectors.row(i).begin());
    }
    return vectors;
}

/// Distance of unit vectors along the chord, which is what UMAP's defaults are meant for, from 1 - cos.
float chord(float cosine_distance) {
    return std::sqrt(2 * std::max(0.0F, cosine_distance));
}

/// The nearest of `targets` for each of `ids`, as rows of `targets`, by the index. Both rise.
Neighbours neighbours_among(const index::VectorIndex& index, std::span<const TrackId> ids,
                            std::span<const TrackId> targets, const MapParams& params, const MapReport& report) {
    Neighbours found;
    found.k = params.neighbours;
    found.ids.assign(ids.size() * found.k, kNoNeighbour);
    found.distances.assign(found.ids.size(), 0);
    const bool all = targets.size() == index.size();
    const auto row_of = [&](std::int64_t id) -> std::uint32_t {
        const auto at = std::lower_bound(targets.begin(), targets.end(), TrackId{id});
        if (at == targets.end() || at->value != id) return kNoNeighbour;
        return static_cast<std::uint32_t>(at - targets.begin());
    };
    const index::VectorIndex::Filter only_targets = [&](std::int64_t id) { return row_of(id) != kNoNeighbour; };
    // In lots, so that one can hear of it and stop it.
    const std::size_t lot = kRowsPerBlock * std::max(1U, params.threads);
    for (std::size_t first = 0; first < ids.size(); first += lot) {
        if (report) report(static_cast<double>(first) / static_cast<double>(ids.size()));
        constexpr std::size_t kPerTask = 64;
        const std::size_t end_of_lot = std::min(ids.size(), first + lot);
        parallel_for((end_of_lot - first + kPerTask - 1) / kPerTask, params.threads, [&](std::size_t task) {
            const std::size_t begin = first + task * kPerTask;
            for (std::size_t i = begin; i < std::min(end_of_lot, begin + kPerTask); ++i) {
                const std::vector<float> vector = index.vector(ids[i].value);
                if (vector.empty()) continue;
                std::size_t filled = 0;
                for (const auto& near :
                     index.search(vector, found.k + 1, all ? index::VectorIndex::Filter{} : only_targets)) {
                    const std::uint32_t row = row_of(near.id);
                    if (row == kNoNeighbour || near.id == ids[i].value || filled == found.k) continue;
                    found.ids[i * found.k + filled] = row;
                    found.distances[i * found.k + filled++] = chord(near.distance);
                }
            }
        });
    }
    return found;
}

Neighbours neighbours_of_all(const index::VectorIndex& index, std::span<const TrackId> ids, const MapParams& params,
                             const MapReport& report) {
    if (ids.size() > params.exact_rows) return neighbours_among(index, ids, ids, params, report);
    return numeric::exact_neighbours(vectors_of(index, ids), params.neighbours, params.threads);
}

/// The first two principal components; one is 0 where there are fewer.
Matrix principal_components(const index::VectorIndex& index, std::span<const TrackId> ids, const MapParams& params) {
    Matrix at(ids.size(), 2);
    if (ids.size() < 2) return at;
    std::vector<TrackId> sample;
    const std::size_t rows = std::min(ids.size(), kPcaRows);
    for (std::size_t i = 0; i < rows; ++i)
        sample.push_back(ids[i * ids.size() / rows]);
    const numeric::Pca pca = numeric::fit_pca(vectors_of(index, sample), 2);
    for (std::size_t begin = 0; begin < ids.size(); begin += kRowsPerBlock) {
        const auto block = ids.subspan(begin, std::min(kRowsPerBlock, ids.size() - begin));
        const Matrix projected = numeric::project(pca, vectors_of(index, block), params.threads);
        for (std::size_t i = 0; i < block.size(); ++i) {
            for (std::size_t c = 0; c < projected.columns(); ++c)
                at(begin + i, c) = projected(i, c);
        }
    }
    return at;
}

float largest(const Matrix& at) {
    float most = 0;
    for (std::size_t i = 0; i < at.rows(); ++i)
        most = std::max({most, std::abs(at(i, 0)), std::abs(at(i, 1))});
    return most;
}

void scale(Matrix& at, float factor) {
    std::transform(at.data(), at.data() + at.rows() * at.columns(), at.data(),
                   [&](float value) { return value * factor; });
}

/// Moves the middle to 0 and the farthest coordinate to 1; returns what 1 was. 1 for a picture of one place.
float normalise(Matrix& at) {
    std::array<double, 2> middle{};
    for (std::size_t i = 0; i < at.rows(); ++i) {
        for (std::size_t c = 0; c < 2; ++c)
            middle[c] += static_cast<double>(at(i, c)) / static_cast<double>(at.rows());
    }
    for (std::size_t i = 0; i < at.rows(); ++i) {
        for (std::size_t c = 0; c < 2; ++c)
            at(i, c) -= static_cast<float>(middle[c]);
    }
    const float unit = largest(at);
    if (unit <= 0) return 1;
    scale(at, 1 / unit);
    return unit;
}

numeric::UmapParams umap_params(const MapParams& params) {
    return {.min_dist = params.min_dist, .epochs = params.epochs, .seed = params.seed, .threads = params.threads};
}

/// Rows of `map` whose tracks are in `ids` (rising), and the rows they have there.
struct Shared {
    std::vector<std::size_t> in_map;
    std::vector<std::size_t> in_ids;
};
Shared shared_with(const MusicMap& map, std::span<const TrackId> ids) {
    Shared shared;
    std::size_t row = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        while (row < map.size() && map.ids[row] < ids[i])
            ++row;
        if (row < map.size() && map.ids[row] == ids[i]) {
            shared.in_map.push_back(row);
            shared.in_ids.push_back(i);
        }
    }
    return shared;
}

std::vector<std::uint32_t> marks_of(const index::VectorIndex& index, std::span<const TrackId> ids) {
    std::vector<std::uint32_t> marks;
    marks.reserve(ids.size());
    for (const TrackId id : ids) {
        const std::vector<float> vector = index.vector(id.value);
        std::uint32_t mark = 2166136261U;  // FNV-1a (Fowler, Noll and Vo), over whole numbers instead of bytes
        for (const float value : vector)
            mark = (mark ^ std::bit_cast<std::uint32_t>(value)) * 16777619U;
        marks.push_back(mark);
    }
    return marks;
}

/// Turns and mirrors `at`, so that the tracks of `shared` come near the places they have on `before`.
void lay_on_earlier(Matrix& at, const MusicMap& before, const Shared& shared) {
    // lay_on wants what both know at the beginning.
    std::vector<std::size_t> order = shared.in_ids;
    std::vector<bool> known(at.rows());
    for (const std::size_t i : shared.in_ids)
        known[i] = true;
    for (std::size_t i = 0; i < at.rows(); ++i) {
        if (!known[i]) order.push_back(i);
    }
    Matrix ordered(at.rows(), 2);
    Matrix reference(shared.in_map.size(), 2);
    for (std::size_t i = 0; i < order.size(); ++i)
        std::copy_n(at.row(order[i]).begin(), 2, ordered.row(i).begin());
    for (std::size_t i = 0; i < shared.in_map.size(); ++i)
        std::copy_n(before.at.row(shared.in_map[i]).begin(), 2, reference.row(i).begin());
    numeric::lay_on(ordered, reference);
    for (std::size_t i = 0; i < order.size(); ++i)
        std::copy_n(ordered.row(i).begin(), 2, at.row(order[i]).begin());
}

}  // namespace

MapDifference difference(const index::VectorIndex& index, const MusicMap& map) {
    const std::vector<TrackId> ids = ids_of(index);
    const std::vector<std::uint32_t> marks = marks_of(index, ids);
    const Shared shared = shared_with(map, ids);
    MapDifference found;
    found.gone = map.size() - shared.in_map.size();
    found.come = ids.size() - shared.in_ids.size();
    for (std::size_t i = 0; i < shared.in_ids.size(); ++i) {
        if (map.marks[shared.in_map[i]] != marks[shared.in_ids[i]]) found.moved.push_back(ids[shared.in_ids[i]]);
    }
    return found;
}

MusicMap draw_map(const index::VectorIndex& index, const MusicMap& before, const MapParams& params,
                  const MapReport& report) {
    MusicMap map;
    map.ids = ids_of(index);
    map.marks = marks_of(index, map.ids);
    if (map.ids.empty()) return map;
    const Shared shared = shared_with(before, map.ids);
    if (map.size() < kFewestForUmap) {
        map.at = principal_components(index, map.ids, params);
        map.projection = Projection::pca;
        lay_on_earlier(map.at, before, shared);
        map.unit = normalise(map.at);
        return map;
    }
    const MapReport first_part = [&](double share) {
        if (report) report(share * kShareOfNeighbours);
    };
    const MapReport second_part = [&](double share) {
        if (report) report(kShareOfNeighbours + share * (1 - kShareOfNeighbours));
    };
    const Neighbours neighbours = neighbours_of_all(index, map.ids, params, first_part);

    numeric::UmapParams umap = umap_params(params);
    // Tracks keep to their places when at least half of them had one.
    const bool again = before.projection == Projection::umap && shared.in_ids.size() * 2 >= map.size();
    if (again) {
        const MusicMap whole = place_on_map(index, before, params);
        map.at = whole.at;
        scale(map.at, before.unit);
        umap.rate = params.redraw_rate;
    } else {
        map.at = principal_components(index, map.ids, params);
        if (const float most = largest(map.at); most > 0) scale(map.at, numeric::kUmapStart / most);
    }
    map.at = numeric::umap(neighbours, map.at, umap, second_part);
    map.projection = Projection::umap;
    lay_on_earlier(map.at, before, shared);
    map.unit = normalise(map.at);
    return map;
}

MusicMap place_on_map(const index::VectorIndex& index, const MusicMap& map, const MapParams& params) {
    MusicMap placed = map;
    placed.ids = ids_of(index);
    placed.marks = marks_of(index, placed.ids);
    placed.at = Matrix(placed.ids.size(), 2);
    const Shared shared = shared_with(map, placed.ids);
    // What stays is the picture that the others are placed into.
    std::vector<TrackId> old;
    std::vector<bool> known(placed.size());
    std::vector<std::size_t> row_in_map;
    for (std::size_t i = 0; i < shared.in_ids.size(); ++i) {
        if (map.marks[shared.in_map[i]] != placed.marks[shared.in_ids[i]]) continue;
        known[shared.in_ids[i]] = true;
        old.push_back(placed.ids[shared.in_ids[i]]);
        row_in_map.push_back(shared.in_map[i]);
        std::copy_n(map.at.row(shared.in_map[i]).begin(), 2, placed.at.row(shared.in_ids[i]).begin());
    }
    std::vector<TrackId> fresh;
    std::vector<std::size_t> fresh_rows;
    for (std::size_t i = 0; i < placed.size(); ++i) {
        if (known[i]) continue;
        fresh.push_back(placed.ids[i]);
        fresh_rows.push_back(i);
    }
    placed.changed += static_cast<std::int64_t>(fresh.size() + (map.size() - shared.in_ids.size()));
    if (fresh.empty()) return placed;

    Matrix picture(old.size(), 2);
    for (std::size_t i = 0; i < old.size(); ++i)
        std::copy_n(map.at.row(row_in_map[i]).begin(), 2, picture.row(i).begin());
    scale(picture, map.unit);
    Matrix at = numeric::umap_place(neighbours_among(index, fresh, old, params, {}), picture, umap_params(params));
    scale(at, 1 / map.unit);
    for (std::size_t i = 0; i < fresh.size(); ++i)
        std::copy_n(at.row(i).begin(), 2, placed.at.row(fresh_rows[i]).begin());
    return placed;
}

}  // namespace audiomuse::features
