#include "plain_lyrics.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "audiomuse/base/text.h"

namespace audiomuse::library {

namespace {

void append_utf8(std::string& text, char32_t c) {
    const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0 | (c >> 6));
        put(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        put(0xE0 | (c >> 12));
        put(0x80 | ((c >> 6) & 0x3F));
        put(0x80 | (c & 0x3F));
    } else {
        put(0xF0 | (c >> 18));
        put(0x80 | ((c >> 12) & 0x3F));
        put(0x80 | ((c >> 6) & 0x3F));
        put(0x80 | (c & 0x3F));
    }
}

std::string from_utf16(std::string_view bytes, bool big_endian) {
    const auto unit = [&](std::size_t at) -> char32_t {
        const auto first = static_cast<unsigned char>(bytes[at]);
        const auto second = static_cast<unsigned char>(bytes[at + 1]);
        return big_endian ? first << 8 | second : second << 8 | first;
    };
    std::string text;
    for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
        char32_t c = unit(at);
        if (c >= 0xD800 && c < 0xDC00 && at + 3 < bytes.size()) {
            const char32_t low = unit(at + 2);
            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                at += 2;
            }
        }
        append_utf8(text, c);  // half a pair becomes U+FFFD below
    }
    return text;
}

std::string decode(std::string_view bytes) {
    if (bytes.starts_with("\xFF\xFE")) return to_valid_utf8(from_utf16(bytes.substr(2), false));
    if (bytes.starts_with("\xFE\xFF")) return to_valid_utf8(from_utf16(bytes.substr(2), true));
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    return to_valid_utf8(bytes);
}

/// "00:12.50", "01:02:03" and "[00:12]" without its brackets: what LRC calls a time.
bool is_time(std::string_view text) {
    return !text.empty() && text.find(':') != std::string_view::npos &&
           std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == ':' || c == '.'; });
}

/// A line of LRC that says something about the song: "[ar:Anna Bell]". "[Chorus: all]" is none.
bool is_heading(std::string_view line) {
    constexpr std::array<std::string_view, 12> kNames = {"ar", "ti", "al",     "au",     "by", "re",
                                                         "ve", "#",  "length", "offset", "la", "id"};
    if (!line.starts_with('[') || !line.ends_with(']')) return false;
    const std::string_view name = line.substr(1, std::min(line.find(':'), line.size()) - 1);
    return std::ranges::find(kNames, name) != kNames.end();
}

/// `line` without the times at its start and, for each word, in it.
std::string without_times(std::string_view line) {
    while (line.starts_with('[')) {
        const auto end = line.find(']');
        if (end == std::string_view::npos || !is_time(line.substr(1, end - 1))) break;
        line.remove_prefix(end + 1);
    }
    std::string text;
    while (!line.empty()) {
        const auto open = std::min(line.find('<'), line.size());
        text += line.substr(0, open);
        line.remove_prefix(open);
        const auto close = line.find('>');
        const bool time = close != std::string_view::npos && is_time(line.substr(1, close - 1));
        if (!time && !line.empty()) text += line.front();
        line.remove_prefix(time ? close + 1 : std::min<std::size_t>(1, line.size()));
    }
    return std::string(trim(text));
}

}  // namespace

std::string plain_lyrics(std::string_view bytes) {
    std::string text = decode(bytes);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {  // CR LF and CR alone become LF
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
        text[kept++] = text[i] == '\r' ? '\n' : text[i];
    }
    text.resize(kept);
    std::vector<std::string> lines;
    for (const std::string& line : split(text, '\n')) {
        const std::string_view trimmed = trim(line);
        if (is_heading(trimmed)) continue;
        lines.push_back(without_times(trimmed));
    }
    return std::string(trim(join(lines, "\n")));
}

}  // namespace audiomuse::library
