#include "radius_walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "audiomuse/base/random.h"
#include "audiomuse/features/common/songs.h"

namespace audiomuse::features {
namespace {

using testing::ElementsAre;

/// A candidate `degrees` away from a seed that points east.
WalkCandidate at(double degrees, const std::string& artist) {
    const double angle = degrees * M_PI / 180;
    return {static_cast<float>(1 - std::cos(angle)),
            song_key(artist),
            0,
            {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))}};
}

std::vector<WalkCandidate> random_candidates(std::size_t count, int artists, std::uint64_t seed) {
    Random random(seed);
    std::vector<WalkCandidate> candidates;
    for (std::size_t i = 0; i < count; ++i) {
        candidates.push_back(at(random.uniform(-80, 80), "artist " + std::to_string(random.integer(1, artists))));
    }
    std::sort(candidates.begin(), candidates.end(),
              [](const auto& a, const auto& b) { return a.distance < b.distance; });
    return candidates;
}

TEST(RadiusWalk, GoesToTheCheapestNext) {
    // Sorted by distance: 5, -6, 10, -11. From 5 the way to 10 is shorter than the one to -6.
    const std::vector<WalkCandidate> candidates = {at(5, "a"), at(-6, "b"), at(10, "c"), at(-11, "d")};
    EXPECT_THAT(radius_walk(candidates, {.n = 4}), ElementsAre(0, 2, 1, 3));
    EXPECT_THAT(radius_walk(candidates, {.n = 3}), ElementsAre(0, 2, 1));
    EXPECT_THAT(radius_walk({}, {.n = 2}), ElementsAre());
}

TEST(RadiusWalk, WeighsItsStepsToo) {
    // As above, but 10 is near to very many, which would not be enough for the second place if only its distance to the
    // seed told so.
    std::vector<WalkCandidate> candidates = {at(5, "a"), at(-6, "b"), at(-11, "d"), at(10, "c")};
    candidates[3].weight = 2.5F;
    EXPECT_THAT(radius_walk(candidates, {.n = 4}), ElementsAre(0, 1, 2, 3));
}

TEST(RadiusWalk, StaysInTheNeighbourhood) {
    // Two artists near the seed, many far away: variety is no reason to leave.
    std::vector<WalkCandidate> candidates;
    for (int i = 0; i < 6; ++i)
        candidates.push_back(at(5 + i, i % 2 == 0 ? "a" : "b"));
    for (int i = 0; i < 20; ++i)
        candidates.push_back(at(50 + i, "far " + std::to_string(i)));
    for (const std::size_t i : radius_walk(candidates, {.n = 5}))
        EXPECT_LT(i, 6U);
    EXPECT_EQ(radius_walk(candidates, {.n = 9}).size(), 9U);
    // A little farther is allowed: 12 degrees is 1.44 times the distance of 10, 11 degrees 1.21 times.
    const std::vector<WalkCandidate> few = {at(1, "a"), at(-10, "b"), at(11, "c"), at(12, "d")};
    EXPECT_THAT(radius_walk(few, {.n = 2}), ElementsAre(0, 2));
    EXPECT_THAT(radius_walk({few.data(), 4}, {.n = 2, .reach = 1}), ElementsAre(0, 1));
}

TEST(RadiusWalk, OnePerArtistAndBucketThenUpToTheCap) {
    std::vector<WalkCandidate> candidates;
    for (int i = 0; i < 8; ++i)
        candidates.push_back(at(i + 1, i % 2 == 0 ? "a" : "b"));
    const auto order = radius_walk(candidates, {.n = 10, .max_songs_per_artist = 3, .bucket = 4});
    ASSERT_EQ(order.size(), 6U);  // three of each: the cap holds although ten were wanted
    // First round: two of each bucket, by different artists; the rest comes after.
    EXPECT_LT(order[1], 4U);
    EXPECT_GE(order[2], 4U);
    EXPECT_GE(order[3], 4U);
    EXPECT_NE(candidates[order[0]].artist, candidates[order[1]].artist);
    EXPECT_NE(candidates[order[2]].artist, candidates[order[3]].artist);
}

TEST(RadiusWalk, WithoutACapArtistsDoNotMatter) {
    std::vector<WalkCandidate> candidates;
    for (int i = 0; i < 8; ++i)
        candidates.push_back(at(i + 1, "a"));
    EXPECT_THAT(radius_walk(candidates, {.n = 8, .max_songs_per_artist = 0}), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST(RadiusWalk, UnknownArtistsAreNotLimited) {
    std::vector<WalkCandidate> candidates;
    for (int i = 0; i < 8; ++i)
        candidates.push_back(at(i + 1, ""));
    EXPECT_EQ(radius_walk(candidates, {.n = 8, .max_songs_per_artist = 1}).size(), 8U);
}

TEST(RadiusWalk, BreaksTriplesOfOneArtist) {
    // Without a cap the walk goes straight on: a a a b.
    const std::vector<WalkCandidate> candidates = {at(1, "a"), at(2, "a"), at(3, "a"), at(4, "b")};
    EXPECT_THAT(radius_walk(candidates, {.n = 4, .max_songs_per_artist = 0}), ElementsAre(0, 1, 3, 2));
}

TEST(RadiusWalk, RulesHoldOnRandomCandidates) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const auto candidates = random_candidates(330, 25, seed);
        const auto order = radius_walk(candidates, {.n = 60, .max_songs_per_artist = 3});
        ASSERT_EQ(order.size(), 60U);
        EXPECT_EQ(order.front(), 0U);
        EXPECT_EQ(std::set<std::size_t>(order.begin(), order.end()).size(), order.size());
        std::map<std::uint64_t, int> songs;
        for (const std::size_t i : order)
            EXPECT_LE(++songs[candidates[i].artist], 3);
        for (std::size_t i = 2; i < order.size(); ++i) {
            EXPECT_FALSE(candidates[order[i]].artist == candidates[order[i - 1]].artist &&
                         candidates[order[i]].artist == candidates[order[i - 2]].artist);
        }
    }
}

}  // namespace
}  // namespace audiomuse::features
