#include "audiomuse/numeric/gmm.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "audiomuse/base/error.h"
#include "points_testing.h"

namespace audiomuse::numeric {
namespace {

Matrix column_of(std::initializer_list<float> values) {
    Matrix matrix(values.size(), 1);
    std::copy(values.begin(), values.end(), matrix.data());
    return matrix;
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
    const Matrix points = blobs_of(3, 40, 3, 0.8, 4);  // they overlap
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
    const Matrix points = blobs_of(6, 30, 5, 1.2, 8);
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
    const Matrix points = blobs_of(4, 300, 17, 1.5, 2);
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
    const Matrix points = blobs_of(9, 20, 6, 0.7, 3);
    const double one = fit_gmm(points, {.components = 9, .n_init = 1}).log_likelihood;
    EXPECT_GE(fit_gmm(points, {.components = 9, .n_init = 6}).log_likelihood, one);
}

TEST(Gmm, BicFindsTheNumberOfBlobs) {
    for (const std::size_t blobs : {1U, 2U, 4U}) {
        const Matrix points = blobs_of(blobs, 50, 4, 0.1, 20 + blobs);
        EXPECT_EQ(fit_gmm_by_bic(points, 6, {.variance_floor = 1e-4}).mixture.components(), blobs);
    }
}

// In 200 dimensions with a tiny floor, five points are best explained by five points.
TEST(Gmm, AVarianceFloorKeepsComponentsFromSinglePoints) {
    const Matrix points = blobs_of(1, 5, 200, 0.05, 6);
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

constexpr std::array kCovariances = {Covariance::diagonal, Covariance::spherical, Covariance::full, Covariance::tied};

/// The covariance matrix of component k, whatever the mixture's kind.
Eigen::MatrixXd matrix_of(const GaussianMixture& mixture, std::size_t k) {
    const auto columns = static_cast<Eigen::Index>(mixture.means.columns());
    Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(columns, columns);
    for (Eigen::Index i = 0; i < columns; ++i) {
        for (Eigen::Index j = 0; j < columns; ++j) {
            const auto row = static_cast<std::size_t>(i);
            const auto column = static_cast<std::size_t>(j);
            switch (mixture.covariance) {
                case Covariance::diagonal:
                    if (i == j) matrix(i, j) = mixture.variances(k, row);
                    break;
                case Covariance::spherical:
                    if (i == j) matrix(i, j) = mixture.variances(k, 0);
                    break;
                case Covariance::full:
                    matrix(i, j) = mixture.matrices[k](row, column);
                    break;
                case Covariance::tied:
                    matrix(i, j) = mixture.matrices[0](row, column);
                    break;
            }
        }
    }
    return matrix;
}

Eigen::VectorXd vector_of(std::span<const float> values) {
    Eigen::VectorXd vector(static_cast<Eigen::Index>(values.size()));
    for (std::size_t j = 0; j < values.size(); ++j)
        vector(static_cast<Eigen::Index>(j)) = static_cast<double>(values[j]);
    return vector;
}

Eigen::VectorXd mean_of(const GaussianMixture& mixture, std::size_t k) {
    return Eigen::Map<const Eigen::VectorXd>(mixture.means.row(k).data(),
                                             static_cast<Eigen::Index>(mixture.means.columns()));
}

/// The textbook's density, with an inverse and a determinant.
double density_by_matrix(const GaussianMixture& mixture, std::size_t k, std::span<const float> point) {
    const Eigen::MatrixXd matrix = matrix_of(mixture, k);
    const Eigen::VectorXd apart = vector_of(point) - mean_of(mixture, k);
    const double exponent = apart.dot(matrix.inverse() * apart);
    return mixture.weights[k] * std::exp(-0.5 * exponent) / std::sqrt((2 * std::numbers::pi * matrix).determinant());
}

TEST(Gmm, OneComponentHasTheCovarianceOfTheSample) {
    const Matrix points = points_of({{0, 0}, {2, 1}, {4, 5}});  // covariances 8/3, 10/3 and 14/3
    const auto fitted = [&](Covariance covariance) {
        return fit_gmm(points, {.components = 1, .covariance = covariance, .variance_floor = 0.5}).mixture;
    };
    EXPECT_NEAR(fitted(Covariance::spherical).variances(0, 0), (8.0 / 3 + 14.0 / 3) / 2, 1e-12);
    EXPECT_NEAR(fitted(Covariance::diagonal).variances(0, 1), 14.0 / 3, 1e-12);
    for (const Covariance covariance : {Covariance::full, Covariance::tied}) {
        const MatrixD matrix = fitted(covariance).matrices.at(0);
        EXPECT_NEAR(matrix(0, 0), 8.0 / 3 + 0.5, 1e-12);
        EXPECT_NEAR(matrix(0, 1), 10.0 / 3, 1e-12);
        EXPECT_NEAR(matrix(1, 0), 10.0 / 3, 1e-12);
        EXPECT_NEAR(matrix(1, 1), 14.0 / 3 + 0.5, 1e-12);
    }
}

TEST(Gmm, CountsWhatAFitIsFreeToChoose) {
    const Matrix points = blobs_of(3, 20, 4, 0.5, 1);
    const auto free_of = [&](Covariance covariance) {
        return fit_gmm(points, {.components = 3, .covariance = covariance}).mixture.free_parameters();
    };
    EXPECT_EQ(free_of(Covariance::spherical), 2U + 12 + 3);
    EXPECT_EQ(free_of(Covariance::diagonal), 2U + 12 + 12);
    EXPECT_EQ(free_of(Covariance::full), 2U + 12 + 30);
    EXPECT_EQ(free_of(Covariance::tied), 2U + 12 + 10);
}

TEST(Gmm, OfEveryKindAgreesWithTheTextbook) {
    for (const Covariance covariance : kCovariances) {
        for (const std::size_t columns : {1U, 3U, 11U}) {
            SCOPED_TRACE(testing::Message() << static_cast<int>(covariance) << ", " << columns);
            const Matrix points = blobs_of(9, 50, columns, 0.7, 4);
            const GmmFit fit = fit_gmm(points, {.components = 9,
                                                .covariance = covariance,
                                                .n_init = 1,
                                                .max_iterations = 400,
                                                .tolerance = 1e-9,
                                                .variance_floor = 1e-5});
            std::vector<double> log_densities;
            const MatrixD parts = responsibilities(fit.mixture, points, 1, &log_densities);
            double log_likelihood = 0;
            for (std::size_t i = 0; i < points.rows(); ++i) {
                std::vector<double> expected(9);
                double sum = 0;
                for (std::size_t k = 0; k < 9; ++k)
                    sum += expected[k] = density_by_matrix(fit.mixture, k, points.row(i));
                ASSERT_NEAR(log_densities[i], std::log(sum), 1e-8);
                log_likelihood += std::log(sum);
                for (std::size_t k = 0; k < 9; ++k)
                    ASSERT_NEAR(parts(i, k), expected[k] / sum, 1e-8);
                const auto most = std::max_element(expected.begin(), expected.end()) - expected.begin();
                ASSERT_EQ(fit.labels[i], most);
            }
            EXPECT_NEAR(fit.log_likelihood, log_likelihood, 1e-6);
        }
    }
}

// Where a fit has settled, matrices are what the responsibilities say.
TEST(Gmm, MatricesAreThoseOfTheMembers) {
    const Matrix points = blobs_of(3, 60, 4, 0.6, 5);
    for (const Covariance covariance : {Covariance::full, Covariance::tied}) {
        const GmmFit fit = fit_gmm(points, {.components = 3,
                                            .covariance = covariance,
                                            .max_iterations = 2000,
                                            .tolerance = 1e-13,
                                            .variance_floor = 1e-4});
        const MatrixD parts = responsibilities(fit.mixture, points);
        Eigen::MatrixXd of_all = Eigen::MatrixXd::Zero(4, 4);
        for (std::size_t k = 0; k < 3; ++k) {
            Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(4, 4);
            double total = 0;
            for (std::size_t i = 0; i < points.rows(); ++i) {
                const Eigen::VectorXd apart = vector_of(points.row(i)) - mean_of(fit.mixture, k);
                sum += parts(i, k) * apart * apart.transpose();
                total += parts(i, k);
            }
            of_all += sum;
            if (covariance == Covariance::tied) continue;
            sum = sum / total + 1e-4 * Eigen::MatrixXd::Identity(4, 4);
            EXPECT_LT((matrix_of(fit.mixture, k) - sum).norm(), 1e-4);
        }
        if (covariance == Covariance::full) continue;
        of_all = of_all / 180 + 1e-4 * Eigen::MatrixXd::Identity(4, 4);
        EXPECT_LT((matrix_of(fit.mixture, 0) - of_all).norm(), 1e-4);
    }
}

// A band from corner to corner, and one across: only matrices can tell them apart.
TEST(Gmm, MatricesFindWhatVariancesCannot) {
    Random random(3);
    Matrix points(400, 2);
    for (std::size_t i = 0; i < points.rows(); ++i) {
        const double along = 3 * random.normal();
        const double across = 0.1 * random.normal();
        points(i, 0) = static_cast<float>(along + across);
        points(i, 1) = static_cast<float>((i % 2 == 0 ? along : -along) + across);
    }
    const auto told_apart = [&](Covariance covariance) {
        const GmmFit fit = fit_gmm(points, {.components = 2, .covariance = covariance, .n_init = 10});
        int right = 0;
        for (std::size_t i = 0; i < points.rows(); ++i)
            right += static_cast<int>(fit.labels[i] == static_cast<int>(i % 2));
        return std::max(right, 400 - right);  // whichever band is the first
    };
    EXPECT_GT(told_apart(Covariance::full), 370);  // where they cross nobody can
    EXPECT_LT(told_apart(Covariance::diagonal), 300);
}

TEST(Gmm, OfEveryKindIsTheSameOnAnyNumberOfThreads) {
    const Matrix points = blobs_of(4, 150, 9, 1, 2);
    for (const Covariance covariance : kCovariances) {
        const GmmFit one = fit_gmm(points, {.components = 5, .covariance = covariance});
        for (const unsigned threads : {2U, 5U}) {
            const GmmFit other = fit_gmm(points, {.components = 5, .covariance = covariance, .threads = threads});
            EXPECT_EQ(one.log_likelihood, other.log_likelihood);
            EXPECT_EQ(one.labels, other.labels);
        }
    }
}

TEST(Gmm, OfEveryKindTakesPointsWithoutExtent) {
    Matrix line(30, 3);  // and all on one line
    for (std::size_t i = 0; i < 30; ++i) {
        const std::size_t place = i / 3;
        for (std::size_t j = 0; j < 3; ++j)
            line(i, j) = static_cast<float>(place * (j + 1));
    }
    for (const Covariance covariance : kCovariances) {
        for (const Matrix& points : {Matrix(30, 3), line}) {
            const GmmFit fit = fit_gmm(points, {.components = 6, .covariance = covariance});
            EXPECT_TRUE(std::isfinite(fit.log_likelihood));
            EXPECT_EQ(fit.labels.size(), 30U);
        }
    }
}

TEST(Gmm, RefusesAMatrixThatIsNone) {
    GaussianMixture mixture{.covariance = Covariance::full, .weights = {1}, .means = MatrixD(1, 2)};
    mixture.matrices.emplace_back(2, 2);
    mixture.matrices[0](0, 0) = 1;
    mixture.matrices[0](1, 1) = -1;
    EXPECT_THROW(responsibilities(mixture, Matrix(1, 2)), Error);
}

TEST(Gmm, StopsWhenCancelled) {
    const Matrix points = blobs_of(2, 30, 3, 1, 2);
    EXPECT_THROW(fit_gmm(points, {.components = 2, .cancel = cancelled_token()}), Error);
}

TEST(Gmm, RefusesTheImpossible) {
    const Matrix points(3, 2);
    EXPECT_THROW(fit_gmm(points, {.components = 4}), Error);
    EXPECT_THROW(fit_gmm(points, {.components = 0}), Error);
    EXPECT_THROW(fit_gmm(points, {.variance_floor = 0}), Error);
}

}  // namespace
}  // namespace audiomuse::numeric
