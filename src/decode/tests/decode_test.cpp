#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <limits>

#include "test_tools.h"

namespace audiomuse::decode {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(DecodeTest, MixesAllChannelsByTheirPlainMeanWithoutClipping) {
    const std::vector<float> samples = {0.5F, 0.25F, 0.75F, -1.0F, 3.0F, -0.5F, 0.0F, 0.0F, 0.0F};
    const Decoded result = decode(write("three.wav", wav_bytes(samples, 3, 16000, 3)));
    EXPECT_EQ(result.summary.info.channels, 3);
    EXPECT_EQ(result.samples, (std::vector<float>{0.5F, 0.5F, 0.0F}));
}

TEST_F(DecodeTest, ScalesIntegersToOne) {
    const Decoded short_ints = decode(write("16.wav", wav_bytes<std::int16_t>({-32768, 0, 16384}, 1, 16000, 1)));
    EXPECT_EQ(short_ints.samples, (std::vector<float>{-1.0F, 0.0F, 0.5F}));
    const Decoded bytes = decode(write("8.wav", wav_bytes<std::uint8_t>({0, 128, 192}, 1, 16000, 1)));
    EXPECT_EQ(bytes.samples, (std::vector<float>{-1.0F, 0.0F, 0.5F}));
    const Decoded long_ints = decode(write("32.wav", wav_bytes<std::int32_t>({INT32_MIN, 0, 1 << 30}, 1, 16000, 1)));
    EXPECT_EQ(long_ints.samples, (std::vector<float>{-1.0F, 0.0F, 0.5F}));
    const Decoded doubles = decode(write("64.wav", wav_bytes<double>({-1, 0, 0.5}, 1, 16000, 3)));
    EXPECT_EQ(doubles.samples, (std::vector<float>{-1.0F, 0.0F, 0.5F}));
}

TEST_F(DecodeTest, LengthIsRoundedUp) {
    for (const int rate : {8000, 11025, 22050, 32000, 44100, 48000, 96000}) {
        for (const int frames : {1, 2, 1000, 12345}) {
            const auto file = write("length.wav", wav_bytes(std::vector<std::int16_t>(frames, 1000), 1, rate, 1));
            const auto wanted = (static_cast<std::int64_t>(frames) * 16000 + rate - 1) / rate;
            EXPECT_EQ(decode(file).summary.samples, wanted) << frames << " frames at " << rate << " Hz";
        }
    }
}

TEST_F(DecodeTest, StopsAtTheLimitAndSaysSo) {
    const fs::path file = write_tone("tone.wav", 44100, 2);
    const Decoded cut = decode(file, {.max_seconds = 0.5});
    EXPECT_TRUE(cut.summary.reached_limit);
    EXPECT_EQ(cut.summary.samples, 8000);
    EXPECT_THAT(cut.summary.warning, IsEmpty());
    const Decoded exact = decode(file, {.max_seconds = 2});
    EXPECT_FALSE(exact.summary.reached_limit);
    EXPECT_EQ(exact.summary.samples, 32000);
    EXPECT_EQ(decode(file, {.max_seconds = 0}).samples, exact.samples);
}

TEST_F(DecodeTest, SamplesThatAreNotNumbersBecomeSilence) {
    std::vector<float> samples(4000, 0.25F);
    samples[10] = std::numeric_limits<float>::quiet_NaN();
    samples[20] = -std::numeric_limits<float>::infinity();
    samples[30] = 1e30F;
    const Decoded result = decode(write("nan.wav", wav_bytes(samples, 1, 16000, 3)));
    EXPECT_EQ(result.samples[10], 0);
    EXPECT_EQ(result.samples[11], 0.25F);
    EXPECT_THAT(result.summary.warning, HasSubstr("3 samples"));
}

TEST_F(DecodeTest, WhatIsNotAudioIsToldApart) {
    const auto code = [](const fs::path& file) {
        EXPECT_EQ(code_of([&] { probe_file(file); }), code_of([&] { decode(file); })) << file;
        return code_of([&] { decode(file); });
    };
    EXPECT_EQ(code(folder_ / "absent.mp3"), ErrorCode::not_found);
    EXPECT_EQ(code(folder_.path()), ErrorCode::unsupported_format);
    EXPECT_EQ(code(write("empty.flac", "")), ErrorCode::empty);
    EXPECT_EQ(code(write("text.mp3", "A line of text.\nAnother one.\n")), ErrorCode::unsupported_format);
    EXPECT_EQ(code(write("list.m3u8", "#EXTM3U\n#EXTINF:1,\ntone.wav\n")), ErrorCode::unsupported_format);
    EXPECT_EQ(code_of([&] { decode(write("head.wav", wav_bytes<std::int16_t>({}, 1, 16000, 1))); }), ErrorCode::empty);
}

TEST_F(DecodeTest, PlaylistsDoNotReachOtherFiles) {
    write_tone("tone.wav", 16000);
    const auto refused = [&](const std::string& name, const std::string& text) {
        return code_of([&] { decode(write(name, text)); });
    };
    EXPECT_EQ(refused("a.m3u8",
                      "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.0,\ntone.wav\n#EXT-X-ENDLIST\n"),
              ErrorCode::unsupported_format);
    EXPECT_EQ(refused("b.ffconcat", "ffconcat version 1.0\nfile tone.wav\n"), ErrorCode::unsupported_format);
}

TEST_F(DecodeTest, ANamedPipeDoesNotBlock) {
    const fs::path pipe = folder_ / "pipe.wav";
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(code_of([&] { decode(pipe); }), ErrorCode::unsupported_format);
}

TEST_F(DecodeTest, AbsurdLayoutsAreRefused) {
    const std::vector<std::int16_t> samples(1000, 1);
    EXPECT_EQ(code_of([&] { decode(write("many.wav", wav_bytes(samples, 100, 16000, 1))); }),
              ErrorCode::unsupported_format);
    EXPECT_EQ(code_of([&] { decode(write("slow.wav", wav_bytes(samples, 1, 10, 1))); }), ErrorCode::unsupported_format);
}

TEST_F(DecodeTest, CancelAndTimeoutEndTheWork) {
    const fs::path file = write_tone("tone.wav", 44100, 3);
    CancelSource source;
    std::int64_t received = 0;
    EXPECT_EQ(code_of([&] {
                  decode_file(
                      file, {},
                      [&](std::span<const float> block) {
                          received += static_cast<std::int64_t>(block.size());
                          source.cancel();
                      },
                      source.token());
              }),
              ErrorCode::cancelled);
    EXPECT_GT(received, 0);
    EXPECT_LT(received, 48000);
    EXPECT_EQ(code_of([&] { decode(file, {.stall_seconds = -1}); }), ErrorCode::timeout);
}

TEST_F(SharedAudio, RejectsWithTheReason) {
    const std::vector<std::pair<std::string, ErrorCode>> expected = {
        {"zero_bytes.mp3", ErrorCode::empty},
        {"header_only.wav", ErrorCode::empty},
        {"text_named.mp3", ErrorCode::unsupported_format},
        {"png_named.mp3", ErrorCode::unsupported_format},
        {"random_bytes.flac", ErrorCode::unsupported_format},
        {"truncated_no_index.m4a", ErrorCode::damaged},
    };
    for (const auto& [name, code] : expected) {
        EXPECT_EQ(code_of([&] { decode(audio_ / name); }), code) << name;
    }
}

TEST_F(SharedAudio, DamageIsPassedOverWithAWarning) {
    for (const char* name : {"corrupt_middle.mp3", "corrupt_tail.mp3", "garbage_head.mp3", "truncated_data.wav",
                             "truncated_tail.flac", "truncated_tail.ogg"}) {
        const Decoded result = decode(audio_ / name);
        EXPECT_GT(result.summary.samples, 3 * 16000) << name;
        EXPECT_THAT(result.summary.warning, HasSubstr("damaged")) << name;
    }
    EXPECT_GT(decode(audio_ / "corrupt_middle.mp3").summary.samples, 11 * 16000);
    for (const char* name :
         {"song_128bpm_a_minor.ogg", "song_174bpm_fsharp_minor_48k.opus", "song_110bpm_g_major_cover.m4a",
          "waltz_084bpm_d_major_cover_vbr.mp3", "chords_eb_minor_adts.aac", "chords_e_major.wma"}) {
        EXPECT_THAT(decode(audio_ / name).summary.warning, IsEmpty()) << name;
    }
}

TEST_F(SharedAudio, FormatIsToldByContent) {
    const AudioInfo info = probe_file(audio_ / "flac_named.mp3");
    EXPECT_EQ(info.container, "flac");
    EXPECT_EQ(info.sample_rate, 22050);
    EXPECT_NEAR(info.container_duration_s, 12, 1e-6);
}

TEST_F(SharedAudio, RateMayChangeInTheMiddle) {
    const fs::path file =
        write("joined.mp3", bytes_of("clicks_150bpm_22k_mono.mp3") + bytes_of("garbage_head.mp3").substr(3000));
    const Decoded result = decode(file);
    // 20 s at 22.05 kHz, then 12 s at 44.1 kHz; the delay of the second encoder stays.
    EXPECT_NEAR(static_cast<double>(result.summary.samples) / 16000, 20 + 12.05, 0.15);
    const std::vector<float> alone = decode(audio_ / "garbage_head.mp3").samples;
    const double lag_s = static_cast<double>(result.samples.size() - alone.size()) / 16000;
    EXPECT_NEAR(lag_s, 20, 0.15);
}

TEST_F(SharedAudio, NoiseIsNeverTakenForMusic) {
    const std::string noise = bytes_of("random_bytes.flac");
    for (std::size_t start = 0; start + 3000 <= noise.size(); start += 1500) {
        const fs::path file = write("noise.mp3", noise.substr(start));
        EXPECT_EQ(code_of([&] { decode(file); }), ErrorCode::unsupported_format) << start;
    }
}

}  // namespace
}  // namespace audiomuse::decode
