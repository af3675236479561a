#include "blends.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <map>
#include <random>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/features/similar/similar.h"

namespace audiomuse::api {

namespace {

/// Rows of play counts that are looked at, for one song of a fingerprint.
constexpr std::int64_t kLookedAt = 25;

double distance_between(std::span<const float> a, std::span<const float> b) {
    double product = 0;  // of unit vectors
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        product += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    return 1 - product;
}

/// The components of an artist by name, by our id or by that of the default server; none before the first analysis.
std::vector<features::BlendPoint> components_of(Backend& backend, const std::string& artist) {
    const auto models = backend.artists.get(backend.context.store);
    std::size_t found = models->find(artist);
    if (found == features::ArtistModels::kNone) {
        const auto ids = backend.artists.server_ids(backend.context.store, std::nullopt);
        const auto key = ids->key_of_id.find(artist);
        if (key != ids->key_of_id.end()) found = models->find(key->second);
    }
    std::vector<features::BlendPoint> points;
    if (found == features::ArtistModels::kNone) return points;
    const std::span<const float> weights = models->at(found).weights;
    for (std::size_t i = 0; i < weights.size(); ++i)
        points.push_back({.vector = models->mean(found, i), .weight = static_cast<double>(weights[i])});
    return points;
}

}  // namespace

features::RecipeSources recipe_sources(Backend& backend, const index::VectorIndex& index,
                                       std::optional<ServerId> server) {
    features::RecipeSources sources{.store = backend.context.store, .index = index, .model = backend.context.model};
    sources.server = server;
    sources.artist_components = [&backend](const std::string& artist) { return components_of(backend, artist); };
    sources.taste = [&backend, &index] { return points_of_taste(index, liked_tracks(backend, index, std::nullopt)); };
    return sources;
}

std::vector<features::Liked> liked_tracks(Backend& backend, const index::VectorIndex& index,
                                          const std::optional<std::vector<store::Heard>>& heard) {
    const features::TasteParams params{.songs = static_cast<int>(backend.context.settings.fingerprint_songs)};
    store::Store& store = backend.context.store;
    return features::taste_of(store, index,
                              heard ? *heard : store.history().most_played(std::nullopt, params.songs * kLookedAt),
                              unix_now(), params);
}

std::vector<features::BlendPoint> points_of_taste(const index::VectorIndex& index,
                                                  std::span<const features::Liked> liked) {
    std::vector<features::BlendPoint> points;
    for (const features::Liked& each : liked) {
        // One that was played years ago still is a point, if a small one.
        if (auto vector = index.vector(each.heard.track.value); !vector.empty())
            points.push_back({.vector = std::move(vector), .weight = std::max(each.weight, 1e-6)});
    }
    return points;
}

FoundTracks found_tracks(Backend& backend, std::span<const features::BlendedTrack> tracks,
                         std::optional<ServerId> server) {
    std::vector<TrackId> ids;
    std::map<TrackId, float> distances;
    for (const features::BlendedTrack& track : tracks) {
        ids.push_back(track.id);
        distances[track.id] = track.distance;
    }
    FoundTracks found{.rows = backend.context.store.tracks().get(ids), .distances = {}};
    speak_ids_of(backend, server, found.rows);
    for (const store::TrackRow& row : found.rows)
        found.distances.push_back(distances.at(row.id));
    return found;
}

json::array found_cards(Backend& backend, const index::VectorIndex& index, const FoundTracks& found,
                        std::span<const TrackId> seeds) {
    const Summaries summaries = summaries_of(backend, found.rows);
    std::map<TrackId, std::vector<float>> vectors;
    std::map<TrackId, store::AnalysisSummary> seed_summaries;
    for (const store::AnalysisSummary& summary : backend.context.store.analyses().summaries(seeds)) {
        if (auto vector = index.vector(summary.id.value); !vector.empty()) {
            vectors[summary.id] = std::move(vector);
            seed_summaries[summary.id] = summary;
        }
    }
    json::array cards = track_cards(backend, found.rows);
    for (std::size_t i = 0; i < found.rows.size(); ++i) {
        const TrackId id = found.rows[i].id;
        features::Explanation explanation{
            .percent = std::clamp(static_cast<int>(std::lround(100 * (1 - found.distances[i]))), 0, 100)};
        const auto summary = summaries.find(id);
        if (summary != summaries.end() && !vectors.empty()) {
            const std::vector<float> vector = index.vector(id.value);
            const auto nearest = std::ranges::min_element(
                vectors, {}, [&](const auto& seed) { return distance_between(seed.second, vector); });
            explanation = features::explain(seed_summaries.at(nearest->first), summary->second, found.distances[i]);
        }
        json::array reasons;
        for (const std::string& reason : explanation.reasons)
            reasons.emplace_back(reason);
        json::object& card = cards[i].as_object();
        card["distance"] = shortest(found.distances[i]);
        card["similarity"] = explanation.percent;
        card["reasons"] = std::move(reasons);
    }
    return cards;
}

std::uint64_t fresh_seed() {
    static constexpr std::uint64_t kMost = 0x7fff'ffff;  // as a number of a filter, it is read back exactly
    return std::random_device()() & kMost;
}

}  // namespace audiomuse::api
