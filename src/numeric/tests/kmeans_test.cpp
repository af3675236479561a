#include "audiomuse/numeric/kmeans.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "audiomuse/base/error.h"
#include "points_testing.h"

namespace audiomuse::numeric {
namespace {

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

TEST(KMeans, InBatchesIsNearlyAsGood) {
    const Matrix points = blobs_of(20, 200, 15, 0.6, 4);
    const double whole = kmeans(points, {.clusters = 20, .n_init = 3}).inertia;
    const KMeansResult batches = kmeans(points, {.clusters = 20, .n_init = 3, .batch_rows = 256});
    EXPECT_GE(batches.inertia, whole * 0.999);
    EXPECT_LE(batches.inertia, whole * 1.1);
    EXPECT_EQ(std::set<int>(batches.labels.begin(), batches.labels.end()).size(), 20U);
    const Assignment own = assign(points, batches.centres);
    EXPECT_EQ(own.labels, batches.labels);
}

TEST(KMeans, InBatchesIsTheSameOnAnyNumberOfThreads) {
    const Matrix points = blobs_of(5, 300, 9, 1, 2);
    const KMeansParams params = {.clusters = 7, .n_init = 2, .batch_rows = 200, .seed = 5};
    const KMeansResult one = kmeans(points, params);
    for (const unsigned threads : {2U, 6U}) {
        KMeansParams more = params;
        more.threads = threads;
        EXPECT_EQ(kmeans(points, more).labels, one.labels);
    }
    KMeansParams other = params;
    other.seed = 6;
    other.max_iterations = 1;
    EXPECT_NE(kmeans(points, other).labels, one.labels);
}

TEST(KMeans, ABatchOfAllRowsIsNoBatch) {
    const Matrix points = blobs_of(5, 30, 9, 1, 2);
    EXPECT_EQ(kmeans(points, {.clusters = 7, .batch_rows = 150}).labels, kmeans(points, {.clusters = 7}).labels);
}

TEST(KMeans, StopsWhenCancelled) {
    const Matrix points = blobs_of(2, 30, 3, 1, 2);
    EXPECT_THROW(kmeans(points, {.clusters = 4, .cancel = cancelled_token()}), Error);
    EXPECT_THROW(kmeans(points, {.clusters = 4, .batch_rows = 20, .cancel = cancelled_token()}), Error);
}

TEST(MemberMeans, LeaveOutNoise) {
    const Matrix points = points_of({{1, 2}, {3, 4}, {100, 100}, {7, 7}});
    const Matrix means = member_means(points, std::vector<int>{0, 0, -1, 2});
    ASSERT_EQ(means.rows(), 3U);
    EXPECT_EQ(means(0, 0), 2);
    EXPECT_EQ(means(0, 1), 3);
    EXPECT_EQ(means(1, 0), 0);  // nobody's
    EXPECT_EQ(means(2, 1), 7);
    EXPECT_EQ(member_means(points, std::vector<int>(4, -1)).rows(), 0U);
}

}  // namespace
}  // namespace audiomuse::numeric
