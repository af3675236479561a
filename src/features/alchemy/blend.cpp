#include "audiomuse/features/alchemy/blend.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <unordered_map>
#include <unordered_set>

#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"
#include "audiomuse/features/common/list_rules.h"
#include "audiomuse/numeric/distance.h"

namespace audiomuse::features {
namespace {

/// Queries of one blend; more points are drawn together into so many.
constexpr std::size_t kMostPoints = 32;
/// Tracks among which is drawn, for one that is wanted (AudioMuse-AI's number).
constexpr std::size_t kReach = 3;

std::vector<BlendPoint> unit_points(std::span<const BlendPoint> points, std::size_t dimension) {
    std::vector<BlendPoint> units(points.begin(), points.end());
    for (BlendPoint& point : units) {
        if (point.vector.size() != dimension || !numeric::normalise(point.vector)) {
            throw Error(ErrorCode::invalid_argument,
                        fmt::format("A point must be {} numbers that are not all 0.", dimension));
        }
        if (!(point.weight > 0)) point.weight = 1;
    }
    return units;
}

/// The added points: at most kMostPoints, with weights that add up to 1.
std::vector<BlendPoint> queries_of(std::span<const BlendPoint> add, std::size_t dimension, std::uint64_t seed) {
    std::vector<BlendPoint> points = unit_points(add, dimension);
    if (points.size() > kMostPoints) {
        std::vector<std::vector<float>> vectors;
        for (BlendPoint& point : points)
            vectors.push_back(std::move(point.vector));
        points = spread_points(vectors, kMostPoints, seed);
    }
    double sum = 0;
    for (const BlendPoint& point : points)
        sum += point.weight;
    for (BlendPoint& point : points)
        point.weight /= sum;
    return points;
}

/// A track near the points. `point` is the nearest.
struct Near {
    TrackId id;
    float distance = 0;
    std::size_t point = 0;
    const Song* song = nullptr;
    std::vector<float> vector = {};
    bool avoided = false;
    double drawn = 0;  ///< its distance, moved by chance
};

bool nearer(const Near& a, const Near& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.id < b.id;
}

class Blender {
public:
    Blender(store::Store& store, const index::VectorIndex& index, std::vector<BlendPoint> add,
            std::vector<BlendPoint> subtract, const BlendParams& params, const BlendCaches& caches)
        : store_(store),
          index_(index),
          add_(std::move(add)),
          subtract_(std::move(subtract)),
          params_(params),
          caches_(caches),
          avoid_(params.avoid.begin(), params.avoid.end()) {
        ListFilter filter = params.filter;
        filter.except.insert(filter.except.end(), params.seeds.begin(), params.seeds.end());
        allowed_ =
            caches.filters != nullptr ? caches.filters->allowed_tracks(store, filter) : allowed_tracks(store, filter);
        read_songs(params.seeds);
        read_songs(params.before);
    }

    Blend blend() {
        const auto n = static_cast<std::size_t>(std::max(0, params_.n));
        if (n == 0 || add_.empty()) return {};
        // What the rules refuse is made up for by looking farther, until there are enough or no more.
        for (std::size_t reach = kReach;; reach *= 2) {
            std::vector<Near> pool = search(n * reach);
            Blend result;
            result.filtered_out = leave_out_subtracted(pool);
            keep_one_of_each(pool);
            const bool cut = cut_to_shares(pool, n * reach);
            result.tracks = draw(pool, n);
            if (result.tracks.size() == n || (exhausted_ && !cut)) return result;
        }
    }

private:
    /// The union of what is near each point, the nearest first. The points' parts of `wanted` overlap little where they
    /// lie apart, so each gets its own.
    std::vector<Near> search(std::size_t wanted) {
        std::vector<Near> pool;
        std::unordered_map<std::int64_t, std::size_t> places;
        exhausted_ = true;
        for (std::size_t i = 0; i < add_.size(); ++i) {
            // A few more, for those that rules refuse; avoided ones do not count.
            const auto share = static_cast<std::size_t>(std::ceil(static_cast<double>(wanted) * add_[i].weight));
            const std::size_t k = std::min(std::max(share, wanted / 12) + avoid_.size() + 20, index_.size());
            const auto found = nearest_allowed(index_, add_[i].vector, k, allowed_);
            exhausted_ = exhausted_ && (found.size() < k || k == index_.size());
            for (const index::Neighbour& neighbour : found) {
                const auto [place, fresh] = places.try_emplace(neighbour.id, pool.size());
                if (fresh) {
                    pool.push_back({.id = TrackId{neighbour.id}, .distance = neighbour.distance, .point = i});
                } else if (neighbour.distance < pool[place->second].distance) {
                    pool[place->second].distance = neighbour.distance;
                    pool[place->second].point = i;
                }
            }
        }
        read(pool);
        std::erase_if(pool, [](const Near& candidate) { return candidate.vector.empty(); });
        std::ranges::sort(pool, nearer);
        return pool;
    }

