// Files of every odd kind: each is analysed, or rejected with a code of its own.
#include <gmock/gmock.h>

#include <fstream>
#include <map>

#include "audiomuse/analyse/analyser.h"
#include "audiomuse/wrap/ffmpeg/encoder.h"
#include "test_tools.h"

namespace audiomuse::analyse {
namespace {

namespace fs = std::filesystem;
using models::ModelChoice;
using testing::HasSubstr;

using Outcome = std::variant<TrackAnalysis, AnalysisFailure>;

Outcome analyse(const fs::path& file) {
    static const auto analyser = create_analyser(open_model(ModelChoice::mini, {}));
    return analyser->analyse(file, {});
}

std::string read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The file and what is to come of it, from the table of the collection's README.
std::map<std::string, std::string> expectations() {
    std::map<std::string, std::string> found;
    std::ifstream in(kShared / "audio/README.md");
    for (std::string line; std::getline(in, line);) {
        // | file | bytes | content | expect |
        if (!line.starts_with("| ") || line.find('.') == std::string::npos) continue;
        const std::size_t name_end = line.find(" |", 2);
        const std::size_t last = line.rfind("| ", line.size() - 3);
        const std::string name = line.substr(2, name_end - 2);
        if (fs::exists(kShared / "audio" / name)) found[name] = line.substr(last + 2, line.size() - last - 4);
    }
    return found;
}

const std::map<std::string, ErrorCode> kRejected = {
    {"zero_bytes.mp3", ErrorCode::empty},
    {"header_only.wav", ErrorCode::empty},
    {"text_named.mp3", ErrorCode::unsupported_format},
    {"png_named.mp3", ErrorCode::unsupported_format},
    {"random_bytes.flac", ErrorCode::unsupported_format},
    {"truncated_no_index.m4a", ErrorCode::damaged},
};

void expect_outcome(const std::string& name, const std::string& expected, const Outcome& outcome) {
    SCOPED_TRACE(name + ": " + expected);
    const auto* failure = std::get_if<AnalysisFailure>(&outcome);
    if (expected == "ok" || expected == "ok_partial") {
        ASSERT_FALSE(failure) << failure->message;
        const auto& analysis = std::get<TrackAnalysis>(outcome);
        EXPECT_EQ(analysis.embedding.size(), 200U);
        EXPECT_EQ(analysis.moods.size(), 50U);
        if (expected == "ok") {
            EXPECT_EQ(analysis.warning, "");
        } else {
            EXPECT_THAT(analysis.warning, HasSubstr("damaged"));
        }
        return;
    }
    ASSERT_TRUE(failure) << "was analysed";
    EXPECT_THAT(failure->message, HasSubstr(name));
    if (expected == "too_short") {
        EXPECT_EQ(failure->code, ErrorCode::too_short);
    } else if (expected == "silent") {
        EXPECT_EQ(failure->code, ErrorCode::silent);
    } else {
        ASSERT_EQ(expected, "rejected");
        ASSERT_TRUE(kRejected.contains(name)) << "has no code in this test";
        EXPECT_EQ(failure->code, kRejected.at(name)) << failure->message;
    }
}

TEST(OddFiles, EveryFixtureIsTreatedAsItsReadmeSays) {
    REQUIRE_SHARED("audio/README.md");
    const auto files = expectations();
    std::map<std::string, int> counts;
    for (const auto& [name, expected] : files) {
        expect_outcome(name, expected, analyse(kShared / "audio" / name));
        ++counts[expected];
    }
    for (const auto& [expected, count] : counts)
        std::cout << count << " " << expected << "\n";
    EXPECT_GE(files.size(), 52U);
    EXPECT_EQ(counts.size(), 5U);
}

class MadeFiles : public testing::Test {
protected:
    /// Six seconds of a melody.
    fs::path encoded(const std::string& name, const std::string& container, int rate) {
        const auto samples = melody(6.0 * rate / 16000);
        wrap::ffmpeg::encode_audio(folder_.path() / name, container, {samples, samples, rate});
        return folder_.path() / name;
    }
    fs::path write(const std::string& name, const std::string& bytes) {
        std::ofstream(folder_.path() / name, std::ios::binary) << bytes;
        return folder_.path() / name;
    }
    /// A WAV file of `channels` equal channels; one byte per sample (unsigned), or two (signed).
    fs::path wav(const std::string& name, int channels, int rate, int bytes_per_sample) {
        std::string data;
        for (const float value : melody(6.0 * rate / 16000)) {
            const auto level = static_cast<int>(std::lround(value * (bytes_per_sample == 1 ? 127 : 32767)));
            for (int c = 0; c < channels; ++c) {
                data += static_cast<char>(bytes_per_sample == 1 ? level + 128 : level & 0xFF);
                if (bytes_per_sample == 2) data += static_cast<char>(level >> 8);
            }
        }
        const int frame = channels * bytes_per_sample;
        return write(name, "RIFF" + number(36 + data.size(), 4) + "WAVEfmt " + number(16, 4) + number(1, 2) +
                               number(channels, 2) + number(rate, 4) + number(std::size_t(rate) * frame, 4) +
                               number(frame, 2) + number(8 * bytes_per_sample, 2) + "data" + number(data.size(), 4) +
                               data);
    }
    static std::string number(std::size_t value, int bytes) {
        std::string text;
        for (int i = 0; i < bytes; ++i)
            text += static_cast<char>(value >> (8 * i) & 0xFF);
        return text;
    }
    void expect_six_seconds(const fs::path& file) {
        const Outcome outcome = analyse(file);
        if (const auto* failure = std::get_if<AnalysisFailure>(&outcome)) {
            ADD_FAILURE() << failure->message;
            return;
        }
        const auto& analysis = std::get<TrackAnalysis>(outcome);
        EXPECT_NEAR(analysis.duration_s, 6, 0.1) << file;
        EXPECT_EQ(analysis.warning, "") << file;
        EXPECT_EQ(analysis.embedding.size(), 200U) << file;
    }

