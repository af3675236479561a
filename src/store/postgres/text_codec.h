// Any string of bytes as text that PostgreSQL can hold, and back.
//
// PostgreSQL's text is valid UTF-8 without NUL; paths of old disks are neither. A byte b that does not fit becomes the
// private-use code point U+EF00 + b (so U+EF00 for NUL, U+EF80 to U+EFFF for the others). Such code points of the input
// become three of them, byte by byte, so that decoding is exact. All other text is stored as it is.
#pragma once

#include <string>
#include <string_view>

namespace audiomuse::store::postgres {

/// True for what is stored as it is: most text.
bool is_plain(std::string_view bytes);
std::string encode_text(std::string_view bytes);
/// decode_text(encode_text(x)) == x for every x. `text` is valid UTF-8.
std::string decode_text(std::string_view text);

}  // namespace audiomuse::store::postgres