    void read_songs(std::span<const TrackId> ids) {
        std::vector<TrackId> missing;
        for (const TrackId id : ids) {
            if (songs_.try_emplace(id).second) missing.push_back(id);
        }
        if (caches_.songs != nullptr) {
            caches_.songs->read(store_, missing, songs_);
        } else {
            features::read_songs(store_, missing, songs_);
        }
    }

    /// Songs and vectors of present tracks; the vector of others stays empty.
    void read(std::vector<Near>& pool) {
        std::vector<TrackId> ids;
        for (const Near& candidate : pool)
            ids.push_back(candidate.id);
        read_songs(ids);
        for (Near& candidate : pool) {
            candidate.song = &songs_.at(candidate.id);
            candidate.avoided = avoid_.contains(candidate.id);
            if (candidate.song->present) candidate.vector = index_.vector(candidate.id.value);
        }
    }

    /// Takes what is too near to a subtracted point out of `pool`.
    std::vector<BlendedTrack> leave_out_subtracted(std::vector<Near>& pool) const {
        std::vector<BlendedTrack> out;
        std::erase_if(pool, [&](const Near& candidate) {
            const bool near = std::ranges::any_of(subtract_, [&](const BlendPoint& point) {
                const double radius = point.radius > 0 ? point.radius : params_.subtract_distance;
                const float distance = numeric::unit_cosine_distance(point.vector, candidate.vector);
                return angular_distance(static_cast<double>(distance)) < radius;
            });
            if (near) out.push_back({candidate.id, candidate.distance});
            return near;
        });
        return out;
    }

    /// One version of a song, one copy of a recording: the nearest. Caps are for those that are drawn.
    void keep_one_of_each(std::vector<Near>& pool) const {
        ListFilter uncapped = params_.filter;
        uncapped.max_songs_per_artist = uncapped.max_songs_per_album = 0;
        ListRules rules(uncapped);
        for (const TrackId seed : params_.seeds)
            rules.shun({.song = songs_.at(seed)});
        std::vector<Near> kept;
        kept.reserve(pool.size());  // the rules keep views of the vectors inside
        for (Near& candidate : pool) {
            if (!rules.may_take({*candidate.song, candidate.vector})) continue;
            kept.push_back(std::move(candidate));
            rules.take({*kept.back().song, kept.back().vector});
        }
        pool = std::move(kept);
    }

    /// Leaves each point its part of the `wanted` nearest, so that chance never reaches far. Whether some were cut.
    bool cut_to_shares(std::vector<Near>& pool, std::size_t wanted) const {
        std::vector<double> room;
        for (const BlendPoint& point : add_)
            room.push_back(std::ceil(static_cast<double>(wanted) * point.weight));
        const std::size_t before = pool.size();
        std::erase_if(pool, [&](const Near& candidate) {
            if (room[candidate.point] < 1) return true;
            if (!candidate.avoided) --room[candidate.point];
            return false;
        });
        return pool.size() < before;
    }

