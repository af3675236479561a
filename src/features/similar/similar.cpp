#include "audiomuse/features/similar/similar.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "audiomuse/base/error.h"
#include "audiomuse/features/common/acceptors.h"
#include "audiomuse/features/common/list_rules.h"
#include "audiomuse/numeric/distance.h"
#include "radius_walk.h"

namespace audiomuse::features {
namespace {

Error not_in_index(TrackId id) {
    return Error(ErrorCode::not_found,
                 "Track " + std::to_string(id.value) + " is not in the index; analyse it to find what sounds like it.");
}

using Features = std::array<float, 6>;

/// What the rules need to know of the tracks of a growing pool; each track is read once.
class PoolReader {
public:
    PoolReader(store::Store& store, SongCache* cache, bool with_features)
        : store_(store), cache_(cache), with_features_(with_features) {}

    void read(std::span<const TrackId> seeds, const std::vector<index::Neighbour>& pool) {
        std::vector<TrackId> missing;
        const auto want = [&](TrackId id) {
            if (!songs_.contains(id)) missing.push_back(id);
        };
        for (const TrackId seed : seeds)
            want(seed);
        for (const auto& neighbour : pool)
            want(TrackId{neighbour.id});
        if (missing.empty()) return;
        // A seed may be in the pool, too.
        std::ranges::sort(missing);
        missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
        if (cache_ != nullptr) {
            cache_->read(store_, missing, songs_);
        } else {
            read_songs(store_, missing, songs_);
        }
        if (!with_features_) return;
        for (const store::AnalysisSummary& summary : store_.analyses().summaries(missing))
            features_[summary.id] = summary.other_features;
    }

    /// Null for a track that is absent.
    const Song* find(TrackId id) const {
        const auto found = songs_.find(id);
        return found == songs_.end() || !found->second.present ? nullptr : &found->second;
    }

    /// Null when they were not asked for, or there are none.
    const Features* features(TrackId id) const {
        const auto found = features_.find(id);
        return found == features_.end() ? nullptr : &found->second;
    }

    /// The mean of those of the seeds that have them; nothing when none has.
    std::optional<Features> mean_features(std::span<const TrackId> seeds) const {
        Features sum{};
        int count = 0;
        for (const TrackId seed : seeds) {
            const Features* const of_seed = features(seed);
            if (of_seed == nullptr) continue;
            for (std::size_t i = 0; i < sum.size(); ++i)
                sum[i] += (*of_seed)[i];
            ++count;
        }
        if (count == 0) return std::nullopt;
        for (float& value : sum)
            value /= static_cast<float>(count);
        return sum;
    }

private:
    store::Store& store_;
    SongCache* cache_;
    bool with_features_;
    Songs songs_;
    std::unordered_map<TrackId, Features> features_;
};

/// Neighbours to ask for at first: enough that the rules rarely leave too few (the numbers are AudioMuse-AI's).
std::size_t first_pool(const SimilarParams& params, std::size_t n, bool against_hubs) {
    if (params.mood_similarity) return n + std::max<std::size_t>(20, 8 * n);
    if (against_hubs || params.radius || params.filter.max_songs_per_artist > 0)
        return n + std::max<std::size_t>(20, 3 * n);
    return n + std::max<std::size_t>(3, n / 5);
}

/// A pool of neighbours after the rules, in its order; tracks and candidates belong to the same positions.
struct Kept {
    std::vector<SimilarTrack> tracks;
    std::vector<WalkCandidate> candidates;
};

/// One call of find_similar.
class Search {
public:
    Search(store::Store& store, const index::VectorIndex& index, const Likeness& wanted, const SimilarParams& params,
           const SimilarCaches& caches)
        : index_(index),
          wanted_(wanted),
          params_(params),
          scales_(caches.scales != nullptr && caches.scales->size() > 0 ? caches.scales : nullptr),
          seeds_(wanted.seeds.begin(), wanted.seeds.end()),
          reader_(store, caches.songs, params.mood_similarity),
          allowed_(caches.filters != nullptr ? caches.filters->allowed_tracks(store, params.filter)
                                             : allowed_tracks(store, params.filter)) {
        for (const TrackId seed : wanted.seeds) {
            std::vector<float> vector = index.vector(seed.value);
            if (!vector.empty()) seed_vectors_.emplace_back(seed, std::move(vector));
        }
    }

