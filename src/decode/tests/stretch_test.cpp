#include "audiomuse/decode/stretch.h"

#include "audiomuse/wrap/ffmpeg/encoder.h"
#include "test_tools.h"

namespace audiomuse::decode {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int kRate = 22050;
constexpr int kSections = 10;
constexpr double kSectionSeconds = 20;
constexpr double kFadeSeconds = 0.25;

double pitch(int section) {
    return 300 * std::pow(2, section / 4.0);
}

/// Ten sections of 20 s, each with its own pitch, and noise that tells every moment from the others.
const std::vector<float>& ten_sections() {
    static const std::vector<float> samples = [] {
        std::vector<float> made(static_cast<std::size_t>(kSections * kSectionSeconds * kRate));
        std::uint32_t state = 1;
        for (std::size_t i = 0; i < made.size(); ++i) {
            const double t = static_cast<double>(i) / kRate;
            state = state * 1664525 + 1013904223;  // Knuth, TAOCP 2, 3.3.4
            const double noise = static_cast<double>(state >> 16U) / 32768 - 1;
            made[i] = static_cast<float>(
                0.3 * std::sin(2 * std::numbers::pi * pitch(static_cast<int>(t / kSectionSeconds)) * t) + 0.1 * noise);
        }
        return made;
    }();
    return samples;
}

/// Power of a frequency (Goertzel's algorithm).
double power_at(std::span<const float> samples, double frequency) {
    const double factor = 2 * std::cos(2 * std::numbers::pi * frequency / 16000);
    double a = 0;
    double b = 0;
    for (const float sample : samples) {
        const double next = static_cast<double>(sample) + factor * a - b;
        b = a;
        a = next;
    }
    return a * a + b * b - factor * a * b;
}

int loudest_section(std::span<const float> samples) {
    int best = 0;
    for (int section = 1; section < kSections; ++section) {
        if (power_at(samples, pitch(section)) > power_at(samples, pitch(best))) best = section;
    }
    return best;
}

/// By how many samples `part` lies after `expected`, within 3200 either way, by cross-correlation.
int lag(std::span<const float> whole, std::size_t expected, std::span<const float> part) {
    constexpr int kFarthest = 3200;
    double best = -1;
    int found = 0;
    for (int shift = -kFarthest; shift <= kFarthest; ++shift) {
        double sum = 0;
        for (std::size_t i = 0; i < part.size(); ++i)
            sum += static_cast<double>(part[i]) *
                   static_cast<double>(whole[expected + i + static_cast<std::size_t>(kFarthest + shift) - kFarthest]);
        if (sum > best) {
            best = sum;
            found = shift;
        }
    }
    return found;
}

class StretchTest : public DecodeTest {
protected:
    fs::path write_sections(const std::string& container) {
        const fs::path file = folder_ / ("sections." + container);
        if (container == "wav") {
            return write("sections.wav", wav_bytes(ten_sections(), 1, kRate, 3));
        }
        wrap::ffmpeg::encode_audio(file, container, {ten_sections(), ten_sections(), kRate});
        return file;
    }
};

TEST(SpreadWindows, LieEvenlyFromTheStartToTheEnd) {
    EXPECT_THAT(spread_windows(3000, 600), testing::SizeIs(10));
    EXPECT_EQ(spread_windows(3000, 600).front(), (Window{0, 60}));
    EXPECT_EQ(spread_windows(3000, 600).back(), (Window{2940, 60}));
    EXPECT_THAT(spread_windows(100, 30), ElementsAre(Window{0, 10}, Window{45, 10}, Window{90, 10}));
    EXPECT_THAT(spread_windows(100, 4), ElementsAre(Window{0, 2}, Window{98, 2}));
}

TEST(SpreadWindows, AreNotNeededForAShortFile) {
    EXPECT_THAT(spread_windows(600, 600), IsEmpty());
    EXPECT_THAT(spread_windows(0, 600), IsEmpty());
    EXPECT_THAT(spread_windows(3000, 0), IsEmpty());
}

TEST(ParseStretch, KnowsThreeNames) {
    EXPECT_EQ(parse_stretch("first"), Stretch::first);
    EXPECT_EQ(parse_stretch("whole"), Stretch::whole);
    EXPECT_EQ(parse_stretch("spread"), Stretch::spread);
    EXPECT_EQ(code_of([] { parse_stretch("middle"); }), ErrorCode::invalid_argument);
}

TEST_F(StretchTest, SpreadHearsEverySectionOfALongFile) {
    for (const char* container : {"wav", "flac", "mp3", "ogg", "opus", "m4a"}) {
        SCOPED_TRACE(container);
        const fs::path file = write_sections(container);
        const Decoded first = decode(file, {.max_seconds = 100});
        const Decoded whole = decode(file, {.stretch = Stretch::whole, .max_seconds = 100});
        const Decoded spread = decode(file, {.stretch = Stretch::spread, .max_seconds = 100});
        EXPECT_TRUE(first.summary.reached_limit);
        EXPECT_NEAR(first.summary.file_seconds, 200, 0.2);
        EXPECT_FALSE(whole.summary.reached_limit);
        EXPECT_NEAR(static_cast<double>(whole.samples.size()), 200 * 16000, 1600);
        EXPECT_EQ(spread.summary.windows, 10);
        EXPECT_EQ(spread.summary.window_seconds, 10);
        EXPECT_NEAR(spread.summary.file_seconds, 200, 0.2);
        EXPECT_THAT(spread.summary.warning, IsEmpty());
        EXPECT_EQ(spread.summary.samples, static_cast<std::int64_t>(spread.samples.size()));
        // What an mp3 claims includes the encoder's padding, so that its last window may end early.
        ASSERT_NEAR(static_cast<double>(spread.samples.size()), (100 - 9 * kFadeSeconds) * 16000, 1600);
        for (int i = 0; i < 10; ++i) {
            const auto middle = static_cast<std::size_t>((i * (10 - kFadeSeconds) + 5) * 16000);
            const auto part = std::span(spread.samples).subspan(middle, 4000);
            EXPECT_EQ(loudest_section(part), i);
            const double start_s = i * 190.0 / 9 + 5;
            // No window lies elsewhere than it should: 32 samples are 2 ms, an encoder's delay that is not stated 0.1
            // s.
            EXPECT_LE(std::abs(lag(whole.samples, static_cast<std::size_t>(start_s * 16000), part)), 1700) << i;
        }
    }
}

TEST_F(StretchTest, WindowsOfAFileThatCannotBeEnteredAreReachedByDecoding) {
    // In a chain of Ogg files the time stamps begin anew.
    const std::vector<float>& all = ten_sections();
    std::string chain;
    for (int part = 0; part < 5; ++part) {
        const std::size_t length = all.size() / 5;
        const auto samples = std::span(all).subspan(static_cast<std::size_t>(part) * length, length);
        const fs::path file = folder_ / "part.ogg";
        wrap::ffmpeg::encode_audio(file, "ogg", {samples, samples, kRate});
        std::ifstream in(file, std::ios::binary);
        chain.append(std::istreambuf_iterator<char>(in), {});
    }
    const Decoded spread = decode(write("chain.ogg", chain), {.stretch = Stretch::spread, .max_seconds = 30});
    EXPECT_GE(spread.samples.size(), 29U * 16000);
    EXPECT_EQ(loudest_section(std::span(spread.samples).subspan(5 * 16000, 4000)), 0);
}

TEST_F(StretchTest, AShortFileIsTakenWhole) {
    const fs::path file = write_tone("tone.wav", 44100, 3);
    const Decoded whole = decode(file, {.stretch = Stretch::whole, .max_seconds = 1});
    const Decoded spread = decode(file, {.stretch = Stretch::spread, .max_seconds = 30});
    EXPECT_EQ(whole.samples.size(), 48000U);
    EXPECT_EQ(spread.samples, whole.samples);
    EXPECT_EQ(spread.summary.windows, 1);
    EXPECT_EQ(spread.summary.file_seconds, 3);
    EXPECT_FALSE(spread.summary.reached_limit);
}

TEST_F(StretchTest, SeamsAreNoClicks) {
    const Decoded spread = decode(write_tone("tone.wav", 44100, 100), {.stretch = Stretch::spread, .max_seconds = 40});
    ASSERT_EQ(spread.summary.windows, 4);
    // The tone's own steepest step, times the root of two where two windows overlap.
    float steepest = 0;
    for (std::size_t i = 1000; i < 16000; ++i)
        steepest = std::max(steepest, std::abs(spread.samples[i] - spread.samples[i - 1]));
    for (std::size_t i = 1000; i + 1000 < spread.samples.size(); ++i)
        ASSERT_LE(std::abs(spread.samples[i] - spread.samples[i - 1]), 1.5F * steepest) << i;
}

}  // namespace
}  // namespace audiomuse::decode
