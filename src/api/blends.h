// What the routes of blends, fingerprints and anchors share.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/features/alchemy/blend.h"
#include "audiomuse/radios/ingredients.h"
#include "backend.h"
#include "cards.h"
#include "json.h"

namespace audiomuse::api {

/// What recipes are made of here, for a listener. `index` must outlive it.
radios::Ingredients ingredients(Backend& backend, const index::VectorIndex& index, UserId listener);

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
