#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace audiomuse {

/// Text as search and duplicate rules compare it: valid UTF-8, Unicode case folded, accents and other combining marks
/// removed, compatibility forms unified (NFKD), white space collapsed to single blanks and trimmed. Works for any
/// script: "Sigur Rós " gives "sigur ros", a CJK title stays as it is.
std::string fold(std::string_view text);

/// `text` with every invalid UTF-8 byte replaced by U+FFFD and NUL removed, so that it may go into JSON and a database.
std::string to_valid_utf8(std::string_view text);

/// Compatibility forms unified and composed (NFKC), without any character that is no letter, mark, digit or white space
/// and none of `punctuation` (ASCII); white space is collapsed to single blanks and trimmed.
std::string keep_words(std::string_view text, std::string_view punctuation);

/// Characters (code points) of valid UTF-8.
std::size_t count_characters(std::string_view text);
/// The first `most` bytes of valid UTF-8, or fewer, so that no character is torn.
std::string_view first_bytes(std::string_view text, std::size_t most);

/// Two lower-case hexadecimal digits for each byte.
std::string hex(std::string_view bytes);

/// Without white space at both ends (ASCII).
std::string_view trim(std::string_view text);

/// The parts of `text` between `separator`s, empty ones included; "" gives one empty part.
std::vector<std::string> split(std::string_view text, char separator);

/// `text` with every line end and NUL as a blank, so that it can't start a line of its own in a protocol.
std::string one_line(std::string_view text);

/// What a pattern of words asks of a character: Unicode's categories L and N, its property White_Space, or none.
enum class CharKind { letter, number, space, other };
struct Character {
    std::size_t length = 0;  ///< bytes
    CharKind kind = CharKind::other;
};
/// The first character of `text`, which is not empty. An invalid byte is one of its own, of kind `other`.
Character first_character(std::string_view text);

std::string join(const std::vector<std::string>& parts, std::string_view separator);

}  // namespace audiomuse
