#include "audiomuse/features/path/song_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"
#include "audiomuse/features/common/acceptors.h"
#include "audiomuse/numeric/distance.h"
#include "great_circle.h"
#include "path_order.h"

namespace audiomuse::features {
namespace {

// What counts as near a target: AudioMuse-AI looks at five times the ten neighbours that it wants.
constexpr std::size_t kNear = 50;
// How much the way from the song before counts, beside the way from the target.
constexpr double kSmoothness = 0.5;

struct Stone {
    TrackId id;
    std::vector<float> vector;  // unit length
    double duration_s = 0;
};

double angle(std::span<const float> a, std::span<const float> b) {
    return angle_of(static_cast<double>(numeric::unit_cosine_distance(a, b)));
}

/// Why songs were not taken, counted over one whole pass through what there is.
struct Refusals {
    std::size_t artist_cap = 0;
    std::size_t album_cap = 0;
    std::size_t versions = 0;
    std::size_t duplicates = 0;
};

class PathMaker {
public:
    PathMaker(const index::VectorIndex& index, const PathParams& params, const ReadPathSongs& read,
              const index::VectorIndex::Filter& allowed)
        : index_(index),
          params_(params),
          read_(read),
          allowed_(allowed),
          artists_(params.max_songs_per_artist),
          albums_(params.max_songs_per_album) {}

    SongPath make(std::span<const TrackId> stops) {
        place_stops(stops);
        const std::size_t wanted = std::max(static_cast<std::size_t>(std::max(params_.length, 2)), stops.size());
        const std::vector<std::size_t> shares = share_out(wanted - stops.size());
        for (std::size_t leg = 0; leg < legs_.size(); ++leg)
            lead(legs_[leg], shares[leg]);
        std::size_t songs = count();
        while (params_.exact && songs < wanted && fill_widest_gap())
            ++songs;
        for (auto& leg : legs_)
            put_in_order(leg);
        SongPath path = joined();
        if (songs < wanted) path.shortfall = explain(songs, wanted);
        return path;
    }

private:
    using Leg = std::vector<Stone>;  // from one stop to the next, both included

    void place_stops(std::span<const TrackId> stops) {
        if (stops.size() < 2) throw Error(ErrorCode::invalid_argument, "A path needs a first and a last song.");
        const std::vector<PathSong> songs = read_(stops);
        std::vector<Stone> stones;
        for (std::size_t i = 0; i < stops.size(); ++i) {
            if (!used_.insert(stops[i].value).second) {
                throw Error(ErrorCode::invalid_argument, "The songs that a path leads through must all be different.");
            }
            std::vector<float> vector = index_.vector(stops[i].value);
            if (vector.empty()) {
                throw Error(ErrorCode::not_found, fmt::format("Track {} is not in the index; analyse it, then a path "
                                                              "can lead through it.",
                                                              stops[i].value));
            }
            stones.push_back({stops[i], std::move(vector), songs[i].duration_s});
            take(songs[i]);
        }
        for (std::size_t i = 0; i + 1 < stones.size(); ++i)
            legs_.push_back({stones[i], stones[i + 1]});
    }

    /// How many of `songs` go between each two stops: by the angles, so that steps are even; the largest remainders
    /// take what is left.
    std::vector<std::size_t> share_out(std::size_t songs) const {
        std::vector<double> angles;
        for (const Leg& leg : legs_)
            angles.push_back(std::max(1e-6, angle(leg.front().vector, leg.back().vector)));
        const double whole = std::accumulate(angles.begin(), angles.end(), 0.0);
        std::vector<std::size_t> shares;
        std::vector<std::pair<double, std::size_t>> rests;
        for (std::size_t i = 0; i < angles.size(); ++i) {
            const double share = static_cast<double>(songs) * angles[i] / whole;
            shares.push_back(static_cast<std::size_t>(share));
            rests.emplace_back(std::floor(share) - share, i);
        }
        std::sort(rests.begin(), rests.end());
        const std::size_t given = std::accumulate(shares.begin(), shares.end(), std::size_t{0});
        for (std::size_t i = 0; i < songs - std::min(songs, given); ++i)
            ++shares[rests[i % rests.size()].second];
        return shares;
    }

