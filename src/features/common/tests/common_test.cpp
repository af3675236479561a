#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "audiomuse/features/common/acceptors.h"
#include "audiomuse/features/common/songs.h"

namespace audiomuse::features {
namespace {

TEST(SongSignature, IsOneForVersionsOfASong) {
    const std::string plain = song_signature("Blue Train", "The Band");
    for (const char* title :
         {"blue train", "Blue Train (2011 Remaster)", "Blue Train [Explicit]", "Blue Train (Radio Edit)",
          "Blue Train - 2009 Remastered Version", "Blüe  Train (Album Version) [Clean]"}) {
        EXPECT_EQ(song_signature(title, "THE BAND"), plain) << title;
    }
}

TEST(SongSignature, DiffersWhereTheSongDoes) {
    const std::string plain = song_signature("Blue Train", "The Band");
    for (const char* title : {"Blue Train (Live)", "Blue Train (Part 2)", "Blue Train - Reprise",
                              "Blue Train (Mixtape)", "Blue Train (Edith's Song)", "Blue Train (unclosed remaster"}) {
        EXPECT_NE(song_signature(title, "The Band"), plain) << title;
    }
    EXPECT_NE(song_signature("Blue Train", "Another Band"), plain);
    // The border between title and author counts.
    EXPECT_NE(song_signature("a b", "c"), song_signature("a", "b c"));
}

TEST(SongSignature, KeepsOtherRecordingsApartByASwitch) {
    const std::string plain = song_signature("Blue Train", "A");
    const std::string live = song_signature("Blue Train (Live)", "A");
    EXPECT_NE(live, plain);
    EXPECT_EQ(song_signature("Blue Train - Live at the Lighthouse, 1966", "A"), live);
    EXPECT_EQ(song_signature("Blue Train [Live] (2011 Remaster)", "A"), live);
    EXPECT_EQ(song_signature("Blue Train (Live Version)", "A"), live);
    EXPECT_NE(song_signature("Blue Train (Acoustic Version)", "A"), plain);
    EXPECT_NE(song_signature("Blue Train (Acoustic)", "A"), live);
    EXPECT_NE(song_signature("Blue Train (X Remix)", "A"), song_signature("Blue Train (Y Remix)", "A"));
    EXPECT_EQ(song_signature("Blue Train (X Remix)", "A"), song_signature("Blue Train [x remix]", "A"));
    for (const char* title : {"Blue Train", "Blue Train (Live)", "Blue Train - Acoustic", "Blue Train (X Remix)",
                              "Blue Train (Demo)", "Blue Train (Instrumental)"}) {
        EXPECT_EQ(song_signature(title, "A", false), plain) << title;
    }
    EXPECT_NE(song_signature("Live Forever", "A", false), song_signature("Forever", "A", false));
}

TEST(SongSignature, LeavesGuestsOut) {
    EXPECT_EQ(song_signature("Blue Train (feat. Someone)", "A"), song_signature("Blue Train", "A"));
    EXPECT_EQ(song_signature("Blue Train [ft. Someone Else]", "A"), song_signature("Blue Train", "A"));
}

TEST(AlbumKey, IsAlbumAndArtist) {
    TrackTags tags{.title = "t", .artists = {"Nina feat. X"}, .album = "Live"};
    EXPECT_EQ(album_key(tags), "live\nnina");
    tags.album_artist = "Various Artists";
    EXPECT_EQ(album_key(tags), "live\nvarious artists");
    tags.album = "";
    EXPECT_EQ(album_key(tags), "");
}

TEST(SongSignature, OfOddTitles) {
    EXPECT_EQ(song_signature("", "The Band"), "");
    EXPECT_EQ(song_signature(" \t", "The Band"), "");
    EXPECT_NE(song_signature("(Radio Edit)", "The Band"), song_signature("(Clean)", "The Band"));
    EXPECT_EQ(song_signature("千と千尋 (Remaster)", "久石譲"), song_signature("千と千尋", "久石譲"));
}

TEST(ArtistKey, IsTheMainArtist) {
    TrackTags tags;
    EXPECT_EQ(artist_key(tags), "");
    tags.album_artist = "Various Artists";
    EXPECT_EQ(artist_key(tags), "");
    tags.album_artist = "Sigur Rós";
    EXPECT_EQ(artist_key(tags), "sigur ros");
    tags.artists = {"Nina feat. Someone", "Other"};
    EXPECT_EQ(artist_key(tags), "nina");
    tags.artists = {"Daft ft. X"};
    EXPECT_EQ(artist_key(tags), "daft");
    tags.artists = {"Feathers"};
    EXPECT_EQ(artist_key(tags), "feathers");
    tags.artists = {"Unknown Artist"};
    tags.album_artist.clear();
    EXPECT_EQ(artist_key(tags), "");
}

TEST(ArtistCap, CountsKnownArtistsOnly) {
    ArtistCap cap(2);
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(cap.may_take("a"));
        cap.take("a");
    }
    EXPECT_FALSE(cap.may_take("a"));
    EXPECT_TRUE(cap.may_take("b"));
    for (int i = 0; i < 5; ++i)
        cap.take("");
    EXPECT_TRUE(cap.may_take(""));
    ArtistCap unlimited(0);
    for (int i = 0; i < 5; ++i)
        unlimited.take("a");
    EXPECT_TRUE(unlimited.may_take("a"));
}

TEST(SongOnce, RefusesTheSecondVersion) {
    SongOnce once;
    once.take("x");
    once.take("");
    EXPECT_FALSE(once.may_take("x"));
    EXPECT_TRUE(once.may_take("y"));
    EXPECT_TRUE(once.may_take(""));
}

constexpr std::array<float, 2> kEast = {1, 0};
constexpr std::array<float, 2> kNearlyEast = {0.999F, 0.0447F};  // 1 - cos = 0.001
constexpr std::array<float, 2> kNorth = {0, 1};

TEST(NearDuplicates, LooksBackOverTheLastTakenOnly) {
    NearDuplicates one({.distance = 0.01, .lookback = 1});
    EXPECT_TRUE(one.may_take({kEast}));
    one.take({kEast});
    EXPECT_FALSE(one.may_take({kNearlyEast}));
    EXPECT_TRUE(one.may_take({kNorth}));
    one.take({kNorth});
    EXPECT_TRUE(one.may_take({kNearlyEast}));

    NearDuplicates two({.distance = 0.01, .lookback = 2});
    two.take({kEast});
    two.take({kNorth});
    EXPECT_FALSE(two.may_take({kNearlyEast}));

    NearDuplicates off({.distance = 0.01, .lookback = 0});
    off.take({kEast});
    EXPECT_TRUE(off.may_take({kEast}));
}

TEST(NearDuplicates, NeedTheSameDurationWhereItIsKnown) {
    NearDuplicates near({.distance = 0.01, .lookback = 1});
    near.take({kEast, 200});
    EXPECT_FALSE(near.may_take({kNearlyEast, 200.9}));
    EXPECT_TRUE(near.may_take({kNearlyEast, 201.1}));
    EXPECT_FALSE(near.may_take({kNearlyEast, 0}));
    EXPECT_TRUE(near.may_take({kNorth, 200}));
}

TEST(SimilarMood, ComparesTheMeanDifference) {
    const std::array<float, 6> a = {0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F};
    std::array<float, 6> b = a;
    b[2] += 0.25F;
    b[4] -= 0.25F;  // mean 0.0833
    EXPECT_TRUE(similar_mood(a, b, 0.09));
    EXPECT_FALSE(similar_mood(a, b, 0.08));
}

}  // namespace
}  // namespace audiomuse::features
