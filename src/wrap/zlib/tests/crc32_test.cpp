#include "audiomuse/wrap/zlib/crc32.h"

#include <gtest/gtest.h>

#include <boost/crc.hpp>
#include <string_view>
#include <vector>

#include "audiomuse/base/random.h"

namespace audiomuse::wrap::zlib {
namespace {

TEST(Crc32, IsTheStandardOneInPiecesOfAnyLength) {
    EXPECT_EQ(crc32(std::as_bytes(std::span(std::string_view("123456789")))), 0xCBF43926U);
    Random random(3);
    std::vector<std::byte> bytes(5000);
    for (std::byte& byte : bytes)
        byte = static_cast<std::byte>(random.integer(0, 255));
    std::uint32_t checksum = 0;
    boost::crc_32_type expected;
    for (std::size_t begin = 0, length = 0; begin + length <= bytes.size(); begin += length++) {
        checksum = crc32(std::span(bytes).subspan(begin, length), checksum);
        expected.process_bytes(bytes.data() + begin, length);
        EXPECT_EQ(checksum, expected.checksum()) << length;
    }
}

}  // namespace
}  // namespace audiomuse::wrap::zlib