    /// Puts up to `songs` songs into a leg that has its ends only.
    void lead(Leg& leg, std::size_t songs) {
        for (std::size_t i = 1; i <= songs; ++i) {
            const double t = static_cast<double>(i) / static_cast<double>(songs + 1);
            const std::vector<float> target = between(leg.front().vector, leg.back().vector, t);
            if (auto stone = choose(target, leg[leg.size() - 2], kNear)) leg.insert(leg.end() - 1, std::move(*stone));
        }
    }

    /// Puts a song into the widest step that takes one. False when none does.
    bool fill_widest_gap() {
        struct Gap {
            double width;
            Leg* leg;
            std::size_t before;
        };
        std::vector<Gap> gaps;
        for (Leg& leg : legs_) {
            for (std::size_t i = 0; i + 1 < leg.size(); ++i)
                gaps.push_back({angle(leg[i].vector, leg[i + 1].vector), &leg, i});
        }
        std::stable_sort(gaps.begin(), gaps.end(), [](const Gap& a, const Gap& b) { return a.width > b.width; });
        const Gap& widest = gaps.front();
        const std::vector<float> target =
            between((*widest.leg)[widest.before].vector, (*widest.leg)[widest.before + 1].vector, 0.5);
        // What a song is refused for does not depend on the place: where the whole index has none, no gap has.
        for (std::size_t pool = kNear;; pool *= 4) {
            const std::size_t looked_at = std::min(pool, index_.size());
            if (auto stone = choose(target, (*widest.leg)[widest.before], looked_at)) {
                widest.leg->insert(widest.leg->begin() + static_cast<std::ptrdiff_t>(widest.before) + 1,
                                   std::move(*stone));
                return true;
            }
            if (looked_at == index_.size()) return false;
        }
    }

    /// Of the `pool` songs nearest to `target`, the one that fits best, taken; nothing when none may be.
    std::optional<Stone> choose(std::span<const float> target, const Stone& before, std::size_t pool) {
        const auto free = [this](std::int64_t id) { return !used_.contains(id) && (!allowed_ || allowed_(id)); };
        const std::vector<index::Neighbour> found = index_.search(target, pool, free);
        read_new(found);
        refusals_ = {};
        std::optional<Stone> best;
        double lowest = 0;
        for (const index::Neighbour& neighbour : found) {
            const PathSong& song = songs_.at(TrackId{neighbour.id});
            if (!song.present) continue;
            const double own = angle_of(static_cast<double>(neighbour.distance));
            if (best && own >= lowest) break;  // the others are farther still
            if (!may_take(song)) continue;
            Stone stone{TrackId{neighbour.id}, index_.vector(neighbour.id), song.duration_s};
            if (stone.vector.empty()) continue;  // removed since the search
            if (repeats(stone)) {
                ++refusals_.duplicates;
                continue;
            }
            const double cost = (own + kSmoothness * angle(before.vector, stone.vector)) * (1 + chance(stone.id));
            if (best && cost >= lowest) continue;
            lowest = cost;
            best = std::move(stone);
        }
        if (best) {
            take(songs_.at(best->id));
            used_.insert(best->id.value);
        }
        return best;
    }

    bool may_take(const PathSong& song) {
        if (!once_.may_take(song.signature)) {
            ++refusals_.versions;
            return false;
        }
        if (!artists_.may_take(song.artist)) {
            ++refusals_.artist_cap;
            return false;
        }
        if (!albums_.may_take(song.album)) {
            ++refusals_.album_cap;
            return false;
        }
        return true;
    }

    void take(const PathSong& song) {
        artists_.take(song.artist);
        albums_.take(song.album);
        once_.take(song.signature);
    }

    /// The whole path is compared, not a few songs before: its order is not known before the end.
    bool repeats(const Stone& stone) const {
        if (params_.duplicate_distance <= 0) return false;
        for (const Leg& leg : legs_) {
            for (const Stone& other : leg) {
                NearDuplicates near({.distance = params_.duplicate_distance, .lookback = 1});
                near.take({other.vector, other.duration_s});
                if (!near.may_take({stone.vector, stone.duration_s})) return true;
            }
        }
        return false;
    }

    /// 0 to variance, by seed and song.
    double chance(TrackId id) const {
        if (params_.variance <= 0) return 0;
        return params_.variance * Random::for_task(params_.seed, static_cast<std::uint64_t>(id.value)).uniform();
    }

