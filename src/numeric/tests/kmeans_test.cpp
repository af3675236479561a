#include "audiomuse/numeric/kmeans.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"
#include "audiomuse/numeric/cluster_quality.h"

namespace audiomuse::numeric {
namespace {

Matrix points_of(std::initializer_list<std::initializer_list<float>> rows) {
    Matrix matrix(rows.size(), rows.begin()->size());
    std::size_t i = 0;
    for (const auto& row : rows)
        std::copy(row.begin(), row.end(), matrix.row(i++).begin());
    return matrix;
}

/// `per_blob` points around each of `blobs` random centres.
Matrix blobs_of(std::size_t blobs, std::size_t per_blob, std::size_t columns, double spread, std::uint64_t seed) {
    Random random(seed);
    Matrix centres(blobs, columns);
    for (std::size_t b = 0; b < blobs; ++b) {
        for (float& value : centres.row(b))
            value = static_cast<float>(random.normal());
    }
    Matrix points(blobs * per_blob, columns);
    for (std::size_t i = 0; i < points.rows(); ++i) {
        for (std::size_t j = 0; j < columns; ++j) {
            points(i, j) = centres(i % blobs, j) + static_cast<float>(spread * random.normal());
        }
    }
    return points;
}

TEST(Assign, FindsTheNearestCentreOfEveryPoint) {
    const Matrix points = blobs_of(7, 100, 19, 1.0, 5);
    const Matrix centres = blobs_of(1, 11, 19, 1.0, 6);
    for (const unsigned threads : {1U, 3U}) {
        const Assignment assignment = assign(points, centres, threads);
        for (std::size_t i = 0; i < points.rows(); ++i) {
            double nearest = std::numeric_limits<double>::infinity();
            for (std::size_t c = 0; c < centres.rows(); ++c) {
                double squares = 0;
                for (std::size_t j = 0; j < 19; ++j)
                    squares += std::pow(points(i, j) - centres(c, j), 2);
                nearest = std::min(nearest, squares);
            }
            ASSERT_NEAR(assignment.squared_distances[i], nearest, 1e-3);
        }
    }
}

// scikit-learn's documentation of KMeans: two columns of three points.
TEST(KMeans, KnownExample) {
    const Matrix points = points_of({{1, 2}, {1, 4}, {1, 0}, {10, 2}, {10, 4}, {10, 0}});
    const KMeansResult result = kmeans(points, {.clusters = 2});
    EXPECT_DOUBLE_EQ(result.inertia, 16);
    const std::size_t left = result.centres(0, 0) < 5 ? 0 : 1;
    EXPECT_FLOAT_EQ(result.centres(left, 0), 1);
    EXPECT_FLOAT_EQ(result.centres(left, 1), 2);
    EXPECT_FLOAT_EQ(result.centres(1 - left, 0), 10);
    EXPECT_EQ(result.labels[0], result.labels[2]);
    EXPECT_NE(result.labels[0], result.labels[3]);
}

TEST(KMeans, SeparatesBlobs) {
    constexpr std::size_t kBlobs = 12;
    const Matrix points = blobs_of(kBlobs, 40, 50, 0.2, 1);
    const KMeansResult result = kmeans(points, {.clusters = kBlobs, .n_init = 3});
    for (std::size_t i = kBlobs; i < points.rows(); ++i)
        ASSERT_EQ(result.labels[i], result.labels[i % kBlobs]);
    EXPECT_EQ(std::set<int>(result.labels.begin(), result.labels.end()).size(), kBlobs);
}

TEST(KMeans, SameSeedSameResultOnAnyNumberOfThreads) {
    const Matrix points = blobs_of(5, 500, 20, 1.5, 2);
    const KMeansResult one = kmeans(points, {.clusters = 9, .n_init = 2, .seed = 7, .threads = 1});
    const KMeansResult four = kmeans(points, {.clusters = 9, .n_init = 2, .seed = 7, .threads = 4});
    EXPECT_EQ(one.labels, four.labels);
    EXPECT_EQ(one.inertia, four.inertia);
    const KMeansResult other = kmeans(points, {.clusters = 9, .n_init = 1, .max_iterations = 1, .seed = 8});
    EXPECT_NE(one.labels, other.labels);
}

TEST(KMeans, MoreRestartsAreNeverWorse) {
    const Matrix points = blobs_of(20, 30, 10, 0.6, 3);
    const double one = kmeans(points, {.clusters = 20, .n_init = 1}).inertia;
    const double ten = kmeans(points, {.clusters = 20, .n_init = 10}).inertia;
    EXPECT_LE(ten, one);
}

TEST(KMeans, NoClusterStaysEmptyWhileThereAreDistinctPoints) {
    // 3 distinct places; one of them holds nearly all points.
    Matrix points(40, 2);
    points(38, 0) = 5;
    points(39, 1) = 5;
    const KMeansResult result = kmeans(points, {.clusters = 3});
    EXPECT_EQ(std::set<int>(result.labels.begin(), result.labels.end()).size(), 3U);
    EXPECT_DOUBLE_EQ(result.inertia, 0);
}

TEST(KMeans, SurvivesMoreClustersThanDistinctPoints) {
    const Matrix points(10, 3);  // all the same
    const KMeansResult result = kmeans(points, {.clusters = 4});
    EXPECT_EQ(result.labels.size(), 10U);
    EXPECT_DOUBLE_EQ(result.inertia, 0);
}

TEST(KMeans, RefusesAnImpossibleNumberOfClusters) {
    const Matrix points(3, 2);
    EXPECT_THROW(kmeans(points, {.clusters = 4}), Error);
    EXPECT_THROW(kmeans(points, {.clusters = 0}), Error);
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

}  // namespace
}  // namespace audiomuse::numeric
