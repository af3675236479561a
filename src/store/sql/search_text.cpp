#include "sql/search_text.h"

#include <algorithm>

#include "audiomuse/base/text.h"

namespace audiomuse::store::sql {

namespace {

constexpr std::size_t kMostWords = 16;

enum class Kind { letter, silent, mark };

/// What the character at the start of `rest` (folded, valid UTF-8) is, and its length in bytes.
std::pair<Kind, std::size_t> classify(std::string_view rest) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
    if (byte(0) < 0x80) {
        if (rest[0] == '\'' || rest[0] == '`' || rest[0] == '.') return {Kind::silent, 1};
        const bool letter = (rest[0] >= '0' && rest[0] <= '9') || (rest[0] >= 'a' && rest[0] <= 'z');
        return {letter ? Kind::letter : Kind::mark, 1};
    }
    if (byte(0) < 0xE0) return {Kind::letter, 2};
    if (byte(0) >= 0xF0) return {Kind::letter, 4};
    const unsigned code = (byte(0) & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
    if (code == 0x2018 || code == 0x2019) return {Kind::silent, 3};
    const bool mark = (code >= 0x2010 && code <= 0x205E)     // general punctuation
                      || (code >= 0x3001 && code <= 0x301F)  // CJK punctuation
                      || code == 0x30FB;                     // the dot between katakana words
    return {mark ? Kind::mark : Kind::letter, 3};
}

}  // namespace

std::string search_key(std::string_view text) {
    std::string folded = fold(text);
    std::string key;
    key.reserve(folded.size());
    for (std::size_t i = 0; i < folded.size();) {
        const auto [kind, length] = classify(std::string_view(folded).substr(i));
        if (kind == Kind::letter) {
            key.append(folded, i, length);
        } else if (kind == Kind::mark && !key.empty() && key.back() != ' ') {
            key += ' ';
        }
        i += length;
    }
    if (!key.empty() && key.back() == ' ') key.pop_back();
    return key.empty() ? folded : key;
}

std::vector<std::string> search_words(std::string_view text) {
    std::vector<std::string> words;
    for (const std::string& part : split(fold(text), ' ')) {
        if (words.size() == kMostWords) break;
        std::string word = search_key(part);
        if (!word.empty() && std::ranges::find(words, word) == words.end()) words.push_back(std::move(word));
    }
    return words;
}

SearchText search_text(const TrackTags& tags) {
    SearchText text;
    text.title = " " + search_key(tags.title);
    text.artist = " " + search_key(display_artist(tags));
    text.rest = " " + search_key(tags.album) + "\n " + search_key(tags.album_artist);
    for (const std::string& genre : tags.genres)
        text.rest += "\n " + search_key(genre);
    return text;
}

std::string escape_like(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::size_t count_characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace audiomuse::store::sql
