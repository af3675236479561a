// The style a track is shown under: one of a fixed list of families, derived from its tags.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace audiomuse::api {

inline constexpr std::array<std::string_view, 14> kStyleFamilies = {
    "rock", "metal", "pop",  "electronic", "dance",     "hip-hop", "soul",
    "jazz", "blues", "folk", "country",    "classical", "ambient", "other"};

/// The strongest family: the largest weight × probability over the tags that speak for it; equal ones by the order of
/// the list. "other" when no tag speaks for any family. `moods` holds a probability per kMoodNames; without tags the
/// answer is nothing.
std::optional<std::string_view> style_family(std::span<const float> moods);

/// The place of a family in the list.
std::size_t style_family_index(std::string_view family);

}  // namespace audiomuse::api
