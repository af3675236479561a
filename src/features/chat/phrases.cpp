#include "phrases.h"

#include <algorithm>
#include <functional>

namespace audiomuse::features {

Phrases::Phrases(const std::vector<Token>& tokens, const WordTable& table) : table_(table) {
    split_compounds(tokens);
    matches_.resize(tokens_.size());
    for (std::size_t i = 0; i < tokens_.size(); ++i)
        find_matches(i);
}

void Phrases::split_compounds(const std::vector<Token>& tokens) {
    const std::vector<std::string>& ends = table_.compounds();
    for (const Token& token : tokens) {
        const std::string& word = token.word;
        const auto end = std::ranges::find_if(ends, [&](const std::string& last) {
            return word.size() > last.size() && word.ends_with(last) &&
                   table_.knows(word.substr(0, word.size() - last.size()));
        });
        tokens_.push_back(token);
        if (token.number || token.quoted || table_.knows(word) || end == ends.end()) continue;
        Token last = token;
        last.breaks = last.dash = false;
        last.word = *end;
        tokens_.back().word.resize(word.size() - end->size());
        tokens_.push_back(std::move(last));
    }
}

void Phrases::find_matches(std::size_t i) {
    matches_[i].clear();
    std::string phrase;
    for (std::size_t length = 1; length <= table_.longest() && i + length <= tokens_.size(); ++length) {
        if (length > 1 && tokens_[i + length - 1].breaks) break;
        if (length > 1) phrase += ' ';
        phrase += tokens_[i + length - 1].word;
        for (const Meaning& meaning : table_.find(phrase))
            matches_[i].push_back({length, &meaning});
    }
    std::ranges::stable_sort(matches_[i], std::greater(), &Match::length);
}

std::size_t Phrases::longest(std::size_t i) const {
    return i >= tokens_.size() || matches_[i].empty() ? 0 : matches_[i].front().length;
}

Match Phrases::role(std::size_t i, Role wanted) const {
    if (i >= tokens_.size()) return {};
    const auto found =
        std::ranges::find_if(matches_[i], [&](const Match& match) { return match.meaning->role == wanted; });
    return found == matches_[i].end() ? Match() : *found;
}

std::size_t Phrases::after_filler(std::size_t i) const {
    while (!ends(i) && role(i, Role::filler).length > 0 && role(i, Role::none).length == 0)
        i += role(i, Role::filler).length;
    return i;
}

void Phrases::replace(std::size_t i, const std::string& word) {
    tokens_[i].word = word;
    for (std::size_t k = i + 1 - std::min(i + 1, table_.longest()); k <= i; ++k)
        find_matches(k);
}

}  // namespace audiomuse::features
