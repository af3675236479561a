// Places of moods: where the music lies that has most of one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/features/similar/similar.h"

namespace audiomuse::features {

/// A tag (kMoodNames, in lower case) or one of the six further features, and the tracks that have most of it.
struct Mood {
    std::string name;
    std::vector<TrackId> strongest;  ///< the most first
};

/// All of them, by one pass over the analyses: of each, the strongest in fifty tracks of the library, at least 5 and at
/// most 100. Tracks whose analysis does not have it are left out.
std::vector<Mood> read_moods(store::Store& store);

/// The middle of the strongest tracks of a mood (blind to case), which may be in the list themselves. Throws
/// Error(not_found) for a name that is no mood, or a mood that no track in the index has.
Likeness like_mood(const index::VectorIndex& index, std::span<const Mood> moods, std::string_view name);

}  // namespace audiomuse::features
