#include "audiomuse/features/chat/match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "audiomuse/features/chat/library_names.h"
#include "made_up_library.h"

namespace audiomuse::features {
namespace {

class Matches : public MadeUpLibrary {
protected:
    TextMatches match(const std::string& text, std::size_t limit = 50, const ListFilter& filter = {}) {
        const LibraryNames names(*store_);
        const TextMatches found = match_text(*store_, index_.get(), understand(text, names, 2026), filter, limit, kNow);
        double last = 1;
        for (const TextMatch& match : found.tracks) {
            EXPECT_LE(match.score, last) << text;
            EXPECT_GT(match.score, 0) << text;
            last = match.score;
        }
        EXPECT_LE(found.tracks.size(), limit) << text;
        return found;
    }
    std::vector<MadeUpTrack> tracks(const TextMatches& matches) {
        std::vector<MadeUpTrack> tracks;
        for (const TextMatch& match : matches.tracks)
            tracks.push_back(made_.at(match.id));
        return tracks;
    }
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(Matches, PutThoseThatMeetMostFirst) {
    const TextMatches found = match("happy slow rock", 1000);
    const auto wishes_met = [](const MadeUpTrack& t) {
        return (t.happy() >= 0.75F ? 1 : 0) + (t.style() == 0 ? 1 : 0) + (t.tempo() <= 90 ? 1 : 0);
    };
    const auto list = tracks(found);
    ASSERT_FALSE(list.empty());
    EXPECT_EQ(wishes_met(list.front()), 3);
    EXPECT_NEAR(found.tracks.front().score, 1, 0.15);
    EXPECT_GT(found.tracks.size(), 60U) << "not all need be met";
    for (const MadeUpTrack& track : list)
        EXPECT_GE(wishes_met(track), 1);
    EXPECT_DOUBLE_EQ(found.confidence, 1);
}

TEST_F(Matches, AreInstrumentalIfNoVocalsAreWanted) {
    const auto list = tracks(match("calm ambient, no vocals", 1000));
    EXPECT_FALSE(list.empty());
    for (const MadeUpTrack& track : list)
        EXPECT_FALSE(track.vocal());
}

TEST_F(Matches, LookForUnknownWordsInNames) {
    const TextMatches found = match("anvil brno");
    EXPECT_THAT(found.not_understood, IsEmpty());
    ASSERT_FALSE(found.tracks.empty());
    EXPECT_EQ(tracks(found).front().artist(), "Anvil Brno");
}

TEST_F(Matches, AreNoGoodWhenHalfIsNotUnderstood) {
    const TextMatches nothing = match("xylotomous quibble");
    EXPECT_THAT(nothing.tracks, IsEmpty());
    EXPECT_THAT(nothing.not_understood, ElementsAre("xylotomous", "quibble"));
    EXPECT_EQ(nothing.confidence, 0);
    const TextMatches little = match("happy xylotomous quibble");
    EXPECT_THAT(little.tracks, IsEmpty());
    const TextMatches half = match("happy xylotomous");
    EXPECT_FALSE(half.tracks.empty());
    EXPECT_LE(half.tracks.front().score, 0.5) << "what was not understood counts against all";
    // An instrument that the library cannot tell is not understood either.
    EXPECT_THAT(match("theremin").tracks, IsEmpty());
}

TEST_F(Matches, AreOfTheTracksThatMayBeShown) {
    ListFilter filter;
    filter.criteria.year = {1990, 1999};
    const TextMatches found = match("rock", 1000, filter);
    EXPECT_FALSE(found.tracks.empty());
    for (const MadeUpTrack& track : tracks(found)) {
        EXPECT_GE(track.year(), 1990);
        EXPECT_LE(track.year(), 1999);
    }
    filter.except = {found.tracks.front().id};
    EXPECT_EQ(match("rock", 1000, filter).tracks.size(), found.tracks.size() - 1);
    EXPECT_EQ(match("rock", 3, filter).tracks.size(), 3U);
}

TEST_F(Matches, KeepTheMostAlikeFirst) {
    const TextMatches found = match("like “Piece 1”", 20);
    EXPECT_EQ(found.tracks.size(), 20U);
    for (const MadeUpTrack& track : tracks(found))
        EXPECT_EQ(track.style(), 1);
}

TEST_F(Matches, TakeAnyBytes) {
    EXPECT_THAT(match("").tracks, IsEmpty());
    EXPECT_THAT(match("20 songs").tracks, IsEmpty());
    EXPECT_THAT(match("\xff\xfe '; DROP TABLE tracks; --").tracks, IsEmpty());
}

}  // namespace
}  // namespace audiomuse::features