    std::vector<BlendedTrack> draw(std::vector<Near>& pool, std::size_t n) const {
        std::vector<std::vector<Near*>> queues(add_.size());
        for (Near& candidate : pool)
            queues[candidate.point].push_back(&candidate);
        for (std::vector<Near*>& queue : queues) {
            move_by_chance(queue);
            std::ranges::sort(queue, before);
        }
        ListFilter capped = params_.filter;
        capped.one_version = false;  // that is seen to already
        ListRules rules(capped);
        for (const TrackId id : params_.before)
            rules.take({.song = songs_.at(id)});
        std::vector<const Near*> taken;
        for (const bool avoided : {false, true})
            take_by_shares(queues, avoided, n, rules, taken);
        std::ranges::sort(taken, before);
        std::vector<BlendedTrack> tracks;
        for (const Near* candidate : taken)
            tracks.push_back({candidate->id, candidate->distance});
        return tracks;
    }

    static bool before(const Near* a, const Near* b) {
        return a->drawn != b->drawn ? a->drawn < b->drawn : nearer(*a, *b);
    }

    /// Sorted by distance - T * spread * g, with g from a Gumbel distribution, tracks are in the order of a draw
    /// without replacement with probabilities proportional to exp(-distance / (T * spread)). Each track has its own
    /// chance, whatever else is in the pool.
    void move_by_chance(std::span<Near* const> queue) const {
        double mean = 0;
        double square = 0;
        for (const Near* candidate : queue) {
            mean += static_cast<double>(candidate->distance) / static_cast<double>(queue.size());
            square += std::pow(static_cast<double>(candidate->distance), 2) / static_cast<double>(queue.size());
        }
        const double spread = std::sqrt(std::max(0.0, square - mean * mean));
        const double scale = std::max({0.0, params_.temperature, params_.filter.variance}) * spread;
        for (Near* candidate : queue) {
            candidate->drawn = static_cast<double>(candidate->distance);
            if (scale == 0) continue;
            const double u =
                Random::for_task(params_.filter.seed, static_cast<std::uint64_t>(candidate->id.value)).uniform();
            candidate->drawn += scale * std::log(-std::log(std::max(u, 1e-300)));
        }
    }

    /// Goes on until n are taken: the point that has least of its share takes its next track.
    void take_by_shares(const std::vector<std::vector<Near*>>& queues, bool avoided, std::size_t n, ListRules& rules,
                        std::vector<const Near*>& taken) const {
        std::vector<double> has(queues.size(), 0);
        for (const Near* candidate : taken)
            has[candidate->point] += 1 / add_[candidate->point].weight;
        std::vector<std::size_t> next(queues.size(), 0);
        while (taken.size() < n) {
            std::size_t poorest = queues.size();
            for (std::size_t i = 0; i < queues.size(); ++i) {
                while (next[i] < queues[i].size() &&
                       (queues[i][next[i]]->avoided != avoided || !rules.may_take({.song = *queues[i][next[i]]->song})))
                    ++next[i];
                if (next[i] < queues[i].size() && (poorest == queues.size() || has[i] < has[poorest])) poorest = i;
            }
            if (poorest == queues.size()) return;
            const Near* candidate = queues[poorest][next[poorest]++];
            rules.take({.song = *candidate->song});
            has[poorest] += 1 / add_[poorest].weight;
            taken.push_back(candidate);
        }
    }

    store::Store& store_;
    const index::VectorIndex& index_;
    const std::vector<BlendPoint> add_;
    const std::vector<BlendPoint> subtract_;
    const BlendParams& params_;
    const BlendCaches caches_;
    const std::unordered_set<TrackId> avoid_;
    AllowedTracks allowed_;
    Songs songs_;  // nodes stay where they are
    bool exhausted_ = false;
};

}  // namespace

Blend blend(store::Store& store, const index::VectorIndex& index, std::span<const BlendPoint> add,
            std::span<const BlendPoint> subtract, const BlendParams& params, const BlendCaches& caches) {
    return Blender(store, index, queries_of(add, index.dimension(), params.filter.seed),
                   unit_points(subtract, index.dimension()), params, caches)
        .blend();
}

}  // namespace audiomuse::features