    TempFolder folder_;
};

TEST_F(MadeFiles, UnusualRatesWidthsAndChannelsAreHeard) {
    expect_six_seconds(encoded("192k.flac", "flac", 192000));
    expect_six_seconds(wav("192k.wav", 2, 192000, 2));
    expect_six_seconds(wav("8bit.wav", 1, 11025, 1));
    expect_six_seconds(wav("six.wav", 6, 48000, 2));
}

TEST_F(MadeFiles, TheNameDoesNotMatter) {
    expect_six_seconds(encoded("ogg named.mp3", "ogg", 22050));
    expect_six_seconds(encoded("m4a named.flac", "m4a", 44100));
    expect_six_seconds(encoded("no name", "opus", 48000));
}

TEST_F(MadeFiles, ACoverIsNotTakenForTheMusic) {
    const std::vector<std::uint8_t> pixels(std::size_t{64} * 64 * 3, 128);
    const std::string picture = std::string("\0image/png\0\3\0", 13) + wrap::ffmpeg::encode_png(64, 64, pixels);
    const auto seven_bits = [](std::size_t value) {
        std::string text;
        for (int shift = 21; shift >= 0; shift -= 7)
            text += static_cast<char>(value >> shift & 0x7F);
        return text;
    };
    const std::string frame = "APIC" + seven_bits(picture.size()) + std::string(2, '\0') + picture;
    const std::string tag = std::string("ID3\4\0\0", 6) + seven_bits(frame.size()) + frame;
    expect_six_seconds(write("cover.mp3", tag + read(encoded("plain.mp3", "mp3", 44100))));
    // A picture alone is no music.
    const Outcome outcome = analyse(write("only a cover.mp3", tag));
    ASSERT_TRUE(std::holds_alternative<AnalysisFailure>(outcome));
    EXPECT_EQ(std::get<AnalysisFailure>(outcome).code, ErrorCode::unsupported_format);
}

TEST_F(MadeFiles, ADamagedTailIsPassedOverWithAWarning) {
    for (const char* container : {"flac", "mp3", "ogg", "opus"}) {
        SCOPED_TRACE(container);
        std::string bytes = read(encoded("whole", container, 44100));
        const std::size_t kept = bytes.size() * 3 / 4;
        std::uint32_t state = 7;
        for (std::size_t i = kept; i < bytes.size(); ++i) {
            state = state * 1664525 + 1013904223;
            bytes[i] = static_cast<char>(state >> 24U);
        }
        const Outcome outcome = analyse(write("tail", bytes));
        ASSERT_TRUE(std::holds_alternative<TrackAnalysis>(outcome)) << std::get<AnalysisFailure>(outcome).message;
        EXPECT_THAT(std::get<TrackAnalysis>(outcome).warning, HasSubstr("damaged"));
        EXPECT_GT(std::get<TrackAnalysis>(outcome).duration_s, 3.9);
    }
}

}  // namespace
}  // namespace audiomuse::analyse
