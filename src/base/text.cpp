#include "audiomuse/base/text.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace audiomuse {

namespace {

bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/// utf8proc_map of valid UTF-8; the text itself where it can't be mapped.
std::string mapped(const std::string& valid, int options) {
    utf8proc_uint8_t* bytes = nullptr;
    const auto length =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(valid.data()),
                     static_cast<utf8proc_ssize_t>(valid.size()), &bytes, static_cast<utf8proc_option_t>(options));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(bytes, &std::free);
    if (length < 0) return valid;
    return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length)};
}

/// White space (ASCII) as single blanks, none at the ends.
std::string collapse_blanks(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (!is_blank(c)) {
            out += c;
        } else if (!out.empty() && out.back() != ' ') {
            out += ' ';
        }
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

/// A letter, a mark on one, or a digit.
bool is_word(utf8proc_int32_t codepoint) {
    const utf8proc_category_t category = utf8proc_category(codepoint);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_ME) || category == UTF8PROC_CATEGORY_ND;
}

bool is_space(utf8proc_int32_t codepoint) {
    return (codepoint >= '\t' && codepoint <= '\r') || utf8proc_category(codepoint) == UTF8PROC_CATEGORY_ZS;
}

/// Of a character that began before.
bool continues(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

std::string to_valid_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    for (std::size_t i = 0; i < text.size();) {
        utf8proc_int32_t codepoint = -1;
        const auto length = utf8proc_iterate(bytes + i, static_cast<utf8proc_ssize_t>(text.size() - i), &codepoint);
        if (length <= 0) {
            out += "\xEF\xBF\xBD";
            ++i;
            continue;
        }
        if (codepoint != 0) out.append(text.substr(i, static_cast<std::size_t>(length)));
        i += static_cast<std::size_t>(length);
    }
    return out;
}

std::string fold(std::string_view text) {
    return collapse_blanks(mapped(to_valid_utf8(text), UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                                                           UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE));
}

std::string keep_words(std::string_view text, std::string_view punctuation) {
    const std::string composed =
        mapped(to_valid_utf8(text), UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_IGNORE);
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(composed.data());
    std::string kept;
    for (std::size_t i = 0; i < composed.size();) {
        utf8proc_int32_t codepoint = -1;
        const auto length = std::max<utf8proc_ssize_t>(
            1, utf8proc_iterate(bytes + i, static_cast<utf8proc_ssize_t>(composed.size() - i), &codepoint));
        const bool listed = codepoint > 0 && codepoint < 128 &&
                            punctuation.find(static_cast<char>(codepoint)) != std::string_view::npos;
        if (listed || is_word(codepoint)) {
            kept.append(composed, i, static_cast<std::size_t>(length));
        } else if (is_space(codepoint)) {
            kept += ' ';
        }
        i += static_cast<std::size_t>(length);
    }
    return collapse_blanks(kept);
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0;;) {
        const std::size_t end = text.find(separator, begin);
        parts.emplace_back(text.substr(begin, end - begin));
        if (end == std::string_view::npos) return parts;
        begin = end + 1;
    }
}

std::string one_line(std::string_view text) {
    std::string line(text);
    std::ranges::replace_if(
        line, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
    return line;
}

Character first_character(std::string_view text) {
    utf8proc_int32_t codepoint = -1;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                         static_cast<utf8proc_ssize_t>(text.size()), &codepoint);
    if (length <= 0) return {.length = 1, .kind = CharKind::other};
    constexpr utf8proc_int32_t kNextLine = 0x85;
    const utf8proc_category_t category = utf8proc_category(codepoint);
    CharKind kind = CharKind::other;
    if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) kind = CharKind::letter;
    if (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO) kind = CharKind::number;
    if (is_space(codepoint) || codepoint == kNextLine || category == UTF8PROC_CATEGORY_ZL ||
        category == UTF8PROC_CATEGORY_ZP)
        kind = CharKind::space;
    return {.length = static_cast<std::size_t>(length), .kind = kind};
}

std::size_t count_characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !continues(c); }));
}

std::string_view first_bytes(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && continues(text[most]))
        --most;
    return text.substr(0, most);
}

std::string hex(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string digits;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        digits += {kDigits[byte / 16], kDigits[byte % 16]};
    }
    return digits;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) out += separator;
        out += parts[i];
    }
    return out;
}

}  // namespace audiomuse