    void read_new(const std::vector<index::Neighbour>& found) {
        std::vector<TrackId> ids;
        for (const index::Neighbour& neighbour : found) {
            if (!songs_.contains(TrackId{neighbour.id})) ids.push_back(TrackId{neighbour.id});
        }
        if (ids.empty()) return;
        const std::vector<PathSong> songs = read_(ids);
        for (std::size_t i = 0; i < ids.size(); ++i)
            songs_.emplace(ids[i], songs[i]);
    }

    static void put_in_order(Leg& leg) {
        std::vector<std::span<const float>> vectors;
        for (const Stone& stone : leg)
            vectors.emplace_back(stone.vector);
        Leg ordered;
        for (const std::size_t i : shortest_order(vectors))
            ordered.push_back(std::move(leg[i]));
        leg = std::move(ordered);
    }

    std::size_t count() const {
        std::size_t songs = 1;
        for (const Leg& leg : legs_)
            songs += leg.size() - 1;
        return songs;
    }

    SongPath joined() const {
        SongPath path;
        const Stone* before = nullptr;
        double way = 0;
        for (const Leg& leg : legs_) {
            for (std::size_t i = before == nullptr ? 0 : 1; i < leg.size(); ++i) {
                const float distance =
                    before == nullptr ? 0 : numeric::unit_cosine_distance(before->vector, leg[i].vector);
                way += angle_of(static_cast<double>(distance));
                path.songs.push_back(leg[i].id);
                path.distances.push_back(distance);
                path.positions.push_back(static_cast<float>(way));
                before = &leg[i];
            }
        }
        const float whole = path.positions.back();
        for (float& position : path.positions)
            position = whole > 0 ? position / whole : 0;
        path.positions.back() = 1;
        return path;
    }

    std::string explain(std::size_t songs, std::size_t wanted) const {
        std::string text = fmt::format("The path has {} of {} songs: ", songs, wanted);
        if (!params_.exact) return text + "near the other places there was none; ask for the exact length to fill up.";
        const auto most =
            std::max({refusals_.artist_cap, refusals_.album_cap, refusals_.versions, refusals_.duplicates});
        if (most == 0 && allowed_) return text + "the filter leaves no more.";
        if (most == 0) return text + "the library has no more that are analysed.";
        if (most == refusals_.artist_cap)
            return text + fmt::format("the limit of {} per artist leaves no more.", params_.max_songs_per_artist);
        if (most == refusals_.album_cap)
            return text + fmt::format("the limit of {} per album leaves no more.", params_.max_songs_per_album);
        return text + "what is left are other versions or near duplicates of songs in it.";
    }

    const index::VectorIndex& index_;
    const PathParams& params_;
    const ReadPathSongs& read_;
    const index::VectorIndex::Filter& allowed_;
    ArtistCap<std::uint64_t> artists_;
    ArtistCap<std::uint64_t> albums_;
    SongOnce<std::uint64_t> once_;
    std::unordered_set<std::int64_t> used_;
    std::unordered_map<TrackId, PathSong> songs_;
    std::vector<Leg> legs_;
    Refusals refusals_;  ///< of the last choice
};

}  // namespace

SongPath find_path(const index::VectorIndex& index, std::span<const TrackId> stops, const PathParams& params,
                   const ReadPathSongs& read, const index::VectorIndex::Filter& allowed) {
    return PathMaker(index, params, read, allowed).make(stops);
}

PathStatistics statistics_of(std::span<const float> distances) {
    PathStatistics statistics;
    for (std::size_t i = 1; i < distances.size(); ++i) {
        const auto distance = static_cast<double>(distances[i]);
        statistics.total += distance;
        if (statistics.longest_at != 0 && distance <= statistics.longest) continue;
        statistics.longest = distance;
        statistics.longest_at = i;
    }
    if (distances.size() > 1) statistics.mean = statistics.total / static_cast<double>(distances.size() - 1);
    return statistics;
}

double angular_length(std::span<const float> distances) {
    double sum = 0;
    for (const float distance : distances)
        sum += angle_of(static_cast<double>(distance));
    return sum / std::numbers::pi;
}

}  // namespace audiomuse::features
