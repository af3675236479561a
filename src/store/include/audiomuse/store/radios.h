// Radios: recipes whose playlist is made again and again, and stays the same playlist.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/base/ids.h"

namespace audiomuse::store {

/// How many issues of a playlist are kept, the present one included.
inline constexpr std::int64_t kKeptIssues = 5;

struct Radio {
    RadioId id;
    std::string name;           ///< of its playlist, when that is made
    AnchorId anchor = {};       ///< none: the recipe says what it plays
    std::string recipe = "{}";  ///< JSON
    std::string filter = "{}";  ///< JSON: what may be in the list
    double temperature = 1;
    std::int64_t n = 50;
    bool enabled = true;
    PlaylistId playlist = {};  ///< none yet; one that was removed is made anew
    double created_at = 0;
    double refreshed_at = 0;  ///< 0: never
    UserId owner = {};        ///< whose radio and playlist it is; nobody: the household's
};

/// A playlist as it was at one time.
struct Issue {
    std::int64_t number = 0;  ///< from 1
    double made_at = 0;
    std::vector<TrackId> tracks;  ///< in order, without those that are gone
};

class Radios {
public:
    virtual ~Radios() = default;
    virtual std::vector<Radio> list() = 0;  ///< by name
    virtual std::optional<Radio> get(RadioId id) = 0;
    /// Of `radio`, all but id, playlist and times. Throws Error(invalid_argument) for a blank name or one over 200
    /// characters, Error(not_found) for an unknown anchor, Error(conflict) when that has a radio of this owner.
    virtual RadioId add(const Radio& radio) = 0;
    /// Name, recipe, filter, temperature, n and enabled. Throws as add, and Error(not_found).
    virtual void update(const Radio& radio) = 0;
    virtual void remove(RadioId id) = 0;  ///< the playlist stays, as any other; throws Error(not_found)

    /// Puts `tracks` in the radio's playlist, which is made when it has none, and keeps them as its newest issue beside
    /// the last ones; all in one transaction. A new playlist has the radio's name, with a number where that is taken.
    /// Throws Error(not_found) for an unknown radio or track.
    virtual PlaylistId publish(RadioId id, std::span<const TrackId> tracks) = 0;
    virtual std::vector<Issue> issues(PlaylistId playlist) = 0;  ///< the newest first, at most kKeptIssues
};

}  // namespace audiomuse::store
