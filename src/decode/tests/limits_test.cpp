// Files that would keep a careless decoder busy, or full, for ever.
#include <sys/resource.h>
#include <unistd.h>

#include "audiomuse/wrap/ffmpeg/encoder.h"
#include "test_tools.h"

namespace audiomuse::decode {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

class LimitsTest : public DecodeTest {
protected:
    /// `head`, then zeros up to `size` that take no room on the disk.
    fs::path write_sparse(const std::string& name, const std::string& head, off_t size) {
        const fs::path file = write(name, head);
        EXPECT_EQ(truncate(file.c_str(), size), 0);
        return file;
    }
    std::string encoded(const std::string& container, double seconds) {
        std::vector<float> samples(static_cast<std::size_t>(seconds * 22050));
        for (std::size_t i = 0; i < samples.size(); ++i)
            samples[i] = static_cast<float>(0.3 * std::sin(0.1 * static_cast<double>(i)));
        const fs::path file = folder_ / ("encoded." + container);
        wrap::ffmpeg::encode_audio(file, container, {samples, samples, 22050});
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    /// Most memory this process ever held, in bytes.
    static long peak_memory() {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss * 1024;
    }
};

/// The error's message, which must have `code`.
std::string refusal(const fs::path& file, const DecodeOptions& options, ErrorCode code) {
    try {
        decode(file, options);
        ADD_FAILURE() << file << " was decoded";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), code) << error.what();
        return error.what();
    }
    return {};
}

/// A WAV header that claims `data_bytes` of 16-bit samples.
std::string wav_head(int channels, int rate, std::uint32_t data_bytes) {
    std::string head = wav_bytes<std::int16_t>({}, channels, rate, 1);
    head.resize(head.size() - 4);
    append(head, data_bytes);
    return head;
}

std::string big_endian(std::uint32_t value, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i)
        text += static_cast<char>(value >> (8 * i) & 0xFF);
    return text;
}

/// ID3v2.4 with a picture frame; both sizes are claims.
std::string id3_head(std::uint32_t tag_bytes, std::uint32_t picture_bytes) {
    const auto seven_bits = [](std::uint32_t value) {
        std::string text;
        for (int shift = 21; shift >= 0; shift -= 7)
            text += static_cast<char>(value >> shift & 0x7F);
        return text;
    };
    using namespace std::string_literals;
    return "ID3\4\0\0"s + seven_bits(tag_bytes) + "APIC" + seven_bits(picture_bytes) + "\0\0\0image/png\0\3\0"s;
}

TEST_F(LimitsTest, AClaimIsNotBelieved) {
    const long before = peak_memory();
    const std::string music = encoded("mp3", 2);

    const Decoded wav = decode(write("claims.wav", wav_head(2, 44100, 0xFFFFFFF0) + std::string(44100 * 4, '\1')));
    EXPECT_EQ(wav.summary.samples, 16000);

    EXPECT_EQ(code_of([&] { decode(write("rate.wav", wav_head(1, 1, 2000) + std::string(2000, 1))); }),
              ErrorCode::unsupported_format);
    EXPECT_EQ(code_of([&] { decode(write("channels.wav", wav_head(1000, 16000, 20000) + std::string(20000, 1))); }),
              ErrorCode::unsupported_format);

    // A picture of 16 MB, then of 255 MB, that is not there.
    const std::string flac = "fLaC" + encoded("flac", 0.1).substr(4, 38);
    const std::string picture = flac + '\6' + big_endian(0xFFFFFF, 3) + big_endian(3, 4) + big_endian(9, 4) +
                                "image/png" + big_endian(0xFFFFFFFF, 4) + std::string(100, '\0');
    EXPECT_THAT(code_of([&] { decode(write("picture.flac", picture)); }),
                AnyOf(ErrorCode::damaged, ErrorCode::unsupported_format, ErrorCode::empty));
    EXPECT_THAT(code_of([&] { decode(write("tag.mp3", id3_head((1U << 28U) - 1, 255U << 20U) + music)); }),
                AnyOf(ErrorCode::damaged, ErrorCode::unsupported_format, ErrorCode::empty));
    // A tag of the right size with a frame that is not: the music behind it is found.
    const std::string head = id3_head(1000, 255U << 20U);
    EXPECT_GT(decode(write("frame.mp3", head + std::string(1010 - head.size(), '\0') + music)).summary.samples, 31000);

    EXPECT_LT(peak_memory() - before, 64L << 20);
}

TEST_F(LimitsTest, NoSoundForTooLongEndsTheWork) {
    // A terabyte without a single frame.
    const fs::path file = write_sparse("sparse.flac", encoded("flac", 1), off_t{1} << 40);
    EXPECT_THAT(refusal(file, {.stretch = Stretch::whole, .stall_seconds = 0.2}, ErrorCode::timeout),
                HasSubstr("gave no audio for 0.2 s"));
}

TEST_F(LimitsTest, DecodingFarSlowerThanTheMusicEndsTheWork) {
    EXPECT_THAT(refusal(write_tone("tone.wav", 44100, 3), {.slow_seconds = -2}, ErrorCode::timeout),
                HasSubstr("to decode"));
    EXPECT_EQ(decode(write_tone("tone.wav", 44100, 3), {.slow_seconds = 5}).summary.samples, 48000);
}

TEST_F(LimitsTest, SamplesWithoutEndEndTheWork) {
    const fs::path file = write_sparse("endless.wav", wav_head(2, 44100, 0xFFFFFFFF), off_t{1} << 34);
    EXPECT_THAT(refusal(file, {.stretch = Stretch::whole, .max_values = 10'000'000}, ErrorCode::limit_exceeded),
                HasSubstr("more samples than any piece of music"));
    EXPECT_EQ(decode(file, {.max_seconds = 60, .max_values = 10'000'000}).summary.samples, 60 * 16000);
}

TEST_F(LimitsTest, ReadingManyTimesTheSizeEndsTheWork) {
    const fs::path file = write_sparse("long.wav", wav_head(2, 44100, 200 << 20), 44 + (200 << 20));
    EXPECT_THAT(refusal(file, {.stretch = Stretch::whole, .max_passes = 0.1}, ErrorCode::limit_exceeded),
                HasSubstr("many times its size"));
}

TEST_F(LimitsTest, AThousandFilesInARowTakeNoMoreMemoryThanOne) {
    for (const char* container : {"ogg", "mp3"}) {
        const std::string one = encoded(container, 0.3);
        const double seconds = static_cast<double>(decode(write("one", one)).summary.samples) / 16000;
        const long before = peak_memory();
        std::string chain;
        for (int i = 0; i < 1000; ++i)
            chain += one;
        const fs::path file = write("chain", chain);
        std::int64_t samples = 0;
        decode_file(file, {.stretch = Stretch::whole},
                    [&](std::span<const float> block) { samples += static_cast<std::int64_t>(block.size()); });
        // An encoder's delay and padding are cut off at the ends of a file, not in its middle.
        EXPECT_GE(static_cast<double>(samples) / 16000, 1000 * seconds - 1) << container;
        EXPECT_LE(static_cast<double>(samples) / 16000, 1000 * (seconds + 0.1)) << container;
        EXPECT_LT(peak_memory() - before, (24L << 20) + 2 * static_cast<long>(chain.size())) << container;
    }
}

}  // namespace
}  // namespace audiomuse::decode
