// Which tracks may be chosen.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/base/analysis.h"
#include "audiomuse/base/ids.h"

namespace audiomuse::store {

/// Both ends belong to it. A value that is not known is in no range that has an end.
template <class Number>
struct Range {
    std::optional<Number> from = {};
    std::optional<Number> to = {};
    bool open() const { return !from && !to; }
    friend bool operator==(const Range&, const Range&) = default;
};

struct MusicalKey {
    int key = 0;  ///< index into kPitchClassNames
    Scale scale = Scale::major;
    friend bool operator==(const MusicalKey&, const MusicalKey&) = default;
};

/// All that are given must hold. Names are compared without case, accents and punctuation, and whole: "rock" is not
/// "punk rock".
struct TrackCriteria {
    UserId listener = {};  ///< whose ratings, favourites and plays count, once they have any; else the household's
    std::optional<ServerId> server = {};  ///< that has the track now
    /// With a slash in front: the folder of the file, or one above it. Else a folder of that name (or "Jazz/Live")
    /// anywhere in the path.
    std::string folder = {};
    std::vector<std::string> genres = {};       ///< at least one of them
    std::vector<std::string> genres_not = {};   ///< none of them
    std::vector<std::string> artists = {};      ///< at least one of them plays, guests ("feat.") included
    std::vector<std::string> artists_not = {};  ///< none of them plays
    Range<std::int64_t> year = {};
    Range<double> length_s = {};
    int rating_from = 0;                 ///< 1..5: the best one of the listener's accounts; 0: any
    std::optional<bool> favourite = {};  ///< of any of these accounts
    Range<std::int64_t> plays = {};      ///< of all of them; a track that was never played has 0
    Range<double> tempo = {};            ///< beats per minute
    std::optional<MusicalKey> key = {};
    std::optional<bool> vocal = {};  ///< false: instrumental; see sounds_vocal
    Range<double> energy = {};       ///< mean RMS, as TrackAnalysis::energy
    friend bool operator==(const TrackCriteria&, const TrackCriteria&) = default;

    /// Whether every present track meets it.
    bool open() const { return *this == TrackCriteria{.listener = listener}; }
};

/// Whether somebody sings, as far as the 50 tags tell: one of the tags for vocalists is likelier than "instrumental".
/// Nothing without tags.
std::optional<bool> sounds_vocal(std::span<const float> moods);

}  // namespace audiomuse::store
