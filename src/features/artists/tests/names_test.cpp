#include "audiomuse/features/artists/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace audiomuse::features {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(CertainArtists, PartsAtMarksThatAreNoPartOfNames) {
    EXPECT_THAT(certain_artists("Mira Solt feat. Tom Ray"), ElementsAre("Mira Solt", "Tom Ray"));
    EXPECT_THAT(certain_artists("Mira Solt Ft. Tom Ray"), ElementsAre("Mira Solt", "Tom Ray"));
    EXPECT_THAT(certain_artists("Mira Solt (feat. Tom Ray)"), ElementsAre("Mira Solt", "Tom Ray"));
    EXPECT_THAT(certain_artists("Mira Solt [Featuring Tom Ray]"), ElementsAre("Mira Solt", "Tom Ray"));
    EXPECT_THAT(certain_artists("A; B;C"), ElementsAre("A", "B", "C"));
    EXPECT_THAT(certain_artists("A / B"), ElementsAre("A", "B"));
    EXPECT_THAT(certain_artists("AC/DC"), ElementsAre("AC/DC"));
    EXPECT_THAT(certain_artists("Simon & Garfunkel"), ElementsAre("Simon & Garfunkel"));
    EXPECT_THAT(certain_artists("Feather"), ElementsAre("Feather"));
    EXPECT_THAT(certain_artists("Lift"), ElementsAre("Lift"));
    EXPECT_THAT(certain_artists("Sunn O)))"), ElementsAre("Sunn O)))"));
    EXPECT_THAT(certain_artists(" ; "), ElementsAre(";"));
}

TEST(KnownArtists, PartsDoubtfulMarksOnlyBetweenArtistsOfTheLibrary) {
    KnownArtists known;
    known.add({"Nina"}, "");
    known.add({"Tom Ray"}, "");
    known.add({"Simon & Garfunkel"}, "");
    known.add({"Earth, Wind & Fire", "Nina"}, "");
    known.add({}, "Björk");
    EXPECT_THAT(known.split({"Nina & Tom Ray"}, ""), ElementsAre("Nina", "Tom Ray"));
    EXPECT_THAT(known.split({"NINA, Bjork and tom ray"}, ""), ElementsAre("NINA", "Bjork", "tom ray"));
    EXPECT_THAT(known.split({"Nina & Garfunkel"}, ""), ElementsAre("Nina & Garfunkel"));
    EXPECT_THAT(known.split({"Simon & Garfunkel"}, ""), ElementsAre("Simon & Garfunkel"));
    EXPECT_THAT(known.split({"Earth, Wind & Fire"}, ""), ElementsAre("Earth, Wind & Fire"));
    EXPECT_THAT(known.split({"Simon & Garfunkel feat. Nina"}, ""), ElementsAre("Simon & Garfunkel", "Nina"));
}

TEST(KnownArtists, ListsEachArtistOnceAndFallsBackToTheAlbum) {
    const KnownArtists known;
    EXPECT_THAT(known.split({"Nina", "NINA ", "Tom feat. Nina"}, "Album"), ElementsAre("Nina", "Tom"));
    EXPECT_THAT(known.split({}, "Album Artist"), ElementsAre("Album Artist"));
    EXPECT_THAT(known.split({"Unknown Artist"}, "Album Artist"), ElementsAre("Album Artist"));
    EXPECT_THAT(known.split({}, "Various Artists"), IsEmpty());
    EXPECT_THAT(known.split({}, ""), IsEmpty());
}

TEST(ArtistId, BelongsToTheNameWhateverItsSpelling) {
    EXPECT_EQ(artist_id_of(artist_name_key("Sigur Rós")), artist_id_of(artist_name_key("SIGUR ROS")));
    EXPECT_NE(artist_id_of(artist_name_key("Nina")), artist_id_of(artist_name_key("Tom")));
    EXPECT_EQ(artist_id_of(artist_name_key("Nina")).size(), 16U);
}

}  // namespace
}  // namespace audiomuse::features
