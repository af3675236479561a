// Encoded files are decoded again: what went in comes out, for every container the demo library uses.
#include "audiomuse/wrap/ffmpeg/encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "audiomuse/base/error.h"
#include "audiomuse/wrap/ffmpeg/audio_reader.h"
#include "support/temp_folder.h"

namespace audiomuse::wrap::ffmpeg {
namespace {

namespace fs = std::filesystem;
using testing_support::contents;
using testing_support::TempFolder;

/// A chord on the left, a rising tone on the right, 1.5 s.
struct Sound {
    std::vector<float> left;
    std::vector<float> right;
    Sound() {
        for (int i = 0; i < 66150; ++i) {
            const double t = i / 44100.0;
            left.push_back(static_cast<float>(0.2 * std::sin(2765 * t) + 0.2 * std::sin(3484 * t)));
            right.push_back(static_cast<float>(0.4 * std::sin(1500 * t + 900 * t * t)));
        }
    }
    StereoView view() const { return {left, right, 44100}; }
};

struct Decoded {
    AudioStream stream;
    std::vector<float> left;
    std::vector<float> right;
};

Decoded decode(const fs::path& file) {
    AudioReader reader(file);
    Decoded decoded;
    decoded.stream = reader.stream();
    while (const auto block = reader.read()) {
        decoded.left.insert(decoded.left.end(), block->channels[0], block->channels[0] + block->frames);
        decoded.right.insert(decoded.right.end(), block->channels[1], block->channels[1] + block->frames);
    }
    return decoded;
}

double correlation(const std::vector<float>& a, const std::vector<float>& b) {
    double ab = 0;
    double aa = 1e-9;
    double bb = 1e-9;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        ab += a[i] * b[i];
        aa += a[i] * a[i];
        bb += b[i] * b[i];
    }
    return ab / std::sqrt(aa * bb);
}

struct Format {
    const char* container;
    const char* codec;
};

class EncoderTest : public testing::TestWithParam<Format> {};

TEST_P(EncoderTest, SamplesComeBack) {
    const TempFolder dir;
    const Sound sound;
    encode_audio(dir / "sound", GetParam().container, sound.view());
    const Decoded decoded = decode(dir / "sound");
    EXPECT_THAT(decoded.stream.codec, testing::StartsWith(GetParam().codec));
    EXPECT_EQ(decoded.stream.channels, 2);
    const double seconds = static_cast<double>(decoded.left.size()) / decoded.stream.sample_rate;
    EXPECT_NEAR(seconds, 1.5, 0.03);
    if (decoded.stream.sample_rate == 44100) {
        EXPECT_GT(correlation(decoded.left, sound.left), 0.99);
        EXPECT_GT(correlation(decoded.right, sound.right), 0.99);
        EXPECT_LT(std::abs(correlation(decoded.left, sound.right)), 0.3) << "channels are not mixed up";
    } else {
        EXPECT_EQ(decoded.stream.sample_rate, 48000);
        const auto loudest = std::ranges::max(decoded.right, {}, [](float x) { return std::abs(x); });
        EXPECT_NEAR(std::abs(loudest), 0.4, 0.06);
    }
}

TEST_P(EncoderTest, SameSamplesGiveTheSameBytes) {
    const TempFolder dir;
    const Sound sound;
    encode_audio(dir / "one", GetParam().container, sound.view());
    encode_audio(dir / "two", GetParam().container, sound.view());
    const std::string bytes = contents(dir / "one");
    EXPECT_TRUE(bytes == contents(dir / "two"));
    for (const char* version : {"Lavf5", "Lavf6", "Lavc5", "Lavc6"})
        EXPECT_EQ(bytes.find(version), std::string::npos);
}

TEST_P(EncoderTest, ASingleSampleIsEnough) {
    const TempFolder dir;
    const std::vector<float> one = {0.5F};
    encode_audio(dir / "one", GetParam().container, {one, one, 44100});
    EXPECT_GT(fs::file_size(dir / "one"), 20U);
}

INSTANTIATE_TEST_SUITE_P(AllFormats, EncoderTest,
                         testing::Values(Format{"flac", "flac"}, Format{"mp3", "mp3"}, Format{"ogg", "vorbis"},
                                         Format{"opus", "opus"}, Format{"m4a", "aac"}),
                         [](const auto& param) { return std::string(param.param.container); });

TEST(Encoder, FlacIsExactTo16Bits) {
    const TempFolder dir;
    const Sound sound;
    encode_audio(dir / "sound", "flac", sound.view());
    const Decoded decoded = decode(dir / "sound");
    ASSERT_EQ(decoded.left.size(), sound.left.size());
    for (std::size_t i = 0; i < sound.left.size(); ++i)
        ASSERT_NEAR(decoded.left[i], sound.left[i], 1.0 / 32768) << i;
}

ErrorCode failure(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::internal;
}

TEST(Encoder, RefusesWhatItCannotWrite) {
    const TempFolder dir;
    const Sound sound;
    const std::vector<float> none;
    EXPECT_EQ(failure([&] { encode_audio(dir / "a", "wav", sound.view()); }), ErrorCode::invalid_argument);
    EXPECT_EQ(failure([&] { encode_audio(dir / "a", "flac", {none, none, 44100}); }), ErrorCode::invalid_argument);
    EXPECT_EQ(failure([&] {
                  encode_audio(dir / "a", "flac", {sound.left, none, 44100});
              }),
              ErrorCode::invalid_argument);
    EXPECT_EQ(failure([&] { encode_audio(dir / "no/folder/a", "flac", sound.view()); }), ErrorCode::io);
    EXPECT_FALSE(fs::exists(dir / "a"));
}

std::uint32_t big_endian(const std::string& bytes, std::size_t at) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i)
        number = number << 8 | static_cast<unsigned char>(bytes.at(at + i));
    return number;
}

TEST(EncodePng, IsAPictureOfTheSizeAsked) {
    std::vector<std::uint8_t> rgb(7 * 5 * 3, 200);
    const std::string png = encode_png(7, 5, rgb);
    EXPECT_TRUE(png.starts_with("\x89PNG\r\n\x1A\n"));
    EXPECT_EQ(png.substr(12, 4), "IHDR");
    EXPECT_EQ(big_endian(png, 16), 7U);
    EXPECT_EQ(big_endian(png, 20), 5U);
    EXPECT_EQ(png.substr(png.size() - 8, 4), "IEND");
    EXPECT_EQ(png, encode_png(7, 5, rgb));
    EXPECT_EQ(failure([&] { encode_png(7, 6, rgb); }), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace audiomuse::wrap::ffmpeg
