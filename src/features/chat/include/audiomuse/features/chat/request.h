// What a request for music in plain words asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace audiomuse::features {

/// What a condition is about. In brackets: what `value`, or `from` and `to` if there is none, say.
enum class ConditionKind : std::uint8_t {
    mood,         ///< (a tag or further feature, as kMoodNames and kOtherFeatureNames have them, in lower case)
    genre,        ///< (name, in lower case)
    style,        ///< how it is played or recorded, such as "acoustic" or "live" (name)
    instrument,   ///< (name)
    voice,        ///< (instrumental, vocal, female or male)
    tempo,        ///< (beats per minute)
    energy,       ///< (place in the library, 0 the quietest track to 1 the loudest)
    key,          ///< ("A minor", as parse_key reads it, or a scale alone: "minor")
    year,         ///< (years)
    song_length,  ///< of each song (seconds)
    artist,       ///< plays it (name)
    song,         ///< named to leave it out (title, "by", artist)
    like_artist,  ///< sounds like the artist (name)
    like_song,    ///< sounds like the song (title, "by", artist)
    unplayed,     ///< not played (from: for so many days; without: ever)
    favourite,    ///< of anybody
    rating,       ///< (stars)
    count,        ///< of the list (from: songs)
    duration,     ///< of the list (from: seconds)
    per_artist,   ///< at most (from: songs)
};
std::string_view kind_name(ConditionKind kind);  ///< "like_artist"
bool says_how_long(ConditionKind kind);          ///< the list is to be: count, duration or per_artist

enum class Degree : std::uint8_t {
    is,
    is_not,
    more,  ///< than what the list is to be like, else than the library on the whole
    less,
};
std::string_view degree_name(Degree degree);  ///< "is", "is_not"

struct Condition {
    ConditionKind kind = ConditionKind::mood;
    Degree degree = Degree::is;
    std::string value = {};
    std::optional<double> from = {};  ///< both ends belong to it
    std::optional<double> to = {};
    std::string words = {};  ///< of the request, as they were typed
};

/// "genre not metal", "tempo 120..140", "count 20", "like_song Creep by Radiohead", "mood more happy": kind, degree,
/// value and range, without the words.
std::string to_text(const Condition& condition);

struct Request {
    std::vector<Condition> conditions;        ///< in the order of their words
    std::vector<std::string> not_understood;  ///< words between understood ones, as they were typed
    std::string language;                     ///< of the word table that understood most, e.g. "en"
    bool cut = false;                         ///< the text was longer than kMostCharacters; the rest was not read
};

/// Of a request, in bytes of UTF-8.
inline constexpr std::size_t kMostCharacters = 1000;
/// Conditions of a request; what would be more is not understood.
inline constexpr std::size_t kMostConditions = 40;

/// The names of a library. Words come as `words_of` gives them: folded, parted by single blanks.
class KnownNames {
public:
    virtual ~KnownNames() = default;
    /// The artist as tags write the name; "" when there is none.
    virtual std::string artist(const std::string& words) const = 0;
    /// Words of the longest name of an artist.
    virtual std::size_t longest_artist() const = 0;
    /// The genre as it is to be named; "" when no track has it.
    virtual std::string genre(const std::string& words) const = 0;
    struct Song {
        std::string title;  ///< empty: there is none
        std::string artist;
    };
    /// A song by its whole title, as it was typed; `artist` (a name that artist() gave) may be empty. May be slow: it
    /// is asked at most 30 times for a request, about what quotation marks or words such as "like" say to be a name.
    virtual Song song(const std::string& title, const std::string& artist) const = 0;
};

/// A text as its words, parted by single blanks: folded, without punctuation, figures apart from letters, "&" as "and".
/// Two spellings of one name give the same: "AC/DC" and "ac dc", "Sigur Rós" and "sigur ros".
std::string words_of(std::string_view text);

/// Reads a request by word tables and a few rules of grammar; docs/words.md describes both. Any bytes are a request,
/// and nothing but running out of memory, or what `names` throws, is an error. `this_year` is for "recent" and the
/// like. Thread-safe.
Request understand(std::string_view text, const KnownNames& names, int this_year);

}  // namespace audiomuse::features
