// Blocks of bytes made smaller and whole again, in the zlib format (RFC 1950).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace audiomuse::wrap::zlib {

/// Appends `bytes`, compressed, to `out`. `level` is 1 (fast) to 9 (small). Throws Error(internal) with zlib's message.
/// Thread-safe.
void deflate(std::span<const std::byte> bytes, int level, std::vector<std::byte>& out);

/// Fills `out`, which has the size of the bytes that were compressed. Throws Error(damaged) when `bytes` are not what
/// deflate made of that many bytes. Thread-safe.
void inflate(std::span<const std::byte> bytes, std::span<std::byte> out);

}  // namespace audiomuse::wrap::zlib
