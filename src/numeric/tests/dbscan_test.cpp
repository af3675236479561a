#include "audiomuse/numeric/dbscan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "audiomuse/base/error.h"
#include "points_testing.h"

namespace audiomuse::numeric {
namespace {

/// As the paper has it: clusters grow from one core row after the other.
DbscanResult slow_dbscan(const Matrix& points, double eps, std::size_t min_samples) {
    const std::size_t n = points.rows();
    std::vector<std::vector<std::size_t>> near(n);
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            if (slow_distance(points.row(i), points.row(j)) <= static_cast<double>(static_cast<float>(eps)))
                near[i].push_back(j);
        }
    }
    DbscanResult result{.labels = std::vector<int>(n, kNoise), .is_core = std::vector<bool>(n)};
    for (std::size_t i = 0; i < n; ++i)
        result.is_core[i] = near[i].size() >= min_samples;
    int cluster = 0;
    for (std::size_t first = 0; first < n; ++first) {
        if (!result.is_core[first] || result.labels[first] != kNoise) continue;
        std::vector<std::size_t> waiting = {first};
        result.labels[first] = cluster;
        while (!waiting.empty()) {
            const std::size_t row = waiting.back();
            waiting.pop_back();
            if (!result.is_core[row]) continue;
            for (const std::size_t other : near[row]) {
                if (result.labels[other] != kNoise) continue;
                result.labels[other] = cluster;
                waiting.push_back(other);
            }
        }
        ++cluster;
    }
    return result;
}

/// Blobs of different density, and rows anywhere.
Matrix blobs_and_noise(std::size_t per_blob, std::size_t columns, std::uint64_t seed) {
    Matrix points = blobs_of(6, per_blob, columns, 0.15, seed);
    Random random(seed + 1);
    for (std::size_t i = 0; i < points.rows(); i += 5) {
        for (float& value : points.row(i))
            value = static_cast<float>(random.uniform(-3, 3));
    }
    return points;
}

TEST(Dbscan, KnownExample) {
    const Matrix line = points_of({{0}, {1}, {2}, {3}, {-1}, {20}, {4}, {5}, {6}});
    const DbscanResult result = dbscan(line, {.eps = 1, .min_samples = 3});
    // Every number from 0 to 5 has one on both sides; -1 and 6 are the ends.
    EXPECT_EQ(result.labels, (std::vector<int>{0, 0, 0, 0, 0, kNoise, 0, 0, 0}));
    EXPECT_EQ(result.is_core, (std::vector<bool>{true, true, true, true, false, false, true, true, false}));
    ASSERT_EQ(result.clusters(), 1U);
    EXPECT_FLOAT_EQ(result.centres(0, 0), 2.5F);
}

// The row at 5 is no core row, and within reach of core rows at 7.5 and 2.5, which are in different clusters.
TEST(Dbscan, ARowBetweenClustersBelongsToTheFirst) {
    const Matrix line = points_of({{10}, {10}, {10}, {7.5F}, {5}, {0}, {0}, {0}, {2.5F}});
    const DbscanResult result = dbscan(line, {.eps = 2.5, .min_samples = 4});
    EXPECT_FALSE(result.is_core[4]);
    EXPECT_EQ(result.labels, (std::vector<int>{0, 0, 0, 0, 0, 1, 1, 1, 1}));
    EXPECT_FLOAT_EQ(result.centres(0, 0), 42.5F / 5);
    EXPECT_FLOAT_EQ(result.centres(1, 0), 2.5F / 4);
    const Matrix mirrored = points_of({{0}, {0}, {0}, {2.5F}, {5}, {10}, {10}, {10}, {7.5F}});
    EXPECT_EQ(dbscan(mirrored, {.eps = 2.5, .min_samples = 4}).labels, result.labels);
}

TEST(Dbscan, AgreesWithTheTextbookOnAnyNumberOfThreads) {
    for (const std::size_t columns : {1U, 2U, 5U, 70U}) {
        const Matrix points = blobs_and_noise(40, columns, columns);
        const std::vector<float> curve = k_distances(points, {.k = 4});
        for (const double share : {0.05, 0.3, 0.6, 0.9}) {
            const auto eps = static_cast<double>(curve[static_cast<std::size_t>(share * 240)]);
            if (eps == 0) continue;
            for (const std::size_t min_samples : {1U, 2U, 5U, 12U}) {
                SCOPED_TRACE(testing::Message() << columns << " columns, eps " << eps << ", " << min_samples);
                const DbscanResult expected = slow_dbscan(points, eps, min_samples);
                for (const unsigned threads : {1U, 4U}) {
                    const DbscanResult result =
                        dbscan(points, {.eps = eps, .min_samples = min_samples, .threads = threads});
                    ASSERT_EQ(result.labels, expected.labels);
                    ASSERT_EQ(result.is_core, expected.is_core);
                }
            }
        }
    }
}

