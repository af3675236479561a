#include "sampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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
    Sampler sampler(library.input, {.sample_songs = 100});
    Random random(1);
    EXPECT_TRUE(sampler.next(random).empty());
}

TEST(Sampler, KeepsMostOfTheSampleFromRunToRun) {
    // Styles 0, 1 and 2 are the genres rock, pop and alternative.
    const auto library = make_library({.styles = {1000, 400, 40}, .dimension = 2});
    Sampler sampler(library.input, {.sample_songs = 300, .min_songs_per_genre_for_stratification = 50});
    Random random(1);
    std::vector<std::size_t> previous;
    std::set<std::size_t> ever;
    for (int i = 0; i < 30; ++i) {
        const auto sample = sampler.next(random);
        ASSERT_EQ(sample.size(), 300U);
        EXPECT_EQ(std::set<std::size_t>(sample.begin(), sample.end()).size(), 300U);
        std::size_t of_small_genre = 0;
        for (const std::size_t row : sample)
            of_small_genre += library.style[row] == 2 ? 1 : 0;
        EXPECT_EQ(of_small_genre, 40U);
        std::vector<std::size_t> common;
        std::set_intersection(sample.begin(), sample.end(), previous.begin(), previous.end(),
                              std::back_inserter(common));
        // Four fifths of 260, and all 40 of the small genre.
        EXPECT_EQ(common.size(), i == 0 ? 0U : 248U);
        previous = sample;
        ever.insert(sample.begin(), sample.end());
    }
    EXPECT_GT(ever.size(), 1000U);  // it moves through the library
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
