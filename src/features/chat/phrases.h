// The phrases of a word table in a request.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tokens.h"
#include "word_table.h"

namespace audiomuse::features {

struct Match {
    std::size_t length = 0;  ///< in tokens; 0: there is none
    const Meaning* meaning = nullptr;
};

/// The tokens of a request, long words of two known parts as two, and the phrases at each. No phrase reaches beyond a
/// break. Every position may be asked for, those behind the last token too.
class Phrases {
public:
    /// `table` must outlive the object.
    Phrases(const std::vector<Token>& tokens, const WordTable& table);

    const std::vector<Token>& tokens() const { return tokens_; }
    const Token& token(std::size_t i) const { return tokens_[i]; }
    std::size_t size() const { return tokens_.size(); }
    /// Whether a clause ends in front of `i`.
    bool ends(std::size_t i) const { return i >= tokens_.size() || tokens_[i].breaks; }
    /// All at `i`, the longest first.
    const std::vector<Match>& at(std::size_t i) const { return matches_[i]; }
    /// Length of the longest at `i`.
    std::size_t longest(std::size_t i) const;
    /// The longest of a role.
    Match role(std::size_t i, Role wanted) const;
    /// The same, for what goes on with the clause before it.
    Match follows(std::size_t i, Role wanted) const { return ends(i) ? Match() : role(i, wanted); }
    /// The first position from `i` on that says something, or where the clause ends.
    std::size_t after_filler(std::size_t i) const;
    /// Puts another word in place of the one of token `i`.
    void replace(std::size_t i, const std::string& word);

private:
    void split_compounds(const std::vector<Token>& tokens);
    void find_matches(std::size_t i);

    const WordTable& table_;
    std::vector<Token> tokens_;
    std::vector<std::vector<Match>> matches_;  // at each token, the longest first
};

}  // namespace audiomuse::features