TEST(Dbscan, FindsTheSameWhereNearlyAllRowsAreNeighbours) {
    const Matrix points = blobs_and_noise(100, 3, 4);
    for (const double eps : {0.8, 2.0, 50.0}) {
        const DbscanResult expected = slow_dbscan(points, eps, 10);
        for (const unsigned threads : {1U, 4U})
            EXPECT_EQ(dbscan(points, {.eps = eps, .min_samples = 10, .threads = threads}).labels, expected.labels);
    }
}

// Many rows of many columns are turned to their principal axes first. Here that alone moves them by more than a float
// holds of the squared reach, which hundreds of pairs are apart exactly.
TEST(Dbscan, IsExactForManyRowsFarApart) {
    Random random(9);
    Matrix points(4100, 64);
    for (std::size_t i = 0; i < points.rows(); ++i) {
        for (std::size_t j = 0; j < points.columns(); ++j) {
            const bool flipped = random.uniform() < 0.13;
            points(i, j) = static_cast<float>(1000 * (i * j % 7)) + (flipped ? 1.0F : 0.0F);
        }
    }
    const DbscanResult expected = slow_dbscan(points, 4, 12);
    const DbscanResult result = dbscan(points, {.eps = 4, .min_samples = 12, .threads = 2});
    EXPECT_EQ(result.labels, expected.labels);
    EXPECT_EQ(result.is_core, expected.is_core);
}

TEST(Dbscan, TakesDuplicatesAndFewRows) {
    const DbscanResult same = dbscan(Matrix(300, 4), {.eps = 1e-6, .min_samples = 300});
    EXPECT_EQ(same.labels, std::vector<int>(300, 0));
    EXPECT_EQ(dbscan(Matrix(300, 4), {.eps = 1, .min_samples = 301}).labels, std::vector<int>(300, kNoise));
    EXPECT_EQ(dbscan(Matrix(1, 4), {.min_samples = 1}).labels, std::vector<int>{0});
    EXPECT_TRUE(dbscan(Matrix(0, 4)).labels.empty());
    const DbscanResult lonely = dbscan(points_of({{0}, {5}}), {.eps = 1, .min_samples = 2});
    EXPECT_EQ(lonely.labels, std::vector<int>(2, kNoise));
    EXPECT_EQ(lonely.clusters(), 0U);
}

TEST(Dbscan, RefusesTheImpossibleAndStopsWhenCancelled) {
    EXPECT_THROW(dbscan(Matrix(3, 2), {.eps = 0}), Error);
    EXPECT_THROW(dbscan(Matrix(3, 2), {.min_samples = 0}), Error);
    EXPECT_THROW(dbscan(Matrix(30, 2), {.cancel = cancelled_token()}), Error);
    EXPECT_THROW(k_distances(Matrix(30, 2), {.cancel = cancelled_token()}), Error);
}

TEST(KDistances, AreThoseOfTheRowsInOrder) {
    const Matrix line = points_of({{0}, {1}, {3}, {7}});
    EXPECT_EQ(k_distances(line, {.k = 1}), (std::vector<float>{1, 1, 2, 4}));
    EXPECT_EQ(k_distances(line, {.k = 2}), (std::vector<float>{2, 3, 3, 6}));
    EXPECT_EQ(k_distances(line, {.k = 9}), (std::vector<float>{4, 6, 7, 7}));  // there are three others
    EXPECT_TRUE(k_distances(points_of({{1}})).empty());

    // A sample is asked about all rows.
    const Matrix points = blobs_of(4, 100, 6, 1, 3);
    const std::vector<float> all = k_distances(points, {.k = 5, .max_rows = 0});
    const std::vector<float> some = k_distances(points, {.k = 5, .max_rows = 50, .threads = 3});
    ASSERT_EQ(some.size(), 50U);
    for (const float distance : some)
        EXPECT_TRUE(std::binary_search(all.begin(), all.end(), distance));
    EXPECT_NE(some, k_distances(points, {.k = 5, .max_rows = 50, .seed = 2}));
}

TEST(Knee, IsWhereTheCurveBeginsToClimb) {
    EXPECT_EQ(knee(std::vector<float>{1, 1, 1, 1.5F, 10}), 1.5F);
    EXPECT_EQ(knee(std::vector<float>{2, 2, 2}), 2);
    EXPECT_EQ(knee(std::vector<float>{3}), 3);
    EXPECT_EQ(knee({}), 0);
}

}  // namespace
}  // namespace audiomuse::numeric
