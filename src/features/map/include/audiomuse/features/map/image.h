// A map as bytes.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "audiomuse/features/map/music_map.h"

namespace audiomuse::features {

/// Tagged, versioned, little-endian; without the model, which is saved beside it.
std::vector<std::byte> map_image(const MusicMap& map);
/// Throws Error(damaged) for anything that is not a whole image of a known version with rising ids and finite
/// coordinates; never trusts a count before checking it against the bytes that are there.
MusicMap read_map_image(std::span<const std::byte> image);

}  // namespace audiomuse::features
