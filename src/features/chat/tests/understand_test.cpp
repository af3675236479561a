#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>

#include "../tokens.h"
#include "../word_table.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"
#include "audiomuse/base/text.h"
#include "audiomuse/features/chat/request.h"
#include "known_names.h"

namespace audiomuse::features {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const SomeNames kFew({"Air", "Yes", "Björk", "AC/DC"}, {"Zouk"}, {{"Creep", "Radiohead"}});

TEST(WordsOf, AreTheSameForOneName) {
    EXPECT_EQ(words_of("AC/DC"), "ac dc");
    EXPECT_EQ(words_of("Sigur Rós"), "sigur ros");
    EXPECT_EQ(words_of("Earth, Wind & Fire"), "earth wind and fire");
    EXPECT_EQ(words_of("R&B"), "r and b");
    EXPECT_EQ(words_of("‘Don’t’ — stop…"), "don t stop");
    EXPECT_EQ(words_of("'90s"), "90 s");
    EXPECT_EQ(words_of("1.5 h, 1990,2000"), "1.5 h 1990 2000");
    EXPECT_EQ(words_of("F♯ c#"), "f sharp c sharp");
    EXPECT_EQ(words_of("星野ひかり"), words_of(" 星野ひかり。"));
    EXPECT_EQ(words_of(" ?! "), "");
}

TEST(Understand, KeepsTheWordsOfEachCondition) {
    const Request request = understand("Upbeat 90’s ROCK, 40 minutes — no  Metal; blorp BLIP", kFew, 2026);
    std::vector<std::string> words;
    for (const Condition& condition : request.conditions)
        words.push_back(condition.words);
    EXPECT_THAT(words, ElementsAre("Upbeat", "Upbeat", "90’s", "ROCK", "40 minutes", "Metal"));
    EXPECT_THAT(request.not_understood, ElementsAre("blorp BLIP"));
    EXPECT_EQ(request.language, "en");
    EXPECT_FALSE(request.cut);
}

TEST(Understand, TellsLanguages) {
    const auto language = [](const char* text) { return understand(text, kFew, 2026).language; };
    EXPECT_EQ(language("slow sad songs"), "en");
    EXPECT_EQ(language("langsame traurige Lieder"), "de");
    EXPECT_EQ(language("des chansons lentes et joyeuses"), "fr");
    EXPECT_EQ(language("canciones lentas para bailar"), "es");
    EXPECT_EQ(language("canzoni lente per ballare"), "it");
    EXPECT_EQ(language("músicas lentas para dançar"), "pt");
}

TEST(Understand, PrefersNamesWhereTheyAreAnnounced) {
    const auto first = [](const char* text) { return to_text(understand(text, kFew, 2026).conditions.at(0)); };
    EXPECT_EQ(first("like Air"), "like_artist Air");
    EXPECT_EQ(first("zouk"), "genre Zouk");
    EXPECT_EQ(first("Creep, by nobody, like “Creep”"), "like_song Creep by Radiohead");
    EXPECT_TRUE(understand("yes, some music for me", kFew, 2026).conditions.empty()) << "a word, not the band";
}

TEST(Understand, BoundsWhatItReads) {
    std::string text;
    while (text.size() < 3 * kMostCharacters)
        text += "happy ";
    Request request = understand(text, kFew, 2026);
    EXPECT_TRUE(request.cut);
    EXPECT_EQ(request.conditions.size(), 1U);
    text = std::string(kMostCharacters - 1, ' ') + "é";
    EXPECT_TRUE(understand(text, kFew, 2026).not_understood.empty()) << "cut between characters";
    text.clear();
    for (int year = 1900; year < 2000; ++year)
        text += std::to_string(year) + "; ";
    EXPECT_EQ(understand(text, kFew, 2026).conditions.size(), kMostConditions);
}

bool is_valid(const Request& request) {
    for (const Condition& condition : request.conditions) {
        if (condition.words.empty() || to_valid_utf8(condition.words) != condition.words) return false;
        if (parse_condition(to_text(condition)).kind != condition.kind) return false;
        for (const auto& bound : {condition.from, condition.to}) {
            if (bound && !std::isfinite(*bound)) return false;
        }
    }
    return request.conditions.size() <= kMostConditions;
}

// Any bytes are a request. A fixed number of them, from fixed seeds, so that a failure comes again.
TEST(Understand, AnyBytes) {
    Random random(1);
    for (int round = 0; round < 1000; ++round) {
        std::string text(static_cast<std::size_t>(random.integer(0, 300)), ' ');
        for (char& c : text)
            c = static_cast<char>(random.bits());
        EXPECT_TRUE(is_valid(understand(text, kFew, 2026))) << round;
    }
}

TEST(Understand, AnyOrderOfItsOwnWords) {
    std::vector<std::string> pieces = {"12",      "1e9", "99999999999999999999",
                                       "0",       "-",   "to",
                                       "2000",    "90s", "\"",
                                       "(",       ",",   " ",
                                       "a minor", "Air", "like",
                                       "not",     "of",  "#",
                                       "8a",      "min", "songs",
                                       "é",       "\xff"};
    for (const char* text : {"between and",       "from to",
                             "no more than less", "not played in the last",
                             "one per artist",    "over under",
                             "half an hour and",  "key of",
                             "by by by",          "in the style of",
                             "wie aber nicht",    "plus que",
                             "a dozen dozen",     "early late mid 80s",
                             "last 5 years",      "stars at least",
                             "bpm tempo",         "the song",
                             "comme sans",        "años 90"})
        pieces.emplace_back(text);
    Random random(2);
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        for (std::int64_t n = random.integer(1, 25); n > 0; --n) {
            text += pieces[static_cast<std::size_t>(random.integer(0, std::ssize(pieces) - 1))];
            if (random.uniform() < 0.8) text += ' ';
        }
        EXPECT_TRUE(is_valid(understand(text, kFew, 2026))) << text;
    }
}

