// Song alchemy: tracks that sound like what is added, and not like what is subtracted.
#pragma once

#include <span>
#include <vector>

#include "audiomuse/base/ids.h"
#include "audiomuse/features/common/filter_cache.h"
#include "audiomuse/features/common/list_filter.h"
#include "audiomuse/features/common/song_cache.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {

/// A place among the embeddings. Only the direction of the vector counts.
struct BlendPoint {
    std::vector<float> vector;
    double weight = 1;  ///< of an added one: its share of the list, against those of the others
    double radius = 0;  ///< of a subtracted one, as BlendParams::subtract_distance; <= 0: that one
};

struct BlendParams {
    int n = 100;                     ///< wanted tracks; less than 1 gives none
    double temperature = 1;          ///< 0: the nearest, in this order; the higher, the wider and the more by chance
    double subtract_distance = 0.2;  ///< angle over pi; tracks nearer to a subtracted point are left out
    ListFilter filter = {};  ///< its seed is that of the chance, and a variance above the temperature counts as one
    std::vector<TrackId> seeds = {};   ///< what the points were made from: not in the list, nor other versions of them
    std::vector<TrackId> before = {};  ///< those of the seeds that stand in front of the list: they count for its caps
    std::vector<TrackId> avoid = {};   ///< only where there are too few others: a list's last issue
};

struct BlendedTrack {
    TrackId id;
    float distance = 0;  ///< 1 - cos to the nearest added point, 0..2
    friend bool operator==(const BlendedTrack&, const BlendedTrack&) = default;
};

struct Blend {
    std::vector<BlendedTrack> tracks;        ///< at temperature 0 the nearest first, else as they were drawn
    std::vector<BlendedTrack> filtered_out;  ///< what a subtracted point has kept out of them, the nearest first
};

/// What may be kept between calls; any may be null.
struct BlendCaches {
    SongCache* songs = nullptr;
    FilterCache* filters = nullptr;
};

/// Each added point is a query of its own, and a track is as far as it is from the nearest of them: the mean of two
/// styles would lie between both and resemble neither. Each point gets its share of the list; which of the tracks near
/// it are taken is drawn with probabilities that fall with the distance, measured by the spread of those tracks:
/// proportional to exp(-distance / (temperature * spread)) among three times as many as are wanted. Fewer than n tracks
/// mean that no more meet all rules. Without added points the result is empty. Throws Error(invalid_argument) for a
/// vector of another length than those of the index or without a direction. Thread-safe.
Blend blend(store::Store& store, const index::VectorIndex& index, std::span<const BlendPoint> add,
            std::span<const BlendPoint> subtract, const BlendParams& params = {}, const BlendCaches& caches = {});

/// Points that stand for many vectors: the centres of at most `most` groups of them (k-means over unit vectors), each
/// with the part of them that it stands for as weight, the heaviest first. The weights add up to 1. Vectors without a
/// direction are passed over. As many groups as the root of the vectors: a few songs of one kind are one point.
std::vector<BlendPoint> spread_points(std::span<const std::vector<float>> vectors, std::size_t most,
                                      std::uint64_t seed = 1);

/// The mean direction of points, by their weights. Empty when there is none, as of no points.
std::vector<float> middle_of(std::span<const BlendPoint> points);

/// The tracks of `index` that are nearer to a point than its radius (angle over pi), or than `radius` where it has
/// none.
std::vector<TrackId> tracks_within(const index::VectorIndex& index, const BlendPoint& point, double radius);

/// 1 - cos as the angle over pi, the scale of AudioMuse-AI's API: 0 for the same direction, 1 for the opposite one.
double angular_distance(double cosine_distance);

}  // namespace audiomuse::features
