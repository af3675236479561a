// The words of a language and what they mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "audiomuse/features/chat/request.h"

namespace audiomuse::features {

/// Words that the grammar goes by. In brackets: the number that belongs to one.
enum class Role : std::uint8_t {
    none,    // not a word of grammar: it means conditions
    filler,  // says nothing here
    other,   // a word of the language that is not understood, and no misspelling of one that is
    not_,    // what follows is not wanted
    but,     // ends what is not wanted
    and_,
    or_,
    like,        // what follows is to be sounded like
    than,        // the same, directly behind a comparison: "slower than"
    like_after,  // what stands before it is
    by,          // the artist follows
    from,        // the artist follows, or years, or the start of a range
    song_named,  // a title follows
    more,
    less,
    number,  // (its value)
    to,      // between the ends of a range
    between,
    over,   // that much or more; from here to `until` words bound a figure
    under,  // that much or less
    around,
    since,  // years
    after,
    before,
    until,
    onwards,  // behind years: and later
    early,    // of a decade
    mid,
    late,
    decade_after,   // stands behind the figures of a decade: "90" "s"
    decade_before,  // in front of them
    last,           // so many units back from now
    bpm,
    tempo,  // announces beats per minute
    unit,   // of time (seconds)
    time,   // a length of time (seconds)
    song,   // what lists are made of
    each,   // what is said holds for every song
    key,    // announces a key
    pitch,  // (index into kPitchClassNames)
    sharp,
    flat,
    major,
    minor,
    unplayed,  // a time may follow
    lately,    // (days)
    per_artist,
    most,      // a limit follows
    star,      // of a rating
    compound,  // may be the end of a longer word: "Klaviermusik"
};

/// One meaning of a phrase.
struct Meaning {
    Role role = Role::none;
    double number = 0;
    std::vector<Condition> conditions = {};
};

class WordTable {
public:
    /// Lines "MEANING: PHRASE, PHRASE"; docs/words.md has the format. What `under` holds for a phrase counts where
    /// `text` does not have the phrase. Throws Error(damaged), with the line, for what cannot be read.
    WordTable(std::string language, std::string_view text, const WordTable* under = nullptr);

    const std::string& language() const { return language_; }
    std::size_t longest() const { return longest_; }  ///< words of a phrase
    std::span<const Meaning> find(const std::string& phrase) const;
    bool knows(const std::string& word) const { return vocabulary_.contains(word); }
    /// The word that `word` is most likely misspelt for: of at least five letters, one slip away (two from eight
    /// letters on), and the only one as near; "" for none.
    std::string corrected(const std::string& word) const;
    /// The phrases that mean this alone (value and kind), as words_of gives them.
    std::vector<std::string> phrases_of(ConditionKind kind, std::string_view value) const;
    /// What the conditions of a kind may say, each once, in order.
    std::vector<std::string> values_of(ConditionKind kind) const;
    /// Ends of compounds, the longest first.
    const std::vector<std::string>& compounds() const { return compounds_; }

private:
    void read_line(std::string_view line, std::unordered_map<std::string, std::vector<Meaning>>& phrases);
    void index_words();

    std::string language_;
    std::unordered_map<std::string, std::vector<Meaning>> phrases_;
    std::unordered_set<std::string> vocabulary_;
    struct LongWord {
        std::string word;
        std::uint64_t letters;
    };
    std::vector<LongWord> long_words_;  // that others may be misspelt for
    std::vector<std::string> compounds_;
    std::size_t longest_ = 0;
};

/// The tables of the program, English first; the others are laid over it.
const std::vector<WordTable>& word_tables();

/// Reads what to_text writes; a year of 0 or less is counted from this year. Throws Error(damaged).
Condition parse_condition(std::string_view text);

}  // namespace audiomuse::features
