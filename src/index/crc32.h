// CRC-32 as in zlib and Ethernet (reflected polynomial 0xEDB88320), eight bytes at a time: an image of a large library
// is hundreds of megabytes, and is checked before every start.
#pragma once

#include <cstddef>
#include <cstdint>

namespace audiomuse::index {

class Crc32 {
public:
    void add(const void* data, std::size_t size);
    std::uint32_t value() const { return ~state_; }

private:
    std::uint32_t state_ = 0xFFFFFFFF;
};

}  // namespace audiomuse::index
