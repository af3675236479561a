// Who plays a track: artists as a list, whatever their names were written into.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "audiomuse/base/track.h"

namespace audiomuse::features {

/// Two spellings of one artist have the same key: the folded name. Empty for nobody: no name, "Unknown Artist",
/// "Various Artists" and the like.
std::string artist_name_key(std::string_view name);

/// The id of an artist in the API: 16 hexadecimal digits made of the key, the same in every library and after every
/// analysis.
std::string artist_id_of(std::string_view key);

/// The artists of a text without doubt: parted at ";", " / ", " feat. ", " ft. ", " featuring " and the same in
/// brackets. At least one, trimmed, in order.
std::vector<std::string> certain_artists(std::string_view text);

/// The names that a library's tags use for single artists. Add all tracks first, then split.
class KnownArtists {
public:
    void add(const std::vector<std::string>& artists, std::string_view album_artist);
    /// The artists of a track, each once. A name with " & ", ", ", " and ", " + ", " x ", " vs. " or "/" inside is
    /// several only when every part of it is known: "Nina & Tom" is two artists in a library that has both, and "Earth,
    /// Wind & Fire" stays one. Without artists the album artist counts.
    std::vector<std::string> split(const std::vector<std::string>& artists, std::string_view album_artist) const;

private:
    std::unordered_set<std::string> keys_;
};

}  // namespace audiomuse::features
