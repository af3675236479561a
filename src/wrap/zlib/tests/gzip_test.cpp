#include "audiomuse/wrap/zlib/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "audiomuse/base/random.h"

namespace audiomuse::wrap::zlib {
namespace {

std::string gunzip(std::string_view bytes, std::size_t size) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    std::string out(size + 1, '\0');
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

TEST(Gzip, GivesBackWhatWentIn) {
    Random random(1);
    std::string noise(200'000, '\0');
    for (char& c : noise)
        c = static_cast<char>(random.bits());
    for (const std::string& text : {std::string(), std::string("a"), std::string(1'000'000, 'x'), noise}) {
        for (int level : {1, 6, 9})
            EXPECT_EQ(gunzip(gzip(text, level), text.size()), text);
    }
}

TEST(Gzip, ShrinksTextAndIsRepeatable) {
    const std::string text(100'000, 'j');
    EXPECT_LT(gzip(text).size(), 1000u);
    EXPECT_EQ(gzip(text), gzip(text));
}

}  // namespace
}  // namespace audiomuse::wrap::zlib
