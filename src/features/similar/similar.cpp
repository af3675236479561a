#include "audiomuse/features/similar/similar.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "audiomuse/base/error.h"
#include "audiomuse/features/common/acceptors.h"
#include "radius_walk.h"

namespace audiomuse::features {
namespace {

Error not_in_index(TrackId id) {
    return Error(ErrorCode::not_found,
                 "Track " + std::to_string(id.value) + " is not in the index; analyse it to find what sounds like it.");
}

/// What the rules need to know of the tracks of a growing pool; each track is read once.
class PoolReader {
public:
    PoolReader(store::Store& store, SongCache* cache, const SimilarParams& params)
        : store_(store), cache_(cache), with_features_(params.mood_similarity), server_(params.server) {}

    void read(TrackId seed, const std::vector<index::Neighbour>& pool) {
        std::vector<TrackId> missing;
        if (!songs_.contains(seed)) missing.push_back(seed);
        for (const auto& neighbour : pool) {
            if (const TrackId id{neighbour.id}; id != seed && !songs_.contains(id)) missing.push_back(id);
        }
        if (missing.empty()) return;
        if (cache_ != nullptr) {
            cache_->read(store_, missing, songs_);
        } else {
            read_songs(store_, missing, songs_);
        }
        if (server_) hide_those_elsewhere(missing, seed);
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
    const std::array<float, 6>* features(TrackId id) const {
        const auto found = features_.find(id);
        return found == features_.end() ? nullptr : &found->second;
    }

private:
    void hide_those_elsewhere(const std::vector<TrackId>& ids, TrackId seed) {
        const std::vector<std::string> item_ids = store_.tracks().item_ids_on(*server_, ids);
        for (std::size_t i = 0; i < ids.size(); ++i) {
            const auto found = songs_.find(ids[i]);
            if (item_ids[i].empty() && ids[i] != seed && found != songs_.end()) found->second.present = false;
        }
    }

    store::Store& store_;
    SongCache* cache_;
    bool with_features_;
    std::optional<ServerId> server_;
    Songs songs_;
    std::unordered_map<TrackId, std::array<float, 6>> features_;
};

/// Neighbours to ask for at first: enough that the rules rarely leave too few (the numbers are AudioMuse-AI's).
std::size_t first_pool(const SimilarParams& params, std::size_t n) {
    if (params.mood_similarity) return n + std::max<std::size_t>(20, 8 * n);
    if (params.radius || params.eliminate_duplicates) return n + std::max<std::size_t>(20, 3 * n);
    return n + std::max<std::size_t>(3, n / 5);
}

}  // namespace

std::vector<SimilarTrack> find_similar(store::Store& store, const index::VectorIndex& index, TrackId seed,
                                       const SimilarParams& params, SongCache* cache) {
    const std::vector<float> seed_vector = index.vector(seed.value);
    if (seed_vector.empty()) throw not_in_index(seed);
    PoolReader reader(store, cache, params);
    const auto n = static_cast<std::size_t>(std::max(0, params.n));
    const int artist_cap = params.eliminate_duplicates ? params.max_songs_per_artist : 0;

    const std::size_t everything = index.size();
    for (std::size_t wanted = first_pool(params, n);; wanted *= 2) {
        const std::size_t pool_size = std::min(wanted + 1, everything);  // one more: the seed itself
        const std::vector<index::Neighbour> pool = index.search(seed_vector, pool_size);
        reader.read(seed, pool);
        const Song* const seed_song = reader.find(seed);
        if (seed_song == nullptr) {
            throw Error(ErrorCode::not_found, "There is no track " + std::to_string(seed.value) + ".");
        }
        const std::array<float, 6>* const seed_features = reader.features(seed);

        SongOnce<std::uint64_t> once;
        once.take(seed_song->signature);
        NearDuplicates near({params.duplicate_distance, params.duplicate_lookback});
        near.take({seed_vector, seed_song->duration_s});
        ArtistCap<std::uint64_t> cap(artist_cap);
        std::vector<SimilarTrack> kept;
        std::vector<WalkCandidate> candidates;
        candidates.reserve(pool.size());  // `near` keeps views of the vectors inside
        for (const index::Neighbour& neighbour : pool) {
            if (!params.radius && kept.size() == n) break;
            const TrackId id{neighbour.id};
            const Song* song = id == seed ? nullptr : reader.find(id);
            if (song == nullptr || !once.may_take(song->signature)) continue;
            if (seed_features != nullptr) {
                const std::array<float, 6>* const features = reader.features(id);
                if (features == nullptr || !similar_mood(*features, *seed_features, params.mood_threshold)) continue;
            }
            if (!params.radius && !cap.may_take(song->artist)) continue;
            std::vector<float> vector = index.vector(neighbour.id);
            if (vector.empty() || !near.may_take({vector, song->duration_s}))
                continue;  // empty: removed since the search
            candidates.push_back({neighbour.distance, song->artist, std::move(vector)});
            once.take(song->signature);
            near.take({candidates.back().vector, song->duration_s});
            cap.take(song->artist);
            kept.push_back({id, neighbour.distance});
        }

        std::vector<SimilarTrack> result;
        if (params.radius) {
            const auto order = radius_walk(candidates, {.n = n, .max_songs_per_artist = artist_cap});
            for (const std::size_t i : order)
                result.push_back(kept[i]);
        } else {
            result = std::move(kept);
        }
        if (result.size() == n || pool_size >= everything) return result;
    }
}

FarthestTrack max_distance(const index::VectorIndex& index, TrackId seed) {
    const std::vector<float> vector = index.vector(seed.value);
    if (vector.empty()) throw not_in_index(seed);
    const index::Neighbour farthest = index.farthest(vector, seed.value);
    return {TrackId{farthest.id}, farthest.distance};
}

}  // namespace audiomuse::features
