// Text as the catalogue is searched and sorted by. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/base/track.h"

namespace audiomuse::store::sql {

/// fold(), then without punctuation: apostrophes and full stops vanish ("Don't" and "Don’t" give "dont", "R.E.M." gives
/// "rem"), other marks become blanks ("AC/DC" gives "ac dc"). A text of nothing but marks ("!!!") stays as folded.
std::string search_key(std::string_view text);

/// The different words of `text`, as white space parts them, each as search key ("a-ha live" gives "a ha" and "live").
/// At most 16: more say nothing new.
std::vector<std::string> search_words(std::string_view text);

/// The columns of track_texts. Each begins with a blank, so that " wo" finds every word that begins with "wo".
struct SearchText {
    std::string title;
    std::string artist;  ///< the artist line
    std::string rest;    ///< album, album artist and genres, a line each
};
SearchText search_text(const TrackTags& tags);

/// `text` for a LIKE pattern with ESCAPE '\'.
std::string escape_like(std::string_view text);

/// Number of code points of valid UTF-8.
std::size_t count_characters(std::string_view text);

}  // namespace audiomuse::store::sql
