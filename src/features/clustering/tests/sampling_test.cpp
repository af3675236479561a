#include "sampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "synthetic_library.h"

namespace audiomuse::features {
namespace {

using testing::ElementsAre;

TEST(GenreQuotas, FillSmallGenresFirst) {
    // The last genre is "none". Median of 10, 100, 1000 is 100.
    const std::vector<std::size_t> sizes = {10, 100, 1000, 500};
    EXPECT_THAT(genre_quotas(sizes, 30, 5, 50), ElementsAre(10, 10, 10, 0));
    EXPECT_THAT(genre_quotas(sizes, 31, 5, 50), ElementsAre(10, 11, 10, 0));
    EXPECT_THAT(genre_quotas(sizes, 210, 5, 50), ElementsAre(10, 100, 100, 0));
    EXPECT_THAT(genre_quotas(sizes, 800, 5, 50), ElementsAre(10, 100, 690, 0));
    EXPECT_THAT(genre_quotas(sizes, 1200, 5, 50), ElementsAre(10, 100, 1000, 90));
    EXPECT_THAT(genre_quotas(sizes, 9999, 5, 50), ElementsAre(10, 100, 1000, 500));
    EXPECT_THAT(genre_quotas({0, 0, 50}, 20, 5, 50), ElementsAre(0, 0, 20));
}

TEST(Sampler, TakesSmallLibrariesWhole) {
    const auto library = make_library({.styles = {100}});
    const Sampler sampler(library.input, {}, 100);
    EXPECT_TRUE(sampler.sample(0).empty());
    EXPECT_EQ(sampler.size(), 100U);
}

TEST(Sampler, KeepsMostOfTheSampleFromRunToRun) {
    // Styles 0, 1 and 2 are the genres rock, pop and alternative.
    const auto library = make_library({.styles = {1000, 400, 40}, .dimension = 2});
    const ClusteringParams params = {.min_songs_per_genre_for_stratification = 50};
    const Sampler sampler(library.input, params, 300);
    std::vector<std::size_t> previous;
    std::map<std::size_t, int> drawn;
    constexpr int kRuns = 200;
    for (int run = 0; run < kRuns; ++run) {
        const auto sample = sampler.sample(run);
        ASSERT_EQ(sample.size(), 300U);
        EXPECT_TRUE(std::ranges::is_sorted(sample));
        EXPECT_EQ(std::set<std::size_t>(sample.begin(), sample.end()).size(), 300U);
        EXPECT_EQ(std::ranges::count_if(sample, [&](std::size_t row) { return library.style[row] == 2; }), 40);
        std::vector<std::size_t> common;
        std::set_intersection(sample.begin(), sample.end(), previous.begin(), previous.end(),
                              std::back_inserter(common));
        // Four fifths of 260, and all 40 of the small genre.
        EXPECT_EQ(common.size(), run == 0 ? 0U : 248U);
        previous = sample;
        for (const std::size_t row : sample)
            ++drawn[row];
    }
    EXPECT_EQ(drawn.size(), 1440U) << "every song has had its turn";
    for (const auto& [row, times] : drawn) {
        const double fair = library.style[row] == 2 ? kRuns : kRuns * 130.0 / (library.style[row] == 0 ? 1000 : 400);
        EXPECT_NEAR(times, fair, 6) << "as often as the others of its genre, but for the circle it is in";
    }
}

TEST(Sampler, ASampleFollowsFromTheNumberOfTheRun) {
    const auto library = make_library({.styles = {300, 200}, .dimension = 2});
    const Sampler one(library.input, {}, 100);
    const Sampler other(library.input, {}, 100);
    one.sample(3);
    EXPECT_EQ(one.sample(17), other.sample(17));
    EXPECT_NE(one.sample(17), one.sample(18));
    EXPECT_NE(one.sample(17), Sampler(library.input, {.seed = 2}, 100).sample(17));
}

TEST(PrimaryGenres, AreTheStrongestTagThatIsAGenre) {
    ClusteringInput input;
    input.summaries.resize(2);
    input.summaries[0].moods.assign(kMoodNames.size(), 0.01F);
    input.summaries[0].moods[5] = 0.9F;  // female vocalists: no genre
    input.summaries[0].moods[9] = 0.2F;  // jazz, the sixth genre
    EXPECT_THAT(primary_genres(input), ElementsAre(5, genre_count() - 1));
}

}  // namespace
}  // namespace audiomuse::features
