#include "audiomuse/numeric/cluster_quality.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "audiomuse/base/error.h"
#include "points_testing.h"

namespace audiomuse::numeric {
namespace {

/// Rousseeuw's definition, row by row.
double slow_silhouette(const Matrix& points, const std::vector<int>& labels, int clusters) {
    double total = 0;
    for (std::size_t i = 0; i < points.rows(); ++i) {
        std::vector<double> sums(static_cast<std::size_t>(clusters));
        std::vector<double> sizes(sums.size());
        for (std::size_t j = 0; j < points.rows(); ++j) {
            if (j == i) continue;
            sums[static_cast<std::size_t>(labels[j])] += slow_distance(points.row(i), points.row(j));
            ++sizes[static_cast<std::size_t>(labels[j])];
        }
        const auto own = static_cast<std::size_t>(labels[i]);
        if (sizes[own] == 0) continue;
        double outside = INFINITY;
        for (std::size_t c = 0; c < sums.size(); ++c) {
            if (c != own && sizes[c] > 0) outside = std::min(outside, sums[c] / sizes[c]);
        }
        const double inside = sums[own] / sizes[own];
        total += (outside - inside) / std::max(inside, outside);
    }
    return total / static_cast<double>(points.rows());
}

// scikit-learn's own test of these indices: four squares of ten points.
TEST(ClusterQuality, KnownExamples) {
    Matrix points(40, 2);
    std::vector<int> labels(40);
    const float places[4][2][2] = {{{0, 0}, {1, 1}}, {{3, 3}, {4, 4}}, {{0, 4}, {1, 3}}, {{3, 1}, {4, 0}}};
    for (std::size_t i = 0; i < 40; ++i) {
        labels[i] = static_cast<int>(i / 10);
        points(i, 0) = places[i / 10][i % 2][0];
        points(i, 1) = places[i / 10][i % 2][1];
    }
    EXPECT_NEAR(davies_bouldin(points, labels), 2 * std::sqrt(0.5) / 3, 1e-6);
    EXPECT_NEAR(calinski_harabasz(points, labels), 45.0 * (40 - 4) / (5 * (4 - 1)), 1e-4);

    const Matrix line = points_of({{0}, {1}, {10}, {11}});
    const std::vector<int> pairs = {0, 0, 1, 1};
    EXPECT_NEAR(silhouette(line, pairs), (9.5 / 10.5 + 8.5 / 9.5) / 2, 1e-6);
    EXPECT_NEAR(davies_bouldin(line, pairs), 0.1, 1e-6);
    EXPECT_NEAR(calinski_harabasz(line, pairs), 200, 1e-3);
    const std::vector<int> with_gap = {0, 0, 5, 5};  // clusters 1 to 4 have no rows
    EXPECT_NEAR(silhouette(line, with_gap), silhouette(line, pairs), 1e-12);
    EXPECT_NEAR(davies_bouldin(line, with_gap), 0.1, 1e-6);
}

TEST(ClusterQuality, OneClusterHasNoQuality) {
    const Matrix points = blobs_of(1, 20, 4, 1, 1);
    const std::vector<int> labels(20, 0);
    EXPECT_EQ(silhouette(points, labels), 0);
    EXPECT_EQ(davies_bouldin(points, labels), 0);
    EXPECT_EQ(calinski_harabasz(points, labels), 0);
}

TEST(Silhouette, OfASampleIsNearThatOfAll) {
    const Matrix points = blobs_of(4, 250, 8, 0.5, 9);
    std::vector<int> labels(points.rows());
    for (std::size_t i = 0; i < labels.size(); ++i)
        labels[i] = static_cast<int>(i % 4);
    const double all = silhouette(points, labels, {.max_rows = 0});
    EXPECT_NEAR(silhouette(points, labels, {.max_rows = 300}), all, 0.03);
    EXPECT_GT(all, 0.1);  // the sample is compared with something that is not chance
}

TEST(Silhouette, AgreesWithItsDefinitionOnAnyNumberOfThreads) {
    const Matrix points = blobs_of(7, 30, 11, 0.8, 6);
    std::vector<int> labels(points.rows());
    for (std::size_t i = 0; i < labels.size(); ++i)
        labels[i] = static_cast<int>(i % 7 < 2 ? 0 : i % 7);  // label 1 has no rows
    labels[5] = 7;                                            // alone
    const double expected = slow_silhouette(points, labels, 8);
    EXPECT_GT(expected, 0.1);
    const double one = silhouette(points, labels);
    EXPECT_NEAR(one, expected, 1e-6);
    EXPECT_EQ(silhouette(points, labels, {.threads = 3}), one);
}

// Squares of numbers that far from 0 have no digits left for what sets the rows apart.
TEST(Silhouette, TakesTightClustersFarAway) {
    const Matrix line = points_of({{10000}, {10001}, {10010}, {10011}});
    EXPECT_NEAR(silhouette(line, std::vector<int>{0, 0, 1, 1}), (9.5 / 10.5 + 8.5 / 9.5) / 2, 1e-6);
}

TEST(ClusterQuality, CountsNoiseAsAClusterMore) {
    const Matrix points = blobs_of(3, 20, 4, 0.5, 2);
    std::vector<int> labels(points.rows());
    std::vector<int> with_noise(points.rows());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        labels[i] = static_cast<int>(i % 3);
        with_noise[i] = labels[i] - 1;
    }
    EXPECT_NEAR(silhouette(points, with_noise), silhouette(points, labels), 1e-12);
    EXPECT_NEAR(davies_bouldin(points, with_noise), davies_bouldin(points, labels), 1e-12);
    EXPECT_NEAR(calinski_harabasz(points, with_noise), calinski_harabasz(points, labels), 1e-9);
    EXPECT_EQ(silhouette(points, std::vector<int>(points.rows(), -1)), 0);
}

TEST(Silhouette, StopsWhenCancelled) {
    const std::vector<int> labels = {0, 0, 1, 1};
    EXPECT_THROW(silhouette(Matrix(4, 2), labels, {.cancel = cancelled_token()}), Error);
}

}  // namespace
}  // namespace audiomuse::numeric
