// CRC-32 of zlib, gzip and Ethernet (reflected polynomial 0xEDB88320).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace audiomuse::wrap::zlib {

/// The checksum of some bytes with the checksum `before`, followed by `bytes`. Thread-safe.
std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before = 0);

}  // namespace audiomuse::wrap::zlib
