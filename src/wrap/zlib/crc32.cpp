#include "audiomuse/wrap/zlib/crc32.h"

#include <zlib.h>

namespace audiomuse::wrap::zlib {

std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before) {
    if (bytes.empty()) return before;  // zlib takes a null pointer for a wish to begin
    return static_cast<std::uint32_t>(::crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace audiomuse::wrap::zlib
