#include "postgres/text_codec.h"

#include <cstddef>
#include <optional>

namespace audiomuse::store::postgres {

namespace {

unsigned char byte_at(std::string_view bytes, std::size_t i) {
    return static_cast<unsigned char>(bytes[i]);
}

/// Bytes of the valid UTF-8 character at `i`; 0 when there is none (RFC 3629: no overlong forms, no surrogates).
std::size_t character_length(std::string_view bytes, std::size_t i) {
    const unsigned first = byte_at(bytes, i);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xC2 && first < 0xE0   ? 2
                               : first >= 0xE0 && first < 0xF0 ? 3
                               : first >= 0xF0 && first < 0xF5 ? 4
                                                               : 0;
    if (length == 0 || i + length > bytes.size()) return 0;
    unsigned low = 0x80;
    unsigned high = 0xBF;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
    if (byte_at(bytes, i + 1) < low || byte_at(bytes, i + 1) > high) return 0;
    for (std::size_t k = i + 2; k < i + length; ++k) {
        if ((byte_at(bytes, k) & 0xC0) != 0x80) return 0;
    }
    return length;
}

/// The byte that the valid character at `i` stands for, if it is one of ours: U+EF00 is EE BC 80, U+EF80 to U+EFBF are
/// EE BE 80 to EE BE BF, U+EFC0 to U+EFFF are EE BF 80 to EE BF BF.
std::optional<char> escaped_byte(std::string_view text, std::size_t i) {
    if (byte_at(text, i) != 0xEE || i + 2 >= text.size()) return std::nullopt;
    const unsigned second = byte_at(text, i + 1);
    const unsigned third = byte_at(text, i + 2);
    if (second == 0xBC && third == 0x80) return '\0';
    if (second == 0xBE) return static_cast<char>(third);
    if (second == 0xBF) return static_cast<char>(third + 0x40);
    return std::nullopt;
}

void append_escaped(std::string& out, unsigned char byte) {
    out += '\xEE';
    out += byte == 0 ? '\xBC' : byte < 0xC0 ? '\xBE' : '\xBF';
    out += static_cast<char>(byte == 0 ? 0x80 : byte < 0xC0 ? byte : byte - 0x40);
}

bool is_stored_as_it_is(std::string_view bytes, std::size_t i, std::size_t length) {
    return length > 0 && bytes[i] != '\0' && !(length == 3 && escaped_byte(bytes, i));
}

}  // namespace

bool is_plain(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size();) {
        const std::size_t length = character_length(bytes, i);
        if (!is_stored_as_it_is(bytes, i, length)) return false;
        i += length;
    }
    return true;
}

std::string encode_text(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() + 16);
    for (std::size_t i = 0; i < bytes.size();) {
        const std::size_t length = character_length(bytes, i);
        if (is_stored_as_it_is(bytes, i, length)) {
            out.append(bytes, i, length);
            i += length;
            continue;
        }
        // One byte, or the three of a code point that would be taken for an escape.
        for (const std::size_t end = i + (length == 3 ? 3 : 1); i < end; ++i)
            append_escaped(out, byte_at(bytes, i));
    }
    return out;
}

std::string decode_text(std::string_view text) {
    if (text.find('\xEE') == std::string_view::npos) return std::string(text);
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        if (const auto byte = escaped_byte(text, i)) {
            out += *byte;
            i += 3;
        } else {
            out += text[i++];
        }
    }
    return out;
}

}  // namespace audiomuse::store::postgres
