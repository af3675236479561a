// How many of the true neighbours the graph finds, with the default parameters.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/index/vector_index.h"
#include "index_testing.h"

namespace audiomuse::index {
namespace {

struct RecallForm {
    Metric metric;
    Storage storage;
};

class Recall : public testing::TestWithParam<RecallForm> {};

TEST_P(Recall, OfTwentyThousandClusteredVectors) {
    constexpr std::size_t kCount = 20'000;
    constexpr std::size_t kDimension = 200;
    constexpr std::size_t kQueries = 100;
    constexpr std::size_t kAtMost = 100;
    const auto vectors = clustered_vectors(kCount + kQueries, kDimension, 200, 1);
    std::vector<std::int64_t> ids;
    std::vector<float> rows;
    for (std::size_t i = 0; i < kCount; ++i) {
        ids.push_back(static_cast<std::int64_t>(i));
        rows.insert(rows.end(), vectors[i].begin(), vectors[i].end());
    }
    const double begin = steady_now();
    const auto index = create_index(kDimension, {.metric = GetParam().metric, .storage = GetParam().storage});
    index->add_many(ids, rows, allowed_cores());
    const double built = steady_now();
    std::size_t hits_10 = 0;
    std::size_t hits_100 = 0;
    double search_seconds = 0;
    for (std::size_t q = kCount; q < vectors.size(); ++q) {
        std::vector<std::pair<float, std::int64_t>> exact(kCount);
        for (std::size_t i = 0; i < kCount; ++i) {
            exact[i] = {distance(GetParam().metric, vectors[q], vectors[i]), static_cast<std::int64_t>(i)};
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
    EXPECT_GE(recall_10, 0.98);
    EXPECT_GE(recall_100, 0.98);
}

INSTANTIATE_TEST_SUITE_P(Forms, Recall,
                         testing::Values(RecallForm{Metric::angular, Storage::int8},
                                         RecallForm{Metric::euclidean, Storage::int8},
                                         RecallForm{Metric::angular, Storage::float32}),
                         [](const auto& info) {
                             return std::string(info.param.metric == Metric::angular ? "angular" : "euclidean") +
                                    (info.param.storage == Storage::int8 ? "_int8" : "_float32");
                         });

}  // namespace
}  // namespace audiomuse::index
