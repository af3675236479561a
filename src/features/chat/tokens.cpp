#include "tokens.h"

#include <charconv>
#include <utility>

#include "audiomuse/base/text.h"
#include "audiomuse/features/chat/request.h"

namespace audiomuse::features {

namespace {

enum class CharClass { letter, digit, blank, apart, dash, stop, quote, plus, sharp, flat };

struct Char {
    CharClass kind = CharClass::blank;
    std::size_t length = 1;  // bytes
};

Char punctuation_of(std::string_view rest) {
    struct Sign {
        std::string_view bytes;
        CharClass kind;
    };
    static constexpr Sign kSigns[] = {
        {"’", CharClass::apart}, {"‘", CharClass::apart}, {"‐", CharClass::dash},  {"‑", CharClass::dash},
        {"–", CharClass::dash},  {"—", CharClass::dash},  {"“", CharClass::quote}, {"”", CharClass::quote},
        {"„", CharClass::quote}, {"«", CharClass::quote}, {"»", CharClass::quote}, {"♯", CharClass::sharp},
        {"♭", CharClass::flat},  {"、", CharClass::stop}, {"。", CharClass::stop}, {"，", CharClass::stop}};
    for (const Sign& sign : kSigns) {
        if (rest.starts_with(sign.bytes)) return {sign.kind, sign.bytes.size()};
    }
    // Other general punctuation (U+2000 to U+203F), and the signs of Latin-1.
    if (rest.starts_with("\xE2\x80")) return {CharClass::stop, 3};
    const auto second = rest.size() > 1 ? static_cast<unsigned char>(rest[1]) : 0U;
    if (rest[0] == '\xC2' && second < 0xC0) return {CharClass::blank, 2};
    return {CharClass::letter, 1};
}

Char char_at(std::string_view rest) {
    const char c = rest.front();
    if (static_cast<unsigned char>(c) >= 0x80) return punctuation_of(rest);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return {CharClass::letter};
    if (c >= '0' && c <= '9') return {CharClass::digit};
    switch (c) {
        case '\'':
        case '`':
        case '/':
        case '_':
        case '*':
            return {CharClass::apart};
        case '-':
        case '~':
            return {CharClass::dash};
        case '"':
            return {CharClass::quote};
        case '&':
        case '+':
            return {CharClass::plus};
        case '#':
            return {CharClass::sharp};
        case ' ':
        case '\t':
            return {CharClass::blank};
        default:
            return {CharClass::stop};
    }
}

bool is_digit(std::string_view text, std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

/// End of the number at `at`; "1.5" and "1,5" are one, "1990,2000" is two.
std::size_t number_end(std::string_view text, std::size_t at) {
    const std::size_t begin = at;
    while (is_digit(text, at))
        ++at;
    const bool separator = at < text.size() && (text[at] == '.' || text[at] == ',');
    if (!separator || at - begin > 2 || !is_digit(text, at + 1) || is_digit(text, at + 2)) return at;
    return at + 2;
}

}  // namespace

std::vector<Token> tokens_of(std::string_view text) {
    std::vector<Token> tokens;
    Token next;  // what stands in front of it is noted here
    bool quoted = false;
    const auto finish = [&](std::string word, std::size_t begin, std::size_t end, bool number) {
        if (word.empty()) return;
        next.word = std::move(word);
        next.begin = begin;
        next.end = end;
        next.number = number;
        next.quoted = quoted;
        next.glued = !tokens.empty() && tokens.back().end == begin && !next.breaks;
        tokens.push_back(std::exchange(next, {}));
    };
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        const Char first = char_at(text.substr(at));
        switch (first.kind) {
            case CharClass::letter:
                while (at < text.size()) {
                    const Char c = char_at(text.substr(at));
                    if (c.kind != CharClass::letter) break;
                    at += c.length;
                }
                finish(fold(text.substr(begin, at - begin)), begin, at, false);
                continue;
            case CharClass::digit: {
                at = number_end(text, at);
                std::string figures(text.substr(begin, at - begin));
                if (const auto comma = figures.find(','); comma != std::string::npos) figures[comma] = '.';
                finish(std::move(figures), begin, at, true);
                continue;
            }
            case CharClass::plus:
                finish("and", begin, at + 1, false);
                break;
            case CharClass::sharp:
            case CharClass::flat:
                if (!tokens.empty() && tokens.back().end == begin)
                    finish(first.kind == CharClass::sharp ? "sharp" : "flat", begin, begin + first.length, false);
                break;
            case CharClass::dash:
                next.dash = true;
                break;
            case CharClass::stop:
                next.breaks = true;
                break;
            case CharClass::quote:
                quoted = !quoted;
                next.breaks = true;
                break;
            case CharClass::blank:
            case CharClass::apart:
                break;
        }
        at += first.length;
    }
    return tokens;
}

std::size_t count_words(std::string_view words) {
    return words.empty() ? 0 : static_cast<std::size_t>(std::ranges::count(words, ' ')) + 1;
}

std::string joined_words(const std::vector<Token>& tokens, std::size_t begin, std::size_t end) {
    std::string words;
    for (std::size_t i = begin; i < end; ++i) {
        if (i > begin) words += ' ';
        words += tokens[i].word;
    }
    return words;
}

std::optional<double> number_of(const Token& token) {
    if (!token.number) return std::nullopt;
    double number = 0;
    const auto [end, error] = std::from_chars(token.word.data(), token.word.data() + token.word.size(), number);
    if (error != std::errc()) return std::nullopt;
    return number;
}

std::string words_of(std::string_view text) {
    const std::vector<Token> tokens = tokens_of(to_valid_utf8(text));
    return joined_words(tokens, 0, tokens.size());
}

}  // namespace audiomuse::features