    std::vector<SimilarTrack> run() {
        const auto n = static_cast<std::size_t>(std::max(0, params_.n));
        // More than n, where chance chooses among them.
        const std::size_t listed = variance_pool(n, params_.filter.variance);
        const std::size_t everything = allowed_.listed() ? allowed_.listed()->size() + seeds_.size() : index_.size();
        // A search collects twice as many as it is asked for, and ef_search at least: what a second pool takes
        // comes with the first.
        const std::size_t at_once = index_.params().ef_search / 2;
        std::vector<index::Neighbour> found;
        for (std::size_t wanted = first_pool(params_, listed, scales_ != nullptr);; wanted *= 2) {
            const std::size_t size = std::min(wanted + seeds_.size(), everything);  // the seeds are near, too
            if (found.size() < size) {
                found = nearest_allowed(index_, wanted_.vector, std::clamp(at_once, size, everything), allowed_);
            }
            std::vector<index::Neighbour> pool = found;
            pool.resize(std::min(size, found.size()));
            const std::vector<float> weights =
                scales_ != nullptr ? scales_->sort(pool) : std::vector<float>(pool.size(), 1);
            reader_.read(wanted_.seeds, pool);
            std::vector<SimilarTrack> list = ordered(keep(pool, weights, listed), listed);
            if (list.size() == listed || size >= everything) return chosen(std::move(list), n);
        }
    }

private:
    /// `weights` are those of the distances that the pool is sorted by.
    Kept keep(const std::vector<index::Neighbour>& pool, const std::vector<float>& weights, std::size_t enough) {
        ListFilter filter = params_.filter;
        // A walk applies the caps itself: which of an artist's tracks it takes depends on its way.
        if (params_.radius) filter.max_songs_per_artist = filter.max_songs_per_album = 0;
        ListRules rules(filter);
        shun_seeds(rules);
        const std::optional<Features> mood =
            params_.mood_similarity ? reader_.mean_features(wanted_.seeds) : std::nullopt;
        const std::size_t most = params_.radius ? pool.size() : enough;  // a walk chooses among all that are near
        Kept kept;
        kept.candidates.reserve(pool.size());  // the rules keep views of the vectors inside
        for (std::size_t i = 0; i < pool.size() && kept.tracks.size() < most; ++i) {
            const index::Neighbour& neighbour = pool[i];
            const TrackId id{neighbour.id};
            const Song* const song = seeds_.contains(id) ? nullptr : reader_.find(id);
            if (song == nullptr) continue;
            if (mood) {
                const Features* const features = reader_.features(id);
                if (features == nullptr || !similar_mood(*features, *mood, params_.mood_threshold)) continue;
            }
            if (!rules.may_take({*song})) continue;  // before the vector is copied
            std::vector<float> vector = index_.vector(neighbour.id);
            if (vector.empty() || !rules.may_take({*song, vector})) continue;  // empty: removed since the search
            kept.candidates.push_back({neighbour.distance, song->artist, song->album, std::move(vector), weights[i]});
            rules.take({*song, kept.candidates.back().vector});
            kept.tracks.push_back({id, neighbour.distance});
        }
        return kept;
    }

    void shun_seeds(ListRules& rules) const {
        for (const TrackId seed : wanted_.seeds) {
            const Song* const song = reader_.find(seed);
            if (song == nullptr) {
                throw Error(ErrorCode::not_found, "There is no track " + std::to_string(seed.value) + ".");
            }
            rules.shun({*song});
        }
        // Compared by sound: as many of the seeds as the rule looks back.
        for (const auto& [seed, vector] : seed_vectors_)
            rules.shun({*reader_.find(seed), vector});
    }

    std::vector<SimilarTrack> ordered(Kept kept, std::size_t n) const {
        if (!params_.radius) {
            std::ranges::stable_sort(kept.tracks, {}, &SimilarTrack::distance);
            return std::move(kept.tracks);
        }
        std::vector<SimilarTrack> list;
        const WalkParams walk{.n = n,
                              .max_songs_per_artist = params_.filter.max_songs_per_artist,
                              .max_songs_per_album = params_.filter.max_songs_per_album};
        for (const std::size_t i : radius_walk(kept.candidates, walk))
            list.push_back(kept.tracks[i]);
        return list;
    }

    std::vector<SimilarTrack> chosen(std::vector<SimilarTrack> list, std::size_t n) const {
        if (list.size() <= n) return list;
        std::vector<TrackId> ids;
        for (const SimilarTrack& track : list)
            ids.push_back(track.id);
        std::vector<SimilarTrack> result;
        for (const std::size_t i : vary(ids, n, params_.filter.variance, params_.filter.seed))
            result.push_back(list[i]);
        return result;
    }

    const index::VectorIndex& index_;
    const Likeness& wanted_;
    const SimilarParams& params_;
    const LocalScales* scales_;
    std::unordered_set<TrackId> seeds_;
    PoolReader reader_;
    AllowedTracks allowed_;
    std::vector<std::pair<TrackId, std::vector<float>>> seed_vectors_;
};

}  // namespace

Likeness like_tracks(const index::VectorIndex& index, std::span<const TrackId> seeds) {
    if (seeds.empty()) throw Error(ErrorCode::invalid_argument, "Name at least one track to find what sounds like it.");
    Likeness likeness{.vector = std::vector<float>(index.dimension()), .seeds = {seeds.begin(), seeds.end()}};
    for (const TrackId seed : seeds) {
        const std::vector<float> vector = index.vector(seed.value);
        if (vector.empty()) throw not_in_index(seed);
        for (std::size_t i = 0; i < vector.size(); ++i)
            likeness.vector[i] += vector[i];
    }
    if (!numeric::normalise(likeness.vector)) {
        throw Error(ErrorCode::invalid_argument,
                    "These tracks are opposites: nothing lies between them. Leave one out.");
    }
    return likeness;
}

std::vector<SimilarTrack> find_similar(store::Store& store, const index::VectorIndex& index, const Likeness& wanted,
                                       const SimilarParams& params, const SimilarCaches& caches) {
    Likeness place = wanted;
    if (place.vector.size() != index.dimension() || !numeric::normalise(place.vector)) {
        throw Error(ErrorCode::invalid_argument, "The place to look around is no vector of the index's length.");
    }
    return Search(store, index, place, params, caches).run();
}

std::vector<SimilarTrack> find_similar(store::Store& store, const index::VectorIndex& index, TrackId seed,
                                       const SimilarParams& params, const SimilarCaches& caches) {
    const Likeness wanted{.vector = index.vector(seed.value), .seeds = {seed}};
    if (wanted.vector.empty()) throw not_in_index(seed);
    return Search(store, index, wanted, params, caches).run();
}

FarthestTrack max_distance(const index::VectorIndex& index, TrackId seed) {
    const std::vector<float> vector = index.vector(seed.value);
    if (vector.empty()) throw not_in_index(seed);
    const index::Neighbour farthest = index.farthest(vector, seed.value);
    return {TrackId{farthest.id}, farthest.distance};
}

}  // namespace audiomuse::features
