#include "postgres/text_codec.h"

#include <gtest/gtest.h>

#include <array>

#include "audiomuse/base/random.h"
#include "audiomuse/base/text.h"

namespace audiomuse::store::postgres {
namespace {

std::string code_point(unsigned code) {
    const auto byte = [](unsigned value) { return static_cast<char>(value); };
    if (code < 0x80) return {byte(code)};
    if (code < 0x800) return {byte(0xC0 | code >> 6), byte(0x80 | (code & 0x3F))};
    if (code < 0x10000) return {byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F))};
    return {byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 0x3F)), byte(0x80 | (code >> 6 & 0x3F)),
            byte(0x80 | (code & 0x3F))};
}

/// What PostgreSQL takes: to_valid_utf8 changes nothing.
bool is_valid(const std::string& text) {
    return to_valid_utf8(text) == text;
}

TEST(TextCodec, OrdinaryTextStays) {
    for (const std::string text : {"", "AC/DC", "Sigur Rós", "千と千尋の神隠し", "😀", "\x7f\n\t", "\xEE\x80\x80",
                                   "\xEF\xBF\xBD", "\xF4\x8F\xBF\xBF"}) {
        EXPECT_TRUE(is_plain(text)) << text;
        EXPECT_EQ(encode_text(text), text);
        EXPECT_EQ(decode_text(text), text);
    }
}

TEST(TextCodec, BytesThatAreNoText) {
    EXPECT_EQ(encode_text(std::string("a\0b", 3)), "a" + code_point(0xEF00) + "b");
    EXPECT_EQ(encode_text("caf\xE9.mp3"), "caf" + code_point(0xEFE9) + ".mp3");
    EXPECT_EQ(encode_text("\x80\xBF\xC0\xFF"),
              code_point(0xEF80) + code_point(0xEFBF) + code_point(0xEFC0) + code_point(0xEFFF));
    EXPECT_EQ(encode_text(code_point(0xEF80)), code_point(0xEFEE) + code_point(0xEFBE) + code_point(0xEF80));
}

TEST(TextCodec, EveryCodePointComesBack) {
    for (unsigned code = 0; code <= 0x10FFFF; ++code) {
        if (code >= 0xD800 && code < 0xE000) continue;
        const std::string text = code_point(code);
        const bool ours = code == 0 || code == 0xEF00 || (code >= 0xEF80 && code <= 0xEFFF);
        ASSERT_EQ(is_plain(text), !ours) << code;
        ASSERT_EQ(decode_text(encode_text(text)), text) << code;
    }
}

TEST(TextCodec, EveryShortStringOfBytesComesBackAndIsValid) {
    const std::array<unsigned char, 24> kEdges = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0,
                                                  0xBC, 0xBE, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0,
                                                  0xED, 0xEE, 0xEF, 0xF0, 0xF4, 0xF5, 0xFE, 0xFF};
    for (const unsigned char a : kEdges) {
        for (const unsigned char b : kEdges) {
            for (const unsigned char c : kEdges) {
                for (const unsigned char d : kEdges) {
                    const std::string bytes = {static_cast<char>(a), static_cast<char>(b), static_cast<char>(c),
                                               static_cast<char>(d)};
                    const std::string text = encode_text(bytes);
                    ASSERT_EQ(decode_text(text), bytes);
                    ASSERT_EQ(is_plain(bytes), text == bytes);
                    ASSERT_TRUE(is_valid(text));
                }
            }
        }
    }
}

TEST(TextCodec, EveryStringOfBytesComesBackAndIsValid) {
    Random random(2027);
    const std::array<std::string, 6> kPieces = {"plain", "ó", "千", "😀", code_point(0xEF00), code_point(0xEFE9)};
    for (int i = 0; i < 20'000; ++i) {
        std::string bytes;
        for (std::int64_t n = random.integer(0, 20); n > 0; --n) {
            if (random.uniform() < 0.5) {
                bytes += static_cast<char>(random.integer(0, 255));
            } else {
                const std::string& piece = kPieces[static_cast<std::size_t>(random.integer(0, 5))];
                bytes += piece.substr(0, static_cast<std::size_t>(random.integer(1, 5)));
            }
        }
        const std::string text = encode_text(bytes);
        ASSERT_EQ(decode_text(text), bytes);
        ASSERT_TRUE(is_valid(text)) << i;
    }
}

}  // namespace
}  // namespace audiomuse::store::postgres
