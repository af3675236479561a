#include "audiomuse/features/chat/answer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "audiomuse/features/chat/library_names.h"
#include "made_up_library.h"

namespace audiomuse::features {
namespace {

class Answers : public MadeUpLibrary {
protected:
    ChatAnswer ask(const std::string& text, std::uint64_t seed = 1) {
        const LibraryNames names(*store_);
        AnswerParams params{.now = kNow};
        params.filter.seed = seed;
        params.filter.max_songs_per_artist = 0;
        const Request request = understand(text, names, 2026);
        ChatAnswer found = answer(*store_, index_.get(), request, params);
        EXPECT_EQ(found.conditions.size(), request.conditions.size()) << text;
        std::set<TrackId> once(found.tracks.begin(), found.tracks.end());
        EXPECT_EQ(once.size(), found.tracks.size()) << text;
        return found;
    }
    std::vector<MadeUpTrack> tracks(const ChatAnswer& answer) {
        std::vector<MadeUpTrack> tracks;
        for (const TrackId id : answer.tracks)
            tracks.push_back(made_.at(id));
        return tracks;
    }
    template <class Test>
    std::size_t count(const ChatAnswer& answer, const Test& test) {
        return static_cast<std::size_t>(std::ranges::count_if(tracks(answer), test));
    }
    /// "genre jazz: met"
    static std::vector<std::string> outcomes(const ChatAnswer& answer) {
        std::vector<std::string> texts;
        for (const ConditionResult& result : answer.conditions) {
            texts.push_back(to_text(result.condition) + ": " + std::string(outcome_name(result.outcome)));
            EXPECT_EQ(result.note.empty(), result.outcome == Outcome::met) << texts.back() << ' ' << result.note;
        }
        return texts;
    }
};

using ::testing::Contains;
using ::testing::ElementsAre;

TEST_F(Answers, MeetWhatIsAskedFor) {
    const ChatAnswer answer = ask("10 slow jazz songs, instrumental");
    EXPECT_THAT(outcomes(answer),
                ElementsAre("count 10: met", "tempo ..90: relaxed", "genre jazz: met", "voice instrumental: met"));
    EXPECT_EQ(answer.tracks.size(), count(answer, [](const MadeUpTrack& t) { return t.style() == 1 && !t.vocal(); }));
    const std::size_t slow = count(answer, [](const MadeUpTrack& t) { return t.tempo() <= 90; });
    for (std::size_t i = 0; i < slow; ++i)
        EXPECT_LE(tracks(answer)[i].tempo(), 90) << "what meets everything comes first";
}

TEST_F(Answers, KnowAGenreByTheNamesThatHoldIt) {
    const ChatAnswer answer = ask("metal");
    EXPECT_THAT(outcomes(answer), ElementsAre("genre metal: met"));
    EXPECT_EQ(answer.tracks.size(), 50U);
    EXPECT_EQ(count(answer, [](const MadeUpTrack& t) { return t.style() == 3; }), 50U);
}

TEST_F(Answers, NeverHoldWhatIsNotWanted) {
    const ChatAnswer answer = ask("200 songs, no metal, nothing before 1980, without vocals, not by Cloud Brno");
    EXPECT_FALSE(answer.tracks.empty());
    for (const MadeUpTrack& track : tracks(answer)) {
        EXPECT_NE(track.style(), 3);
        EXPECT_NE(track.artist(), "Cloud Brno");
        EXPECT_FALSE(track.vocal());
    }
    EXPECT_THAT(outcomes(answer), Contains("genre not metal: met"));
    EXPECT_THAT(outcomes(answer), Contains("artist not Cloud Brno: met"));
}

TEST_F(Answers, GiveWayInTheDocumentedOrder) {
    // There are eight of the seventies, four of them in G sharp: the key gives way, and the decade does not.
    const ChatAnswer key = ask("8 rock songs from the 70s in g sharp major");
    EXPECT_EQ(key.tracks.size(), 8U);
    EXPECT_THAT(outcomes(key),
                ElementsAre("count 8: met", "genre rock: met", "year 1970..1979: met", "key G# major: relaxed"));
    // With more asked for, years close by come first, then any.
    const ChatAnswer year = ask("40 rock songs from the 70s");
    EXPECT_EQ(count(year, [](const MadeUpTrack& t) { return t.style() == 0; }), 40U);
    const auto far = [](const MadeUpTrack& t) { return t.year() < 1965 || t.year() > 1984; };
    const auto inside = [](const MadeUpTrack& t) { return t.year() >= 1970 && t.year() <= 1979; };
    const auto list = tracks(year);
    const auto first_outside = std::ranges::find_if_not(list, inside);
    const auto first_far = std::ranges::find_if(list, far);
    EXPECT_TRUE(std::all_of(first_outside, list.end(), [&](const MadeUpTrack& t) { return !inside(t); }));
    EXPECT_TRUE(std::all_of(first_far, list.end(), far));
    EXPECT_LT(first_outside, first_far);
}

TEST_F(Answers, DoNotGiveWayWhenThereIsEnough) {
    const ChatAnswer answer = ask("happy rock");
    EXPECT_THAT(outcomes(answer), ElementsAre("mood happy: met", "genre rock: met"));
    EXPECT_GE(answer.tracks.size(), 10U);
    for (const MadeUpTrack& track : tracks(answer))
        EXPECT_GE(track.happy(), 0.74F);
}

TEST_F(Answers, TakeOneOfSeveralYearsOrGenres) {
    const ChatAnswer answer = ask("jazz and ambient from the 60s or 90s");
    EXPECT_THAT(outcomes(answer),
                ElementsAre("genre jazz: met", "genre ambient: met", "year 1960..1969: met", "year 1990..1999: met"));
    for (const MadeUpTrack& track : tracks(answer)) {
        EXPECT_TRUE(track.style() == 1 || track.style() == 2);
        EXPECT_TRUE(track.year() / 10 == 196 || track.year() / 10 == 199) << track.year();
    }
    const ChatAnswer narrow = ask("over 100 bpm, under 110 bpm");
    EXPECT_FALSE(narrow.tracks.empty());
    EXPECT_TRUE(
        std::ranges::all_of(tracks(narrow), [](const MadeUpTrack& t) { return t.tempo() >= 100 && t.tempo() <= 110; }));
}

TEST_F(Answers, SoundLikeWhatIsNamed) {
    const ChatAnswer answer = ask("15 songs like Trio Brno but slower");
    EXPECT_EQ(answer.tracks.size(), 15U);
    EXPECT_GE(count(answer, [](const MadeUpTrack& t) { return t.style() == 1; }), 13U);
    EXPECT_TRUE(std::ranges::any_of(tracks(answer), [](const MadeUpTrack& t) { return t.artist() != "Trio Brno"; }));
    double seed = 0, seeds = 0, mean = 0;
    for (const auto& [id, track] : made_) {
        if (track.artist() != "Trio Brno") continue;
        seed += track.tempo();
        ++seeds;
    }
    for (const MadeUpTrack& track : tracks(answer))
        mean += track.tempo() / 15;
    EXPECT_LT(mean, 0.9 * seed / seeds);

    const ChatAnswer song = ask("like \"Piece 6\"");
    EXPECT_EQ(count(song, [](const MadeUpTrack& t) { return t.number == 6; }), 0U);
    EXPECT_GE(count(song, [](const MadeUpTrack& t) { return t.style() == 2; }), 9 * song.tracks.size() / 10);
    for (std::size_t i = 1; i < song.tracks.size(); ++i) {
        const auto distance = [&](TrackId id) {
            return index::distance(index::Metric::angular, index_->vector(7), index_->vector(id.value));
        };
        ASSERT_EQ(made_.at(TrackId{7}).number, 6);
        EXPECT_LE(distance(song.tracks[i - 1]), distance(song.tracks[i]) + 1e-4F) << "the nearest first";
    }
    EXPECT_THAT(outcomes(song), ElementsAre("like_song Piece 6 by Cloud Brno: met"));

    const ChatAnswer others = ask("like Anvil Alba, without Anvil Alba");
    EXPECT_FALSE(others.tracks.empty());
    EXPECT_EQ(count(others, [](const MadeUpTrack& t) { return t.artist() == "Anvil Alba"; }), 0U);
}

TEST_F(Answers, AreAsLongAsIsAskedFor) {
    const ChatAnswer minutes = ask("40 minutes of rock");
    EXPECT_NEAR(minutes.duration_s, 2400, 120);
    EXPECT_THAT(outcomes(minutes), ElementsAre("duration 2400: met", "genre rock: met"));
    EXPECT_EQ(ask("7 songs").tracks.size(), 7U);
    const ChatAnswer one = ask("metal, one song per artist");
    EXPECT_EQ(one.tracks.size(), 5U);
    const ChatAnswer many = ask("500 ambient songs");
    EXPECT_EQ(many.tracks.size(), 60U);
    EXPECT_THAT(outcomes(many), ElementsAre("count 500: relaxed", "genre ambient: met"));
    const ChatAnswer shorts = ask("songs under 3 minutes");
    EXPECT_TRUE(std::ranges::all_of(tracks(shorts), [](const MadeUpTrack& t) { return t.seconds() <= 180; }));
}

TEST_F(Answers, KnowWhatWasPlayedLately) {
    const auto first = made_.begin()->first;
    std::vector<TrackId> rock;
    for (const auto& [id, track] : made_) {
        if (track.style() == 0) rock.push_back(id);
    }
    for (std::size_t i = 0; i < 20; ++i)
        store_->history().add_play({}, rock[i], kNow - (i < 10 ? 3 : 90) * kDay);
    store_->history().set_favourite({}, first, true);
    const std::set<TrackId> lately(rock.begin(), rock.begin() + 10);
    const std::set<TrackId> ever(rock.begin(), rock.begin() + 20);
    for (const TrackId id : ask("rock not played lately").tracks)
        EXPECT_FALSE(lately.contains(id));
    const ChatAnswer never = ask("rock i've never heard");
    EXPECT_EQ(never.tracks.size(), 40U);
    for (const TrackId id : never.tracks)
        EXPECT_FALSE(ever.contains(id));
    EXPECT_THAT(ask("my favourites").tracks, ElementsAre(first));
}

TEST_F(Answers, SayWhatCannotBeTold) {
    const ChatAnswer nobody = ask("like Taylor Swift");
    EXPECT_TRUE(nobody.tracks.empty());
    EXPECT_THAT(outcomes(nobody), ElementsAre("like_artist Taylor Swift: dropped"));
    EXPECT_THAT(nobody.conditions[0].note, ::testing::HasSubstr("Taylor Swift"));
    const ChatAnswer rest = ask("jazz with piano, like Taylor Swift");
    EXPECT_THAT(outcomes(rest),
                ElementsAre("genre jazz: met", "instrument piano: dropped", "like_artist Taylor Swift: dropped"));
    EXPECT_FALSE(rest.tracks.empty());
    EXPECT_TRUE(ask("asdf qwertz").tracks.empty());
    EXPECT_TRUE(ask("5 songs asdf qwertz").tracks.empty());
    EXPECT_EQ(ask("surprise me").tracks.size(), 50U);
    EXPECT_TRUE(ask("songs by Anvil Alba but not by Anvil Alba").tracks.empty());
}

TEST_F(Answers, AreTheSameForOneSeedOnly) {
    EXPECT_EQ(ask("ambient", 1).tracks, ask("ambient", 1).tracks);
    EXPECT_NE(ask("ambient", 1).tracks, ask("ambient", 2).tracks);
}

TEST_F(Answers, NeedNoIndexAndNoAnalysis) {
    const LibraryNames names(*store_);
    const Request request = understand("happy jazz like Trio Brno", names, 2026);
    const ChatAnswer without_index = answer(*store_, nullptr, request);
    EXPECT_THAT(outcomes(without_index),
                ElementsAre("mood happy: met", "genre jazz: met", "like_artist Trio Brno: dropped"));
    testing_support::TempFolder folder;
    const auto empty = store::open_sqlite(folder.path() / "empty.db");
    for (const char* text :
         {"happy jazz like Trio Brno", "", "10 songs", "no metal", "faster", "a minor, loud, female"}) {
        EXPECT_TRUE(answer(*empty, nullptr, understand(text, LibraryNames(*empty), 2026)).tracks.empty()) << text;
    }
}

/// Whatever is asked, in every combination: a list that keeps to what is not wanted, and no error.
TEST_F(Answers, HoldForAnyConditions) {
    const std::vector<std::string> parts = {
        "happy",        "slow",         "rock",           "no metal",       "in A minor",
        "from the 80s", "not sad",      "without vocals", "like Trio Brno", "not like Trio Cork",
        "louder",       "less happy",   "short songs",    "by Cloud Brno",  "female vocals",
        "guitar",       "minor key",    "20 songs",       "30 minutes",     "never played",
        "4 stars",      "my favorites", "one per artist", "more jazz",      "no instrumental",
        "longer",       "not fast",     "blorp",          "under 1 minute", "except Piece 3"};
    Random random(7);
    for (int round = 0; round < 150; ++round) {
        std::string text;
        for (std::int64_t n = random.integer(1, 6); n > 0; --n)
            text += parts[static_cast<std::size_t>(random.integer(0, std::ssize(parts) - 1))] + ", ";
        const ChatAnswer found = ask(text, static_cast<std::uint64_t>(round));
        outcomes(found);
        EXPECT_LE(found.tracks.size(), kMostTracks);
        if (text.find("no metal") != std::string::npos) {
            EXPECT_EQ(count(found, [](const MadeUpTrack& t) { return t.style() == 3; }), 0U) << text;
        }
        for (const ConditionResult& result : found.conditions) {
            if (result.condition.degree != Degree::is_not || result.outcome == Outcome::dropped) continue;
            EXPECT_EQ(result.outcome, Outcome::met) << text << to_text(result.condition);
        }
    }
}

TEST_F(Answers, HoldForAnyBytes) {
    Random random(11);
    for (int round = 0; round < 60; ++round) {
        std::string text = round % 2 == 0 ? "rock " : "";
        for (std::int64_t n = random.integer(0, 200); n > 0; --n)
            text += static_cast<char>(random.bits());
        outcomes(ask(text));
    }
    const std::string huge(300, '9');
    for (const char* unit : {" stars", " songs", " minutes of rock", " bpm", " songs per artist", "s", " years",
                             " to 3 minutes", " minutes each", " hours ago"}) {
        outcomes(ask(huge + unit));
        outcomes(ask("not played in the last " + huge + unit));
        outcomes(ask("rock in the last " + huge + unit));
    }
}

TEST_F(Answers, UseTheNamesOfTheLibrary) {
    const LibraryNames names(*store_);
    EXPECT_EQ(names.artist("the stones of alba"), "The Stones of Alba");
    EXPECT_EQ(names.artist("stones of alba"), "The Stones of Alba");
    EXPECT_EQ(names.artist("stones"), "");
    EXPECT_EQ(names.longest_artist(), 4U);
    EXPECT_EQ(names.genre("vocal jazz"), "Vocal Jazz");
    EXPECT_EQ(names.song("piece 6", "").artist, "Cloud Brno");
    EXPECT_EQ(names.song("Piece 6", "Cloud Brno").title, "Piece 6");
    EXPECT_EQ(names.song("Piece 6", "Trio Brno").title, "");
    EXPECT_EQ(names.song("Piece", "").title, "") << "a part of a title is none";
}

}  // namespace
}  // namespace audiomuse::features
