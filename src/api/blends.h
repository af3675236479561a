// What the routes of blends, fingerprints and radios share.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/features/alchemy/radio.h"
#include "audiomuse/features/fingerprint/taste.h"
#include "backend.h"
#include "cards.h"
#include "json.h"

namespace audiomuse::api {

/// The store, `index`, the models of artists, and the taste of everybody. Both must outlive it. Songs are called as by
/// `server`.
features::RecipeSources recipe_sources(Backend& backend, const index::VectorIndex& index,
                                       std::optional<ServerId> server = std::nullopt);

/// What those rows of play counts say that somebody likes; without rows, those of everybody that the store has.
std::vector<features::Liked> liked_tracks(Backend& backend, const index::VectorIndex& index,
                                          const std::optional<std::vector<store::Heard>>& heard);
/// Each of them as a point, its weight as share of a list.
std::vector<features::BlendPoint> points_of_taste(const index::VectorIndex& index,
                                                  std::span<const features::Liked> liked);

/// The rows of the tracks that are still there, each with its distance (1 - cos).
struct FoundTracks {
    std::vector<store::TrackRow> rows;
    std::vector<float> distances;
};
FoundTracks found_tracks(Backend& backend, std::span<const features::BlendedTrack> tracks,
                         std::optional<ServerId> server = std::nullopt);

/// Cards with distance, similarity (percent) and reasons: what a track has in common with that of `seeds` which it is
/// nearest to. Without seeds there are no reasons.
json::array found_cards(Backend& backend, const index::VectorIndex& index, const FoundTracks& found,
                        std::span<const TrackId> seeds);

/// A seed for a request that names none: another each time.
std::uint64_t fresh_seed();

}  // namespace audiomuse::api
