#include "lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audiomuse/numeric/dbscan.h"

namespace audiomuse::features {
namespace {

using testing::ElementsAre;

/// Songs on a line at 0, 1, 2 ...; clusters as given; every song of its own artist and far from all others in sound.
struct Line {
    ClusteringInput input;
    Grouping groups;
    ClusteringParams params;

    explicit Line(const std::vector<int>& labels) {
        groups.centres = numeric::Matrix(3, 1);
        groups.members.labels = labels;
        input.embeddings = numeric::Matrix(labels.size(), labels.size());
        for (std::size_t i = 0; i < labels.size(); ++i) {
            const std::string number = std::to_string(i);
            input.ids.push_back(TrackId{static_cast<std::int64_t>(i + 1)});
            input.artists.push_back("artist " + number);
            input.signatures.push_back("song " + number);
            input.durations.push_back(100);
            input.albums.push_back("");
            groups.members.squared_distances.push_back(static_cast<float>(i * i));
            input.embeddings(i, i) = 1;
        }
    }
    std::vector<SongList> lists(std::size_t min_size, double farthest = 0) const {
        return make_lists(groups, input, params, {.min_size = min_size, .farthest = farthest});
    }
};

TEST(MakeLists, NearestFirstAndNoSmallOnes) {
    Line line({0, 1, 0, 2, 0, 1});
    std::reverse(line.groups.members.squared_distances.begin(), line.groups.members.squared_distances.end());
    const auto lists = line.lists(2);
    ASSERT_EQ(lists.size(), 2U);
    EXPECT_THAT(lists[0].rows, ElementsAre(4, 2, 0));
    EXPECT_THAT(lists[1].rows, ElementsAre(5, 1));
}

TEST(MakeLists, LeavesOutWhatIsFar) {
    const Line line({0, 0, 0, 0, 0});
    EXPECT_THAT(line.lists(2, 3.0)[0].rows, ElementsAre(0, 1, 2, 3));
    EXPECT_TRUE(line.lists(2, 0.5).empty());
}

TEST(MakeLists, LeavesOutVersionsAndNearDuplicates) {
    Line line({0, 0, 0, 0, 0});
    line.input.signatures[3] = line.input.signatures[0];
    line.input.embeddings(2, 1) = 1;  // the same sound as song 1, which is the one before it
    line.input.embeddings(2, 2) = 0;
    EXPECT_THAT(line.lists(2)[0].rows, ElementsAre(0, 1, 4));
    line.input.durations[2] = 110;
    EXPECT_THAT(line.lists(2)[0].rows, ElementsAre(0, 1, 2, 4));  // alike, but not the same recording
    line.input.durations[2] = 100;
    line.params.duplicate_lookback = 0;
    EXPECT_THAT(line.lists(2)[0].rows, ElementsAre(0, 1, 2, 4));
}

TEST(MakeLists, RaisesTheArtistCapOnlyAsFarAsNeeded) {
    Line line(std::vector<int>(12, 0));
    for (std::size_t i = 0; i < 10; ++i)
        line.input.artists[i] = i % 2 == 0 ? "a" : "b";
    line.params.max_songs_per_artist = 2;
    EXPECT_THAT(line.lists(4)[0].rows, ElementsAre(0, 1, 2, 3, 10, 11));
    EXPECT_EQ(line.lists(4)[0].artist_cap, 2);
    EXPECT_EQ(line.lists(7)[0].artist_cap, 3);
    EXPECT_EQ(line.lists(7)[0].rows.size(), 8U);
    EXPECT_EQ(line.lists(12)[0].rows.size(), 12U);
    EXPECT_TRUE(line.lists(13).empty());
    line.params.max_songs_per_artist = 0;
    EXPECT_EQ(line.lists(2)[0].rows.size(), 12U);
    line.params.max_songs_per_cluster = 5;
    EXPECT_THAT(line.lists(2)[0].rows, ElementsAre(0, 1, 2, 3, 4));
}

TEST(MakeLists, LimitsTheSongsOfAnAlbumToo) {
    Line line(std::vector<int>(12, 0));
    for (std::size_t i = 0; i < 12; ++i)
        line.input.albums[i] = i < 6 ? "soundtrack" : "";
    line.params.max_songs_per_album = 2;
    EXPECT_THAT(line.lists(4)[0].rows, ElementsAre(0, 1, 6, 7, 8, 9, 10, 11));
    EXPECT_EQ(line.lists(10)[0].rows.size(), 10U) << "raised as far as needed";
    line.params.max_songs_per_album = 0;
    EXPECT_EQ(line.lists(4)[0].rows.size(), 12U);
}

TEST(MakeLists, NoiseBelongsToNoList) {
    const Line line({0, numeric::kNoise, 0, numeric::kNoise, 0});
    ASSERT_EQ(line.lists(2).size(), 1U);
    EXPECT_THAT(line.lists(2)[0].rows, ElementsAre(0, 2, 4));
}

TEST(LeastListSize, AdaptsToSmallLibraries) {
    EXPECT_EQ(least_list_size(10, {}), 4U);
    EXPECT_EQ(least_list_size(96, {}), 6U);
    EXPECT_EQ(least_list_size(319, {}), 19U);
    EXPECT_EQ(least_list_size(320, {}), 20U);
    EXPECT_EQ(least_list_size(100'000, {}), 20U);
    EXPECT_EQ(least_list_size(100'000, {.min_playlist_size = 2}), 2U);
    EXPECT_EQ(least_list_size(100'000, {.max_songs_per_cluster = 15}), 15U);
}

SongList list_at(float place, std::size_t songs, std::size_t first_row = 0) {
    SongList list;
    for (std::size_t i = 0; i < songs; ++i)
        list.rows.push_back(first_row + i);
    list.centre = {place};
    return list;
}

TEST(MostDiverse, BeginsWithTheLargestAndPrefersTheFar) {
    std::vector<SongList> lists = {list_at(0, 20), list_at(1, 40), list_at(2, 30), list_at(10, 20), list_at(-4, 21)};
    std::vector<float> places;
    for (const SongList& list : most_diverse(lists, 3))
        places.push_back(list.centre[0]);
    EXPECT_THAT(places, ElementsAre(1, 10, -4));
    EXPECT_EQ(most_diverse(lists, 0).size(), 5U);
    EXPECT_EQ(most_diverse(lists, 9).size(), 5U);
    // All in one place: size decides.
    std::vector<std::size_t> sizes;
    for (const SongList& list : most_diverse({list_at(0, 5), list_at(0, 7), list_at(0, 6)}, 2))
        sizes.push_back(list.rows.size());
    EXPECT_THAT(sizes, ElementsAre(7, 6));
}

}  // namespace
}  // namespace audiomuse::features