/// The longest request costs a few times what ten of a tenth cost, not their square.
TEST(Understand, TakesTimeInProportion) {
    const auto time_of = [](const std::string& text, int times) {
        std::clock_t least = std::numeric_limits<std::clock_t>::max();
        for (int attempt = 0; attempt < 3; ++attempt) {
            const std::clock_t begin = std::clock();
            for (int i = 0; i < times; ++i)
                understand(text, kFew, 2026);
            least = std::min(least, std::clock() - begin);
        }
        return static_cast<double>(least);
    };
    for (const std::string piece : {"like no ", "xyzzq ", "5 to ", "no metal, ", "a b c d ", "\" '"}) {
        std::string tenth, whole;
        while (tenth.size() + piece.size() <= kMostCharacters / 10)
            tenth += piece;
        while (whole.size() + piece.size() <= kMostCharacters)
            whole += piece;
        EXPECT_LT(time_of(whole, 10), 8 * time_of(tenth, 100)) << piece;
    }
}

TEST(WordTables, AreWellFormed) {
    ASSERT_EQ(word_tables().size(), 6U);
    EXPECT_EQ(word_tables().front().language(), "en");
    for (const WordTable& table : word_tables()) {
        for (const char* phrase : {"slow", "without", "rock"})
            EXPECT_FALSE(table.find(phrase).empty()) << table.language() << ' ' << phrase;
    }
}

TEST(WordTables, SayWhichLineIsWrong) {
    const auto error_of = [](const std::string& text) -> std::string {
        try {
            const WordTable table("xx", text);
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_EQ(error_of("# nothing\n\nmood happy: happy, gl&ad\n*not: no\ntempo ..90: slow\n"), "");
    EXPECT_THAT(error_of("mood happy: a\nfeeling happy: b"), HasSubstr("line 2"));
    EXPECT_THAT(error_of("*nought: a"), HasSubstr("'*nought' is no role"));
    EXPECT_THAT(error_of("mood happy"), HasSubstr("line 1"));
    EXPECT_THAT(error_of("mood happy: a,, b"), HasSubstr("empty"));
    EXPECT_THAT(error_of("tempo x..90: a"), HasSubstr("no range"));
}

TEST(WordTables, LieOverEachOther) {
    const WordTable english("en", "mood sad: sad, no\n*not: without");
    const WordTable other("xx", "mood happy: no", &english);
    ASSERT_EQ(other.find("no").size(), 1U) << "its own meaning only";
    EXPECT_EQ(other.find("no")[0].conditions[0].value, "happy");
    EXPECT_EQ(other.find("without")[0].role, Role::not_);
    EXPECT_THAT(other.find("nothing"), IsEmpty());
}

TEST(WordTables, CorrectASlip) {
    const WordTable table("xx",
                          "mood happy: happy\ngenre electronic: electronic\ngenre ska: ska\nmood sad: crabs, crags");
    EXPECT_EQ(table.corrected("hapy"), "happy");
    EXPECT_EQ(table.corrected("ahppy"), "happy");
    EXPECT_EQ(table.corrected("elektronik"), "electronic");
    EXPECT_EQ(table.corrected("skb"), "") << "too short to tell";
    EXPECT_EQ(table.corrected("craxs"), "") << "two are as near";
    EXPECT_EQ(table.corrected("hoppity"), "");
}

}  // namespace
}  // namespace audiomuse::features
