#include "crc32.h"

#include <array>
#include <cstring>

namespace audiomuse::index {
namespace {

constexpr std::size_t kSlices = 8;
using Tables = std::array<std::array<std::uint32_t, 256>, kSlices>;

/// tables[0] is the remainder of each byte; tables[k] of that byte with k zero bytes after it (Kounavis and Berry,
/// "A systematic approach to building high performance software-based CRC generators", 2005).
constexpr Tables make_tables() {
    Tables tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t remainder = byte;
        for (int bit = 0; bit < 8; ++bit)
            remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? 0xEDB88320U : 0U);
        tables[0][byte] = remainder;
    }
    for (std::size_t slice = 1; slice < kSlices; ++slice) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = tables[slice - 1][byte];
            tables[slice][byte] = (before >> 8) ^ tables[0][before & 0xFF];
        }
    }
    return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

void Crc32::add(const void* data, std::size_t size) {
    const auto* bytes = static_cast<const unsigned char*>(data);
    std::uint32_t state = state_;
    for (; size >= kSlices; size -= kSlices, bytes += kSlices) {
        std::uint64_t word;  // little-endian, as the whole image
        std::memcpy(&word, bytes, sizeof word);
        word ^= state;
        state = 0;
        for (std::size_t i = 0; i < kSlices; ++i)
            state ^= kTables[kSlices - 1 - i][(word >> (8 * i)) & 0xFF];
    }
    for (; size > 0; --size, ++bytes)
        state = (state >> 8) ^ kTables[0][(state ^ *bytes) & 0xFF];
    state_ = state;
}

}  // namespace audiomuse::index
