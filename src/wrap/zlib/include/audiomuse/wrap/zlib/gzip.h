// gzip (RFC 1952) of whole texts in memory.
#pragma once

#include <string>
#include <string_view>

namespace audiomuse::wrap::zlib {

/// E.g. "1.2.13".
std::string library_version();

/// One gzip member with no name and no time stamp: the same bytes for the same input. `level` is 1 (fast) to 9 (small).
/// Throws Error(internal) with zlib's message. Thread-safe.
std::string gzip(std::string_view bytes, int level = 6);

}  // namespace audiomuse::wrap::zlib
