// Range requests (RFC 9110, section 14) and conditional ones (section 13).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace audiomuse::api {

struct ByteRange {
    enum class Kind { whole, part, unsatisfiable };
    Kind kind = Kind::whole;
    std::uint64_t first = 0;  ///< of a part
    std::uint64_t length = 0;
};

/// What a Range header asks of `size` bytes. Other units, several ranges and malformed headers are ignored: whole.
ByteRange parse_range(std::string_view header, std::uint64_t size);

/// If-None-Match against a strong tag: true when the client has it ("*", a list, weak tags too).
bool etag_matches(std::string_view if_none_match, std::string_view etag);

/// A quoted tag of 64 bits.
std::string make_etag(std::uint64_t bits);
/// FNV-1a, 64 bits.
std::uint64_t hash64(std::string_view bytes);

}  // namespace audiomuse::api
