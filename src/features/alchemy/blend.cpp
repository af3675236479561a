#include "audiomuse/features/alchemy/blend.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <unordered_map>
#include <unordered_set>

#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"
#include "audiomuse/features/common/acceptors.h"
#include "audiomuse/features/common/songs.h"
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

/// What the rules ask of a track.
struct Song {
    std::uint64_t artist = 0;
    std::uint64_t signature = 0;
    double duration_s = 0;
    bool present = false;
};

/// A track near the points. `point` is the nearest.
struct Candidate {
    TrackId id;
    float distance = 0;
    std::size_t point = 0;
    const Song* song = nullptr;
    std::vector<float> vector = {};
    bool avoided = false;
    double drawn = 0;  ///< its distance, moved by chance
};

bool nearer(const Candidate& a, const Candidate& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.id < b.id;
}

class Blender {
public:
    Blender(store::Store& store, const index::VectorIndex& index, std::vector<BlendPoint> add,
            std::vector<BlendPoint> subtract, const BlendParams& params)
        : store_(store),
          index_(index),
          add_(std::move(add)),
          subtract_(std::move(subtract)),
          params_(params),
          except_(params.except.begin(), params.except.end()),
          avoid_(params.avoid.begin(), params.avoid.end()) {}

    Blend blend() {
        const auto n = static_cast<std::size_t>(std::max(0, params_.n));
        if (n == 0 || add_.empty()) return {};
        // What the rules refuse is made up for by looking farther, until there are enough or no more.
        for (std::size_t reach = kReach;; reach *= 2) {
            std::vector<Candidate> pool = search(n * reach);
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
    std::vector<Candidate> search(std::size_t wanted) {
        std::vector<Candidate> pool;
        std::unordered_map<std::int64_t, std::size_t> places;
        const index::VectorIndex::Filter filter = [&](std::int64_t id) {
            return !except_.contains(TrackId{id}) && (!params_.allowed || params_.allowed(TrackId{id}));
        };
        const bool everything = except_.empty() && !params_.allowed;
        exhausted_ = true;
        for (std::size_t i = 0; i < add_.size(); ++i) {
            // A few more, for those that rules refuse; avoided ones do not count.
            const auto share = static_cast<std::size_t>(std::ceil(static_cast<double>(wanted) * add_[i].weight));
            const std::size_t k = std::min(std::max(share, wanted / 12) + avoid_.size() + 20, index_.size());
            const auto found = index_.search(add_[i].vector, k, everything ? index::VectorIndex::Filter() : filter);
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
        std::erase_if(pool, [](const Candidate& candidate) { return candidate.vector.empty(); });
        std::ranges::sort(pool, nearer);
        return pool;
    }

    /// Songs and vectors of present tracks; the vector of others stays empty.
    void read(std::vector<Candidate>& pool) {
        std::vector<TrackId> missing;
        for (const Candidate& candidate : pool) {
            if (songs_.try_emplace(candidate.id).second) missing.push_back(candidate.id);
        }
        for (const store::TrackRow& row : store_.tracks().get(missing)) {
            songs_[row.id] = {.artist = song_key(artist_key(row.tags)),
                              .signature = song_key(song_signature(row.tags.title, row.author)),
                              .duration_s = row.tags.duration_s,
                              .present = row.present};
        }
        for (Candidate& candidate : pool) {
            candidate.song = &songs_.at(candidate.id);
            candidate.avoided = avoid_.contains(candidate.id);
            if (candidate.song->present) candidate.vector = index_.vector(candidate.id.value);
        }
    }

    /// Takes what is too near to a subtracted point out of `pool`.
    std::vector<BlendedTrack> leave_out_subtracted(std::vector<Candidate>& pool) const {
        std::vector<BlendedTrack> out;
        std::erase_if(pool, [&](const Candidate& candidate) {
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

    /// One version of a song, one copy of a recording: the nearest.
    void keep_one_of_each(std::vector<Candidate>& pool) const {
        SongOnce<std::uint64_t> once;
        NearDuplicates near({params_.duplicate_distance, params_.duplicate_lookback});
        std::vector<Candidate> kept;
        kept.reserve(pool.size());  // `near` keeps views of the vectors inside
        for (Candidate& candidate : pool) {
            const Song& song = *candidate.song;
            if (!once.may_take(song.signature) || !near.may_take({candidate.vector, song.duration_s})) continue;
            kept.push_back(std::move(candidate));
            once.take(song.signature);
            near.take({kept.back().vector, song.duration_s});
        }
        pool = std::move(kept);
    }

    /// Leaves each point its part of the `wanted` nearest, so that chance never reaches far. Whether some were cut.
    bool cut_to_shares(std::vector<Candidate>& pool, std::size_t wanted) const {
        std::vector<double> room;
        for (const BlendPoint& point : add_)
            room.push_back(std::ceil(static_cast<double>(wanted) * point.weight));
        const std::size_t before = pool.size();
        std::erase_if(pool, [&](const Candidate& candidate) {
            if (room[candidate.point] < 1) return true;
            if (!candidate.avoided) --room[candidate.point];
            return false;
        });
        return pool.size() < before;
    }

    std::vector<BlendedTrack> draw(std::vector<Candidate>& pool, std::size_t n) const {
        std::vector<std::vector<Candidate*>> queues(add_.size());
        for (Candidate& candidate : pool)
            queues[candidate.point].push_back(&candidate);
        for (std::vector<Candidate*>& queue : queues) {
            move_by_chance(queue);
            std::ranges::sort(queue, before);
        }
        ArtistCap<std::uint64_t> cap(params_.max_songs_per_artist);
        std::vector<const Candidate*> taken;
        for (const bool avoided : {false, true})
            take_by_shares(queues, avoided, n, cap, taken);
        std::ranges::sort(taken, before);
        std::vector<BlendedTrack> tracks;
        for (const Candidate* candidate : taken)
            tracks.push_back({candidate->id, candidate->distance});
        return tracks;
    }

    static bool before(const Candidate* a, const Candidate* b) {
        return a->drawn != b->drawn ? a->drawn < b->drawn : nearer(*a, *b);
    }

    /// Sorted by distance - T * spread * g, with g from a Gumbel distribution, tracks are in the order of a draw
    /// without replacement with probabilities proportional to exp(-distance / (T * spread)). Each track has its own
    /// chance, whatever else is in the pool.
    void move_by_chance(std::span<Candidate* const> queue) const {
        double mean = 0;
        double square = 0;
        for (const Candidate* candidate : queue) {
            mean += static_cast<double>(candidate->distance) / static_cast<double>(queue.size());
            square += std::pow(static_cast<double>(candidate->distance), 2) / static_cast<double>(queue.size());
        }
        const double spread = std::sqrt(std::max(0.0, square - mean * mean));
        const double scale = std::max(0.0, params_.temperature) * spread;
        for (Candidate* candidate : queue) {
            candidate->drawn = static_cast<double>(candidate->distance);
            if (scale == 0) continue;
            const double u = Random::for_task(params_.seed, static_cast<std::uint64_t>(candidate->id.value)).uniform();
            candidate->drawn += scale * std::log(-std::log(std::max(u, 1e-300)));
        }
    }

    /// Goes on until n are taken: the point that has least of its share takes its next track.
    void take_by_shares(const std::vector<std::vector<Candidate*>>& queues, bool avoided, std::size_t n,
                        ArtistCap<std::uint64_t>& cap, std::vector<const Candidate*>& taken) const {
        std::vector<double> has(queues.size(), 0);
        for (const Candidate* candidate : taken)
            has[candidate->point] += 1 / add_[candidate->point].weight;
        std::vector<std::size_t> next(queues.size(), 0);
        while (taken.size() < n) {
            std::size_t poorest = queues.size();
            for (std::size_t i = 0; i < queues.size(); ++i) {
                while (next[i] < queues[i].size() &&
                       (queues[i][next[i]]->avoided != avoided || !cap.may_take(queues[i][next[i]]->song->artist)))
                    ++next[i];
                if (next[i] < queues[i].size() && (poorest == queues.size() || has[i] < has[poorest])) poorest = i;
            }
            if (poorest == queues.size()) return;
            const Candidate* candidate = queues[poorest][next[poorest]++];
            cap.take(candidate->song->artist);
            has[poorest] += 1 / add_[poorest].weight;
            taken.push_back(candidate);
        }
    }

    store::Store& store_;
    const index::VectorIndex& index_;
    const std::vector<BlendPoint> add_;
    const std::vector<BlendPoint> subtract_;
    const BlendParams& params_;
    const std::unordered_set<TrackId> except_;
    const std::unordered_set<TrackId> avoid_;
    std::unordered_map<TrackId, Song> songs_;  // nodes stay where they are
    bool exhausted_ = false;
};

}  // namespace

Blend blend(store::Store& store, const index::VectorIndex& index, std::span<const BlendPoint> add,
            std::span<const BlendPoint> subtract, const BlendParams& params) {
    return Blender(store, index, queries_of(add, index.dimension(), params.seed),
                   unit_points(subtract, index.dimension()), params)
        .blend();
}

}  // namespace audiomuse::features
