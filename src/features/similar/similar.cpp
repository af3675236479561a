#include "audiomuse/features/similar/similar.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_map>

#include "audiomuse/base/error.h"
#include "audiomuse/features/common/acceptors.h"
#include "audiomuse/features/common/songs.h"
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
    struct Song {
        std::string artist;
        std::string signature;
        double duration_s = 0;
        std::optional<std::array<float, 6>> features;
    };

    PoolReader(store::Store& store, bool with_features) : store_(store), with_features_(with_features) {}

    void read(const std::vector<index::Neighbour>& pool) {
        std::vector<TrackId> missing;
        for (const auto& neighbour : pool) {
            if (const TrackId id{neighbour.id}; asked_.insert(id).second) missing.push_back(id);
        }
        if (missing.empty()) return;
        for (const store::TrackRow& row : store_.tracks().get(missing)) {
            if (row.present)
                songs_[row.id] = {
                    artist_key(row.tags), song_signature(row.tags.title, row.author), row.tags.duration_s, {}};
        }
        if (!with_features_) return;
        for (const store::AnalysisSummary& summary : store_.analyses().summaries(missing)) {
            if (const auto found = songs_.find(summary.id); found != songs_.end()) {
                found->second.features = summary.other_features;
            }
        }
    }

    const Song* find(TrackId id) const {
        const auto found = songs_.find(id);
        return found == songs_.end() ? nullptr : &found->second;
    }

private:
    store::Store& store_;
    bool with_features_;
    std::unordered_set<TrackId> asked_;
    std::unordered_map<TrackId, Song> songs_;
};

/// Neighbours to ask for at first: enough that the rules rarely leave too few (the numbers are AudioMuse-AI's).
std::size_t first_pool(const SimilarParams& params, std::size_t n) {
    if (params.mood_similarity) return n + std::max<std::size_t>(20, 8 * n);
    if (params.radius || params.eliminate_duplicates) return n + std::max<std::size_t>(20, 3 * n);
    return n + std::max<std::size_t>(3, n / 5);
}

}  // namespace

std::vector<SimilarTrack> find_similar(store::Store& store, const index::VectorIndex& index, TrackId seed,
                                       const SimilarParams& params) {
    const std::vector<float> seed_vector = index.vector(seed.value);
    if (seed_vector.empty()) throw not_in_index(seed);
    PoolReader reader(store, params.mood_similarity);
    reader.read({{seed.value, 0}});
    const PoolReader::Song* found_seed = reader.find(seed);
    if (found_seed == nullptr) {
        throw Error(ErrorCode::not_found, "There is no track " + std::to_string(seed.value) + ".");
    }
    const PoolReader::Song seed_song = *found_seed;
    if (params.n < 1) return {};
    const auto n = static_cast<std::size_t>(params.n);
    const int artist_cap = params.eliminate_duplicates ? params.max_songs_per_artist : 0;

    const std::size_t everything = index.size();
    for (std::size_t wanted = first_pool(params, n);; wanted *= 2) {
        const std::size_t pool_size = std::min(wanted + 1, everything);  // one more: the seed itself
        const std::vector<index::Neighbour> pool = index.search(seed_vector, pool_size);
        reader.read(pool);

        SongOnce once;
        once.take(seed_song.signature);
        NearDuplicates near({params.duplicate_distance, params.duplicate_lookback});
        near.take({seed_vector, seed_song.duration_s});
        ArtistCap cap(artist_cap);
        std::vector<SimilarTrack> kept;
        std::vector<WalkCandidate> candidates;
        candidates.reserve(pool.size());  // `near` keeps views of the vectors inside
        for (const index::Neighbour& neighbour : pool) {
            const TrackId id{neighbour.id};
            const PoolReader::Song* song = id == seed ? nullptr : reader.find(id);
            if (song == nullptr || !once.may_take(song->signature)) continue;
            if (params.mood_similarity && seed_song.features &&
                !(song->features && similar_mood(*song->features, *seed_song.features, params.mood_threshold))) {
                continue;
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
            if (!params.radius && kept.size() == n) break;
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
