#include "sql/search_text.h"

#include <algorithm>
#include <cctype>

#include "audiomuse/base/text.h"

namespace audiomuse::store::sql {

namespace {

constexpr std::size_t kLongestLyrics = 100'000;  ///< bytes; PostgreSQL's index of one text takes up to a megabyte

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

std::size_t character_length(char first) {
    const auto byte = static_cast<unsigned char>(first);
    if (byte < 0x80) return 1;
    if (byte < 0xE0) return 2;
    return byte < 0xF0 ? 3 : 4;
}

/// Han, Hiragana or Katakana (valid UTF-8; compatibility forms are folded away).
bool stands_alone(std::string_view character) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(character[i])); };
    if (character.size() == 4) {
        const unsigned code = (byte(0) & 0x07u) << 18 | (byte(1) & 0x3Fu) << 12;
        return code >= 0x20000 && code < 0x40000;
    }
    if (character.size() != 3) return false;
    const unsigned code = (byte(0) & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
    return (code >= 0x3041 && code <= 0x30FF) || (code >= 0x31F0 && code <= 0x31FF) ||
           (code >= 0x3400 && code <= 0x9FFF);
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

std::string part_characters(std::string_view key) {
    std::string parted;
    parted.reserve(key.size());
    const auto part = [&] {
        if (parted.empty() || parted.back() != ' ') parted += ' ';
    };
    for (std::size_t i = 0; i < key.size();) {
        const std::size_t length = character_length(key[i]);
        const bool alone = stands_alone(key.substr(i, length));
        if (alone) part();
        if (key[i] != ' ' || parted.empty() || parted.back() != ' ') parted.append(key, i, length);
        if (alone) part();
        i += length;
    }
    return parted;
}

std::string search_term(std::string_view key) {
    constexpr std::size_t kShort = 2;
    std::string term = part_characters(key);
    if (count_characters(term) <= kShort && !term.starts_with(' ')) term.insert(term.begin(), ' ');
    return term;
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
    text.title = part_characters(" " + search_key(tags.title));
    text.artist = part_characters(" " + search_key(display_artist(tags)));
    text.rest = part_characters(" " + search_key(tags.album) + "\n " + search_key(tags.album_artist));
    for (const std::string& genre : tags.genres)
        text.rest += part_characters("\n " + search_key(genre));
    return text;
}

std::string lyrics_words(std::string_view lyrics) {
    const std::string key = search_key(to_valid_utf8(lyrics.substr(0, kLongestLyrics)));
    // Of nothing but marks the key is these.
    const auto is_letter = [](unsigned char c) { return c >= 0x80 || std::isalnum(c); };
    return std::ranges::any_of(key, is_letter) ? std::string(trim(part_characters(key))) : "";
}

std::string escape_like(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

}  // namespace audiomuse::store::sql
