#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "audiomuse/base/cancel.h"
#include "audiomuse/base/clock.h"
#include "audiomuse/base/ids.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/base/random.h"
#include "audiomuse/base/text.h"
#include "audiomuse/base/track.h"

namespace audiomuse {
namespace {

TEST(Fold, IsBlindToCaseAccentsAndBlanks) {
    EXPECT_EQ(fold("  Sigur\tRÓS  "), "sigur ros");
    EXPECT_EQ(fold("Björk"), fold("bjo\xCC\x88rk"));
    EXPECT_EQ(fold("ＡＢＣ"), "abc");
    EXPECT_EQ(fold("Straße"), "strasse");
    EXPECT_EQ(fold("千と千尋"), "千と千尋");
    EXPECT_EQ(fold("Ёлка"), "елка");
}

TEST(KeepWords, DropsWhatIsNoWordAndNotListed) {
    EXPECT_EQ(keep_words("  \"Don't\tstop\" *now* 🌧 ", "'"), "Don't stop now");
    EXPECT_EQ(keep_words("Ｎｏ １", ""), "No 1");
    EXPECT_EQ(keep_words("bjo\xCC\x88rk", ""), "björk") << "composed";
    EXPECT_EQ(keep_words("深夜、\xE3\x80\x80雨", ""), "深夜 雨") << "an ideographic space is white space, too";
    EXPECT_EQ(keep_words("हिन्दी", ""), "हिन्दी") << "vowel signs belong to the word";
    EXPECT_EQ(keep_words("a\xFF"
                         "b\x01",
                         "!"),
              "ab");
    EXPECT_EQ(keep_words("", "!"), "");
}

TEST(ValidUtf8, ReplacesBadBytesAndDropsNul) {
    EXPECT_EQ(to_valid_utf8(std::string_view("a\xFF"
                                             "b\0c",
                                             5)),
              "a\xEF\xBF\xBD"
              "bc");
    EXPECT_EQ(to_valid_utf8("żółw"), "żółw");
}

TEST(Characters, AreCountedAndNotTorn) {
    EXPECT_EQ(count_characters(""), 0U);
    EXPECT_EQ(count_characters("aé愛🎵"), 4U);
    EXPECT_EQ(first_bytes("aé愛🎵", 100), "aé愛🎵");
    EXPECT_EQ(first_bytes("aé愛🎵", 10), "aé愛🎵");
    EXPECT_EQ(first_bytes("aé愛🎵", 9), "aé愛");
    EXPECT_EQ(first_bytes("aé愛🎵", 6), "aé愛");
    EXPECT_EQ(first_bytes("aé愛🎵", 2), "a");
    EXPECT_EQ(first_bytes("愛", 2), "");
    EXPECT_EQ(first_bytes("", 0), "");
}

TEST(Hex, HasTwoDigitsForEachByte) {
    EXPECT_EQ(hex(std::string_view("\x00\x0f\xa0\xff", 4)), "000fa0ff");
    EXPECT_EQ(hex(""), "");
}

TEST(Split, KeepsEmptyParts) {
    EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
    EXPECT_EQ(split("", ','), (std::vector<std::string>{""}));
}

TEST(Random, SameSeedSameSequenceOnEveryMachine) {
    Random random(42);
    EXPECT_EQ(random.bits(), 1546998764402558742ULL);
    EXPECT_EQ(random.bits(), 6990951692964543102ULL);
}

TEST(Random, IntegerCoversTheRangeEvenly) {
    Random random(1);
    std::array<int, 5> counts{};
    for (int i = 0; i < 5000; ++i)
        ++counts[static_cast<std::size_t>(random.integer(-2, 2) + 2)];
    for (const int count : counts)
        EXPECT_NEAR(count, 1000, 150);
}

TEST(Random, NormalHasUnitVariance) {
    Random random(7);
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < 20000; ++i) {
        const double x = random.normal();
        sum += x;
        squares += x * x;
    }
    EXPECT_NEAR(sum / 20000, 0, 0.03);
    EXPECT_NEAR(squares / 20000, 1, 0.05);
}

TEST(JobId, IsAUuidOfVersionFour) {
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const std::string id = new_job_id().value;
        ASSERT_EQ(id.size(), 36U);
        EXPECT_EQ(id[14], '4');
        EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
        seen.insert(id);
    }
    EXPECT_EQ(seen.size(), 100U);
}

TEST(ParallelFor, VisitsEachIndexOnce) {
    std::vector<std::atomic<int>> visits(1000);
    parallel_for(visits.size(), 4, [&](std::size_t i) { ++visits[i]; });
    for (const auto& count : visits)
        EXPECT_EQ(count, 1);
}

TEST(ParallelFor, RethrowsAndStops) {
    std::atomic<int> calls{0};
    EXPECT_THROW(parallel_for(20000, 2,
                              [&](std::size_t i) {
                                  ++calls;
                                  if (i == 3) throw Error(ErrorCode::io, "broken");
                                  // Unwinding takes a while the first time: all calls together must take longer.
                                  std::this_thread::sleep_for(std::chrono::milliseconds(1));
                              }),
                 Error);
    EXPECT_LT(calls, 20000);
}

TEST(BoundedQueue, HandsOutWhatIsLeftAfterClose) {
    BoundedQueue<int> queue(2);
    std::jthread producer([&] {
        for (int i = 0; i < 10; ++i)
            queue.push(i);
        queue.close();
    });
    int expected = 0;
    while (const auto item = queue.pop())
        EXPECT_EQ(*item, expected++);
    EXPECT_EQ(expected, 10);
    EXPECT_FALSE(queue.push(1));
}

TEST(CancelToken, SeesItsSource) {
    CancelSource source;
    const CancelToken token = source.token();
    EXPECT_NO_THROW(token.check());
    source.cancel();
    EXPECT_THROW(token.check(), Error);
    EXPECT_FALSE(CancelToken().cancelled());
}

TEST(DisplayArtist, PrefersTrackArtists) {
    EXPECT_EQ(display_artist({.artists = {"A", "B"}, .album_artist = "C"}), "A, B");
    EXPECT_EQ(display_artist({.album_artist = "C"}), "C");
    EXPECT_EQ(display_artist({}), "Unknown Artist");
}

TEST(Clock, FormatsUtc) {
    EXPECT_EQ(format_utc(1770153245.9), "2026-02-03 21:14:05");
}

TEST(FirstCharacter, TellsItsKindAndLength) {
    const auto expect = [](std::string_view text, std::size_t length, CharKind kind) {
        const Character first = first_character(text);
        EXPECT_EQ(first.length, length) << text;
        EXPECT_EQ(first.kind, kind) << text;
    };
    expect("a1", 1, CharKind::letter);
    expect("é", 2, CharKind::letter);
    expect("愛", 3, CharKind::letter);
    expect("7", 1, CharKind::number);
    expect("½", 2, CharKind::number);
    expect("Ⅷ", 3, CharKind::number);
    expect(" a", 1, CharKind::space);
    expect("\n", 1, CharKind::space);
    expect("\u0085", 2, CharKind::space);
    expect("\u00a0", 2, CharKind::space);
    expect("\u2028", 3, CharKind::space);
    expect("\u0301", 2, CharKind::other);  // a mark is no letter
    expect("🎸", 4, CharKind::other);
    expect("_", 1, CharKind::other);
    expect("\xe6\x84", 1, CharKind::other);
    expect("\xff", 1, CharKind::other);
}

}  // namespace
}  // namespace audiomuse
