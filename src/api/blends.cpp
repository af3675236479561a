#include "blends.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <map>
#include <random>

#include "audiomuse/base/error.h"
#include "audiomuse/features/similar/similar.h"

namespace audiomuse::api {

namespace {

double distance_between(std::span<const float> a, std::span<const float> b) {
    double product = 0;  // of unit vectors
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        product += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    return 1 - product;
}

}  // namespace

radios::Ingredients ingredients(Backend& backend, const index::VectorIndex& index, UserId listener) {
    return {.store = backend.context.store,
            .index = index,
            .model = backend.context.model,
            .liked_songs = static_cast<int>(backend.context.settings->fingerprint_songs),
            .listener = listener,
            .artists = [&backend] {
                store::Store& store = backend.context.store;
                return radios::Artists{backend.artists.get(store), backend.artists.server_ids(store, std::nullopt)};
            }};
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
