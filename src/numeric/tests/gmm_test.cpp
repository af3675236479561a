#include "audiomuse/numeric/gmm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"

namespace audiomuse::numeric {
namespace {

Matrix column_of(std::initializer_list<float> values) {
    Matrix matrix(values.size(), 1);
    std::copy(values.begin(), values.end(), matrix.data());
    return matrix;
}

/// `per_blob` points around each of `blobs` random centres, one blob after the other.
Matrix mixture_of(std::size_t blobs, std::size_t per_blob, std::size_t columns, double spread, std::uint64_t seed) {
    Random random(seed);
    Matrix points(blobs * per_blob, columns);
    for (std::size_t b = 0; b < blobs; ++b) {
        std::vector<double> centre(columns);
        for (double& value : centre)
            value = random.normal();
        for (std::size_t i = 0; i < per_blob; ++i) {
            for (std::size_t j = 0; j < columns; ++j)
                points(b * per_blob + i, j) = static_cast<float>(centre[j] + spread * random.normal());
        }
    }
    return points;
}

/// As the textbook has it: products of densities, no logarithms.
double plain_density(const GaussianMixture& mixture, std::size_t k, std::span<const float> point) {
    double density = mixture.weights[k];
    for (std::size_t j = 0; j < point.size(); ++j) {
        const double variance = mixture.variances(k, j);
        const double difference = static_cast<double>(point[j]) - mixture.means(k, j);
        density *= std::exp(-difference * difference / (2 * variance)) / std::sqrt(2 * std::numbers::pi * variance);
    }
    return density;
}

// One component is the mean and the variance: of 1, 2, 3, 6 these are 3 and 3.5.
TEST(Gmm, OneComponentIsTheSampleItself) {
    const GmmFit fit = fit_gmm(column_of({1, 2, 3, 6}), {.components = 1});
    EXPECT_DOUBLE_EQ(fit.mixture.weights[0], 1);
    EXPECT_DOUBLE_EQ(fit.mixture.means(0, 0), 3);
    EXPECT_DOUBLE_EQ(fit.mixture.variances(0, 0), 3.5);
    EXPECT_TRUE(fit.converged);
    const double log_likelihood = -0.5 * 4 * (std::log(2 * std::numbers::pi * 3.5) + 1);
    EXPECT_NEAR(fit.log_likelihood, log_likelihood, 1e-9);
    EXPECT_NEAR(bic(fit, 4), 2 * std::log(4.0) - 2 * log_likelihood, 1e-9);  // a mean and a variance
}

// Far apart, every point belongs to one component: two samples, {0, 2} and {100, 101, 105}.
TEST(Gmm, ComponentsFarApartAreSamplesOfTheirOwn) {
    GmmFit fit = fit_gmm(column_of({0, 100, 2, 101, 105}), {.components = 2, .tolerance = 1e-12});
    const std::size_t low = fit.mixture.means(0, 0) < 50 ? 0 : 1;
    EXPECT_NEAR(fit.mixture.weights[low], 0.4, 1e-9);
    EXPECT_NEAR(fit.mixture.means(low, 0), 1, 1e-9);
    EXPECT_NEAR(fit.mixture.variances(low, 0), 1, 1e-9);
    EXPECT_NEAR(fit.mixture.means(1 - low, 0), 102, 1e-9);
    EXPECT_NEAR(fit.mixture.variances(1 - low, 0), 14.0 / 3, 1e-9);
    EXPECT_EQ(fit.mixture.free_parameters(), 5U);
}

TEST(Gmm, AgreesWithTheTextbook) {
    const Matrix points = mixture_of(3, 40, 3, 0.8, 4);  // they overlap
    const GmmFit fit = fit_gmm(points, {.components = 3, .tolerance = 1e-12, .variance_floor = 1e-3});
    ASSERT_TRUE(fit.converged);
    const MatrixD parts = responsibilities(fit.mixture, points);
    double log_likelihood = 0;
    MatrixD expected(points.rows(), 3);
    for (std::size_t i = 0; i < points.rows(); ++i) {
        double sum = 0;
        for (std::size_t k = 0; k < 3; ++k)
            sum += expected(i, k) = plain_density(fit.mixture, k, points.row(i));
        log_likelihood += std::log(sum);
        for (std::size_t k = 0; k < 3; ++k) {
            expected(i, k) /= sum;
            EXPECT_NEAR(parts(i, k), expected(i, k), 1e-12);
        }
    }
    EXPECT_NEAR(fit.log_likelihood, log_likelihood, 1e-9);
    // Where it has settled, the parameters are what the responsibilities say.
    for (std::size_t k = 0; k < 3; ++k) {
        double total = 0;
        double mean = 0;
        double square = 0;
        for (std::size_t i = 0; i < points.rows(); ++i) {
            total += expected(i, k);
            mean += expected(i, k) * static_cast<double>(points(i, 1));
            square += expected(i, k) * static_cast<double>(points(i, 1)) * static_cast<double>(points(i, 1));
        }
        mean /= total;
        EXPECT_NEAR(fit.mixture.weights[k], total / 120, 1e-4);
        EXPECT_NEAR(fit.mixture.means(k, 1), mean, 1e-4);
        EXPECT_NEAR(fit.mixture.variances(k, 1), square / total - mean * mean, 1e-4);
    }
}

TEST(Gmm, EveryIterationGainsLikelihood) {
    const Matrix points = mixture_of(6, 30, 5, 1.2, 8);
    double before = -1e300;
    for (int iterations = 0; iterations < 12; ++iterations) {
        const GmmFit fit =
            fit_gmm(points, {.components = 5, .n_init = 1, .max_iterations = iterations, .tolerance = 0, .seed = 3});
        EXPECT_GE(fit.log_likelihood, before - 1e-9) << iterations;
        before = fit.log_likelihood;
    }
}

TEST(Gmm, DensitiesTooSmallForADoubleAreFine) {
    // exp(-0.5 * 200 * 50^2) is far below the smallest double.
    Matrix points(4, 200);
    for (std::size_t j = 0; j < 200; ++j) {
        points(2, j) = 50;
        points(3, j) = 51;
    }
    const GmmFit fit = fit_gmm(points, {.components = 2, .variance_floor = 1});
    std::vector<double> log_densities;
    Matrix between(1, 200);
    std::fill(between.row(0).begin(), between.row(0).end(), 20.0F);
    const MatrixD parts = responsibilities(fit.mixture, between, 1, &log_densities);
    EXPECT_TRUE(std::isfinite(log_densities[0]));
    EXPECT_NEAR(parts(0, 0) + parts(0, 1), 1, 1e-12);
}

TEST(Gmm, SameSeedSameResultOnAnyNumberOfThreads) {
    const Matrix points = mixture_of(4, 300, 17, 1.5, 2);
    const GmmFit one = fit_gmm(points, {.components = 5, .seed = 9, .threads = 1});
    for (const unsigned threads : {2U, 5U}) {
        const GmmFit other = fit_gmm(points, {.components = 5, .seed = 9, .threads = threads});
        EXPECT_EQ(one.log_likelihood, other.log_likelihood);
        EXPECT_EQ(one.mixture.weights, other.mixture.weights);
        EXPECT_TRUE(
            std::equal(one.mixture.means.data(), one.mixture.means.data() + 5 * 17, other.mixture.means.data()));
        EXPECT_TRUE(std::equal(one.mixture.variances.data(), one.mixture.variances.data() + 5 * 17,
                               other.mixture.variances.data()));
    }
}

TEST(Gmm, MoreStartsAreNeverWorse) {
    const Matrix points = mixture_of(9, 20, 6, 0.7, 3);
    const double one = fit_gmm(points, {.components = 9, .n_init = 1}).log_likelihood;
    EXPECT_GE(fit_gmm(points, {.components = 9, .n_init = 6}).log_likelihood, one);
}

TEST(Gmm, BicFindsTheNumberOfBlobs) {
    for (const std::size_t blobs : {1U, 2U, 4U}) {
        const Matrix points = mixture_of(blobs, 50, 4, 0.1, 20 + blobs);
        EXPECT_EQ(fit_gmm_by_bic(points, 6, {.variance_floor = 1e-4}).mixture.components(), blobs);
    }
}

// In 200 dimensions with a tiny floor, five points are best explained by five points.
TEST(Gmm, AVarianceFloorKeepsComponentsFromSinglePoints) {
    const Matrix points = mixture_of(1, 5, 200, 0.05, 6);
    EXPECT_EQ(fit_gmm_by_bic(points, 5, {.variance_floor = 1e-6}).mixture.components(), 5U);
    EXPECT_EQ(fit_gmm_by_bic(points, 5, {.variance_floor = 0.05 * 0.05}).mixture.components(), 1U);
}

TEST(Gmm, SurvivesMoreComponentsThanDistinctPoints) {
    const Matrix points(10, 3);  // all the same
    const GmmFit fit = fit_gmm(points, {.components = 4});
    EXPECT_TRUE(std::isfinite(fit.log_likelihood));
    double sum = 0;
    for (const double weight : fit.mixture.weights)
        sum += weight;
    EXPECT_NEAR(sum, 1, 1e-12);
}

TEST(Gmm, RefusesTheImpossible) {
    const Matrix points(3, 2);
    EXPECT_THROW(fit_gmm(points, {.components = 4}), Error);
    EXPECT_THROW(fit_gmm(points, {.components = 0}), Error);
    EXPECT_THROW(fit_gmm(points, {.variance_floor = 0}), Error);
}

}  // namespace
}  // namespace audiomuse::numeric
