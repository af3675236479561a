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

/// More words of a request say nothing new.
inline constexpr std::size_t kMostWords = 16;

/// The different words of `text`, as white space parts them, each as search key ("a-ha live" gives "a ha" and "live").
/// At most kMostWords.
std::vector<std::string> search_words(std::string_view text);

/// A search key in which each Chinese or Japanese character is a word of its own, with a blank at either side, the ends
/// of the text included: these scripts do not part words, and people look for single characters.
std::string part_characters(std::string_view key);

/// The text to be looked for in a column of track_texts when a search key is wanted: anywhere in it. Words of one or
/// two letters are wanted at the beginning of a word: within words they are everywhere.
std::string search_term(std::string_view key);

/// The columns of track_texts, with characters parted. Each begins with a blank, so that " wo" finds every word that
/// begins with "wo".
struct SearchText {
    std::string title;
    std::string artist;  ///< the artist line
    std::string rest;    ///< album, album artist and genres, a line each
};
SearchText search_text(const TrackTags& tags);

/// The words of lyrics, in their order and parted by blanks. Of very long ones the beginning.
std::string lyrics_words(std::string_view lyrics);

/// `text` for a LIKE pattern with ESCAPE '\'.
std::string escape_like(std::string_view text);

}  // namespace audiomuse::store::sql
