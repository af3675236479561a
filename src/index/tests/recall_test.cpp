// How many of the true neighbours the graph finds, with the default parameters.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "audiomuse/base/clock.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/numeric/distance.h"
#include "index_testing.h"

namespace audiomuse::index {
namespace {

TEST(Recall, OfTwentyThousandClusteredVectors) {
    constexpr std::size_t kCount = 20'000;
    constexpr std::size_t kDimension = 200;
    constexpr std::size_t kQueries = 200;
    constexpr std::size_t kAtMost = 100;
    auto vectors = clustered_vectors(kCount + kQueries, kDimension, 200, 1);
    const double begin = steady_now();
    const auto index = create_index(kDimension);
    for (std::size_t i = 0; i < kCount; ++i) {
        numeric::normalise(vectors[i]);
        index->add(static_cast<std::int64_t>(i), vectors[i]);
    }
    const double built = steady_now();
    std::size_t hits_10 = 0;
    std::size_t hits_100 = 0;
    double search_seconds = 0;
    for (std::size_t q = kCount; q < vectors.size(); ++q) {
        numeric::normalise(vectors[q]);
        std::vector<std::pair<float, std::int64_t>> exact(kCount);
        for (std::size_t i = 0; i < kCount; ++i) {
            exact[i] = {numeric::unit_cosine_distance(vectors[q], vectors[i]), static_cast<std::int64_t>(i)};
        }
        std::partial_sort(exact.begin(), exact.begin() + kAtMost, exact.end());
        std::set<std::int64_t> near_10;
        std::set<std::int64_t> near_100;
        for (std::size_t i = 0; i < kAtMost; ++i) {
            near_100.insert(exact[i].second);
            if (i < 10) near_10.insert(exact[i].second);
        }
        const double before = steady_now();
        const auto found = index->search(vectors[q], kAtMost);
        search_seconds += steady_now() - before;
        ASSERT_EQ(found.size(), kAtMost);
        for (std::size_t i = 0; i < kAtMost; ++i) {
            hits_100 += near_100.count(found[i].id);
            if (i < 10) hits_10 += near_10.count(found[i].id);
        }
    }
    const double recall_10 = static_cast<double>(hits_10) / (10.0 * kQueries);
    const double recall_100 = static_cast<double>(hits_100) / (100.0 * kQueries);
    std::printf("recall@10 %.4f, recall@100 %.4f, built in %.1f s, %.0f searches/s\n", recall_10, recall_100,
                built - begin, kQueries / search_seconds);
    EXPECT_GT(recall_10, 0.98);
    EXPECT_GT(recall_100, 0.95);
}

}  // namespace
}  // namespace audiomuse::index
