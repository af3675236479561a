#include "audiomuse/numeric/spectral.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <numbers>
#include <set>

#include "audiomuse/base/error.h"
#include "audiomuse/numeric/neighbours.h"
#include "points_testing.h"

namespace audiomuse::numeric {
namespace {

/// Row i is on ring i % rings, whose radius is 1 for the first, 2 for the second ...
Matrix rings_of(std::size_t rings, std::size_t per_ring) {
    Matrix points(rings * per_ring, 2);
    for (std::size_t i = 0; i < points.rows(); ++i) {
        const std::size_t place = i / rings;
        const double angle = 2 * std::numbers::pi * static_cast<double>(place) / static_cast<double>(per_ring);
        const auto radius = static_cast<double>(1 + i % rings);
        points(i, 0) = static_cast<float>(radius * std::cos(angle));
        points(i, 1) = static_cast<float>(radius * std::sin(angle));
    }
    return points;
}

/// Each of the first `groups` rows has a label of its own, and all rows that of the one `groups` before.
void expect_groups(const std::vector<int>& labels, std::size_t groups) {
    for (std::size_t i = groups; i < labels.size(); ++i)
        ASSERT_EQ(labels[i], labels[i - groups]) << i;
    EXPECT_EQ(std::set<int>(labels.begin(), labels.end()).size(), groups);
}

/// 1 - the normalised Laplacian, from its definition.
Eigen::MatrixXd affinity_of(const Matrix& points, std::size_t neighbours, Eigen::VectorXd& degrees) {
    const auto n = static_cast<Eigen::Index>(points.rows());
    Eigen::MatrixXd weights = Eigen::MatrixXd::Zero(n, n);
    const Neighbours near = exact_neighbours(points, neighbours - 1);
    for (std::size_t e = 0; e < near.ids.size(); ++e) {
        const auto from = static_cast<Eigen::Index>(e / near.k);
        weights(from, near.ids[e]) += 0.5;
        weights(near.ids[e], from) += 0.5;
    }
    degrees = weights.rowwise().sum();
    return degrees.cwiseSqrt().cwiseInverse().asDiagonal() * weights * degrees.cwiseSqrt().cwiseInverse().asDiagonal();
}

/// Of a result's embedding, as unit eigenvectors.
Eigen::MatrixXd vectors_of(const SpectralResult& result, const Eigen::VectorXd& degrees) {
    Eigen::MatrixXd vectors(result.embedding.rows(), result.embedding.columns());
    for (std::size_t i = 0; i < result.embedding.rows(); ++i) {
        for (std::size_t c = 0; c < result.embedding.columns(); ++c) {
            const auto row = static_cast<Eigen::Index>(i);
            vectors(row, static_cast<Eigen::Index>(c)) =
                static_cast<double>(result.embedding(i, c)) * std::sqrt(degrees(row));
        }
    }
    return vectors;
}

TEST(Spectral, FindsRingsInsideRings) {
    const Matrix points = rings_of(3, 150);
    const SpectralResult result = spectral(points, {.clusters = 3, .neighbours = 6});
    expect_groups(result.labels, 3);
    for (std::size_t c = 0; c < 3; ++c)
        EXPECT_LT(std::hypot(result.centres(c, 0), result.centres(c, 1)), 0.5F);
}

TEST(Spectral, FindsBlobsThatAreConnected) {
    const Matrix points = blobs_of(4, 60, 10, 0.3, 2);
    expect_groups(spectral(points, {.clusters = 4, .neighbours = 80}).labels, 4);
}

TEST(Spectral, EmbedsByTheLowestEigenvectorsOfTheLaplacian) {
    constexpr std::size_t kClusters = 5;
    // One connected part; a few of them; and more of them than clusters.
    for (const std::size_t neighbours : {12U, 5U, 2U}) {
        SCOPED_TRACE(neighbours);
        const Matrix points = blobs_of(4, 30, 3, 0.25, 7);
        Eigen::VectorXd degrees;
        const Eigen::MatrixXd affinity = affinity_of(points, neighbours, degrees);
        const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> all(affinity);
        const SpectralResult result = spectral(points, {.clusters = kClusters, .neighbours = neighbours});
        const Eigen::MatrixXd vectors = vectors_of(result, degrees);
        // Orthonormal, and as stretched by the matrix as the vectors of the largest eigenvalues are.
        EXPECT_LT((vectors.transpose() * vectors - Eigen::MatrixXd::Identity(kClusters, kClusters)).norm(), 1e-4);
        const double stretched = (vectors.transpose() * affinity * vectors).trace();
        EXPECT_NEAR(stretched, all.eigenvalues().tail(kClusters).sum(), 1e-4);
    }
}

TEST(Spectral, TellsManyPartsApart) {
    // 20 groups of 10 rows far from each other are 20 parts.
    const Matrix points = blobs_of(20, 10, 4, 1e-3, 5);
    expect_groups(spectral(points, {.clusters = 20, .neighbours = 5}).labels, 20);
    const SpectralResult fewer = spectral(points, {.clusters = 6, .neighbours = 5});
    EXPECT_EQ(std::set<int>(fewer.labels.begin(), fewer.labels.end()).size(), 6U);
    for (std::size_t i = 20; i < points.rows(); ++i)
        ASSERT_EQ(fewer.labels[i], fewer.labels[i - 20]);  // no part is torn
    const SpectralResult more = spectral(points, {.clusters = 23, .neighbours = 5});
    EXPECT_EQ(std::set<int>(more.labels.begin(), more.labels.end()).size(), 23U);
}

TEST(Spectral, SameSeedSameResultOnAnyNumberOfThreads) {
    const Matrix points = blobs_of(5, 200, 8, 1, 4);
    const SpectralResult one = spectral(points, {.clusters = 12, .seed = 3});
    for (const unsigned threads : {2U, 5U}) {
        const SpectralResult other = spectral(points, {.clusters = 12, .seed = 3, .threads = threads});
        EXPECT_EQ(one.labels, other.labels);
        EXPECT_TRUE(
            std::equal(one.embedding.data(), one.embedding.data() + 12 * points.rows(), other.embedding.data()));
    }
}

TEST(Spectral, TakesRowsThatAreAllTheSame) {
    const SpectralResult result = spectral(Matrix(50, 3), {.clusters = 4});
    EXPECT_EQ(result.labels.size(), 50U);
    // And hardly more rows than clusters.
    EXPECT_EQ(spectral(blobs_of(1, 5, 3, 1, 1), {.clusters = 4}).labels.size(), 5U);
}

TEST(Spectral, RefusesTheImpossibleAndStopsWhenCancelled) {
    const Matrix points(6, 2);
    EXPECT_THROW(spectral(points, {.clusters = 6}), Error);
    EXPECT_THROW(spectral(points, {.clusters = 1}), Error);
    EXPECT_THROW(spectral(points, {.clusters = 2, .neighbours = 1}), Error);
    EXPECT_THROW(spectral(points, {.clusters = 2, .cancel = cancelled_token()}), Error);
}

}  // namespace
}  // namespace audiomuse::numeric
