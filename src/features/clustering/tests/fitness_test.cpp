#include "fitness.h"

#include <gtest/gtest.h>

#include <cmath>

namespace audiomuse::features {
namespace {

SongList list_of(std::size_t first, std::size_t songs) {
    SongList list;
    for (std::size_t i = 0; i < songs; ++i)
        list.rows.push_back(first + i);
    return list;
}

numeric::Matrix matrix(const std::vector<std::vector<float>>& rows) {
    numeric::Matrix made(rows.size(), rows[0].size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        std::copy(rows[i].begin(), rows[i].end(), made.row(i).begin());
    return made;
}

TEST(Coherence, IsTheCosineOfSongsToTheirList) {
    EXPECT_NEAR(coherence({list_of(0, 2), list_of(2, 2)}, matrix({{1, 0}, {2, 0}, {-1, 0}, {-1, 0}})), 1, 1e-6);
    // Two songs at right angles: both are half a right angle from their mean.
    EXPECT_NEAR(coherence({list_of(0, 2), list_of(2, 2)}, matrix({{1, 0}, {0, 1}, {-1, 0}, {-1, 0}})),
                (2 * std::sqrt(0.5) + 2) / 4, 1e-6);
    EXPECT_EQ(coherence({}, matrix({{1}})), 0);
}

TEST(Distinctness, IsHowFarTheNearestOtherListIs) {
    const numeric::Matrix profiles = matrix({{1, 0}, {0, 1}, {-1, 0}, {1, 0}});
    EXPECT_NEAR(distinctness({list_of(0, 1), list_of(1, 1)}, profiles), 1, 1e-6);
    EXPECT_NEAR(distinctness({list_of(0, 1), list_of(2, 1)}, profiles), 1, 1e-6) << "opposite is not more than apart";
    EXPECT_NEAR(distinctness({list_of(0, 1), list_of(3, 1)}, profiles), 0, 1e-6);
    EXPECT_NEAR(distinctness({list_of(0, 1), list_of(3, 1), list_of(1, 1)}, profiles), 1.0 / 3, 1e-6);
    EXPECT_EQ(distinctness({list_of(0, 1)}, profiles), 0);
}

TEST(PlayableSize, Prefers20To100Songs) {
    const auto size = [](std::size_t songs) { return playable_size({list_of(0, songs)}, 20); };
    EXPECT_DOUBLE_EQ(size(10), 0.5);
    EXPECT_DOUBLE_EQ(size(20), 1);
    EXPECT_DOUBLE_EQ(size(100), 1);
    EXPECT_DOUBLE_EQ(size(400), 0.25);
    EXPECT_DOUBLE_EQ(playable_size({list_of(0, 15), list_of(0, 50)}, 20), 0.875);
    EXPECT_EQ(playable_size({}, 20), 0);
}

TEST(Coverage, IsTheVarianceThatListsExplain) {
    const numeric::Matrix points = matrix({{-2, 0}, {-2, 0}, {2, 0}, {2, 0}});
    EXPECT_NEAR(coverage({list_of(0, 2), list_of(2, 2)}, points), 1, 1e-6);
    EXPECT_NEAR(coverage({list_of(0, 4)}, points), 0, 1e-6) << "one list of everything says nothing";
    EXPECT_NEAR(coverage({list_of(0, 2)}, points), 0.5, 1e-6) << "there is nothing for the other half";
    // A large library is asked by a part of its songs.
    numeric::Matrix many(9000, 1);
    for (std::size_t i = 0; i < many.rows(); ++i)
        many(i, 0) = i < 4500 ? -1.0F : 1.0F;
    EXPECT_NEAR(coverage({list_of(0, 10), list_of(8000, 10)}, many), 1, 1e-6);
}

TEST(Diversity, CountsEveryMoodOnce) {
    const numeric::Matrix moods = matrix({{0.6F, 0.1F}, {0.4F, 0.1F}, {0.1F, 0.8F}});
    EXPECT_NEAR(diversity({list_of(0, 1), list_of(2, 1)}, moods), 0.7, 1e-6);
    EXPECT_NEAR(diversity({list_of(0, 1), list_of(1, 1)}, moods), 0.3, 1e-6) << "the same mood: the higher one";
    EXPECT_NEAR(diversity({list_of(0, 1), list_of(2, 1)}, moods, 0.7), 0.4, 1e-6);
    EXPECT_EQ(diversity({list_of(0, 1)}, numeric::Matrix(3, 0)), 0) << "no moods are known";
    EXPECT_EQ(diversity({}, moods), 0);
}

TEST(Purity, IsHowMuchSongsHaveOfWhatTheListHasMost) {
    const numeric::Matrix moods = matrix({{0.6F, 0.1F, 0}, {0.2F, 0.5F, 0}, {0.5F, 0.3F, 0.9F}});
    EXPECT_NEAR(purity({list_of(0, 2)}, moods, 1, 0.01), 0.4, 1e-6);
    EXPECT_NEAR(purity({list_of(0, 2)}, moods, 2, 0.01), 0.55, 1e-6);
    EXPECT_EQ(purity({list_of(0, 2)}, moods, 1, 0.5), 0) << "none is strong enough";
    // A mean, not a sum: twice the songs are not twice as pure.
    EXPECT_NEAR(purity({list_of(0, 2), list_of(0, 2)}, moods, 1, 0.01), 0.4, 1e-6);
}

TEST(Fitness, OfListeningIsNoBetterThanItsWorstSide) {
    // Two places of two songs each, in sound and in profile.
    const numeric::Matrix points = matrix({{-1, 0}, {-1, 0}, {1, 0}, {1, 0}});
    const ClusterSpace space = {.points = points, .variance = {1, 0}};
    const Profiles profiles = {.whole = points, .moods = {}, .features = {}};
    const std::vector<int> labels = {0, 0, 1, 1};
    const std::vector<SongList> good = {list_of(0, 2), list_of(2, 2)};
    EXPECT_NEAR(fitness({good, points, labels}, space, profiles, {}, 1, {}), 1, 1e-6);
    EXPECT_NEAR(fitness({good, points, labels}, space, profiles, {}, 4, {}), std::pow(0.5, 1.0 / 6), 1e-6);
    const std::vector<SongList> twins = {list_of(0, 1), list_of(1, 1)};
    EXPECT_EQ(fitness({twins, points, labels}, space, profiles, {}, 1, {}), 0);
    EXPECT_EQ(fitness({{}, points, labels}, space, profiles, {}, 1, {}), 0);
}

TEST(Fitness, OfAudioMuseIsTheWeightedMean) {
    const numeric::Matrix points = matrix({{-1, 0}, {-1, 0}, {1, 0}, {1, 0}});
    const ClusterSpace space = {.points = points, .variance = {1, 0}};
    const Profiles profiles = {.whole = points,
                               .moods = matrix({{0.6F, 0}, {0.6F, 0}, {0, 0.3F}, {0, 0.3F}}),
                               .features = numeric::Matrix(4, 6)};
    const std::vector<int> labels = {0, 0, 1, 1};
    const std::vector<SongList> lists = {list_of(0, 2), list_of(2, 2)};
    ClusteringParams params = {.fitness = Fitness::audiomuse_ai};
    EXPECT_NEAR(fitness({lists, points, labels}, space, profiles, params, 1, {}), 0.45, 1e-6);
    params.score_weight_purity = 0;
    params.score_weight_silhouette = 2;
    EXPECT_NEAR(fitness({lists, points, labels}, space, profiles, params, 1, {}), (0.45 + 1) / 2, 1e-6);
}

}  // namespace
}  // namespace audiomuse::features
