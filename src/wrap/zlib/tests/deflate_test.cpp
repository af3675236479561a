#include "audiomuse/wrap/zlib/deflate.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"

namespace audiomuse::wrap::zlib {
namespace {

using Bytes = std::vector<std::byte>;

Bytes noise(std::size_t size) {
    Random random(1);
    Bytes bytes(size);
    std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random.bits()); });
    return bytes;
}

Bytes deflated(const Bytes& bytes, int level = 1) {
    Bytes out;
    deflate(bytes, level, out);
    return out;
}

TEST(Deflate, GivesBackWhatWentIn) {
    for (const Bytes& bytes : {Bytes(), Bytes(1), Bytes(1'000'000, std::byte{'x'}), noise(200'000)}) {
        for (const int level : {1, 6, 9}) {
            Bytes whole(bytes.size());
            inflate(deflated(bytes, level), whole);
            EXPECT_TRUE(whole == bytes) << bytes.size();
        }
    }
}

TEST(Deflate, AppendsAndShrinks) {
    const Bytes bytes(100'000, std::byte{'j'});
    Bytes out(3, std::byte{7});
    deflate(bytes, 1, out);
    EXPECT_LT(out.size(), 1000U);
    EXPECT_EQ(out[2], std::byte{7});
    Bytes whole(bytes.size());
    inflate(std::span(out).subspan(3), whole);
    EXPECT_TRUE(whole == bytes);
}

TEST(Inflate, RefusesWhatIsDamagedOrOfAnotherSize) {
    const Bytes bytes = noise(10'000);
    const Bytes compressed = deflated(bytes);
    Bytes whole(bytes.size());
    const auto refused = [&](std::span<const std::byte> input, std::span<std::byte> out) {
        try {
            inflate(input, out);
            return false;
        } catch (const Error& error) {
            return error.code() == ErrorCode::damaged;
        }
    };
    for (std::size_t i = 0; i < compressed.size(); i += 97) {
        Bytes damaged = compressed;
        damaged[i] ^= std::byte{0x10};
        EXPECT_TRUE(refused(damaged, whole)) << i;
    }
    EXPECT_TRUE(refused(std::span(compressed).first(compressed.size() - 1), whole));
    EXPECT_TRUE(refused({}, whole));
    Bytes more(bytes.size() + 1);
    EXPECT_TRUE(refused(compressed, more));
    EXPECT_TRUE(refused(compressed, std::span(whole).first(bytes.size() - 1)));
    EXPECT_TRUE(refused(compressed, {}));
    Bytes longer = compressed;
    longer.push_back(std::byte{0});
    EXPECT_TRUE(refused(longer, whole));
}

}  // namespace
}  // namespace audiomuse::wrap::zlib
