#include "audiomuse/numeric/pca.h"

#include <gtest/gtest.h>

#include <cmath>

#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"
#include "audiomuse/numeric/distance.h"

namespace audiomuse::numeric {
namespace {

Matrix random_matrix(std::size_t rows, std::size_t columns, std::uint64_t seed) {
    Random random(seed);
    Matrix matrix(rows, columns);
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < columns; ++j) {
            matrix(i, j) = static_cast<float>(random.normal() * static_cast<double>(j + 1) + 3);
        }
    }
    return matrix;
}

TEST(StandardiseColumns, GivesMeanZeroAndDeviationOne) {
    Matrix matrix(4, 3);
    const float first[] = {1, 2, 3, 6};
    for (std::size_t i = 0; i < 4; ++i) {
        matrix(i, 0) = first[i];
        matrix(i, 1) = 0.1F;  // constant
        matrix(i, 2) = -2 * first[i];
    }
    const ColumnScaling scaling = standardise_columns(matrix);
    const double deviation = std::sqrt(14.0 / 4);  // of 1, 2, 3, 6 around 3, divisor 4
    EXPECT_FLOAT_EQ(scaling.mean[0], 3);
    EXPECT_FLOAT_EQ(scaling.deviation[0], static_cast<float>(deviation));
    EXPECT_EQ(scaling.deviation[1], 1);
    EXPECT_NEAR(matrix(3, 0), 3 / deviation, 1e-6);
    EXPECT_NEAR(matrix(0, 1), 0, 1e-6);
    EXPECT_NEAR(matrix(3, 2), -matrix(3, 0), 1e-6);
}

// Points on the line y = 2x: one direction holds all variance.
TEST(Pca, KnownExample) {
    Matrix line(3, 2);
    for (std::size_t i = 0; i < 3; ++i) {
        line(i, 0) = static_cast<float>(i);
        line(i, 1) = 2 * static_cast<float>(i);
    }
    const Pca pca = fit_pca(line);
    EXPECT_NEAR(pca.components(0, 0), 1 / std::sqrt(5.0), 1e-6);
    EXPECT_NEAR(pca.components(0, 1), 2 / std::sqrt(5.0), 1e-6);
    EXPECT_NEAR(pca.explained_variance[0], 5, 1e-6);  // 1 + 4, divisor 2 of a sum of 10
    EXPECT_NEAR(pca.explained_variance[1], 0, 1e-6);
    const Matrix projected = project(pca, line, 2);
    EXPECT_NEAR(projected(0, 0), -std::sqrt(5.0), 1e-5);
    EXPECT_NEAR(projected(1, 0), 0, 1e-5);
}

TEST(Pca, KeepsDistancesWhenNoComponentIsDropped) {
    const Matrix matrix = random_matrix(300, 12, 1);
    const Matrix projected = project(fit_pca(matrix), matrix);
    ASSERT_EQ(projected.columns(), 12U);
    for (std::size_t i = 1; i < 20; ++i) {
        const double original = squared_l2(matrix.row(0), matrix.row(i));
        EXPECT_NEAR(squared_l2(projected.row(0), projected.row(i)), original, 1e-4 * original);
    }
}

TEST(Pca, ComponentsAreUncorrelatedAndSortedByVariance) {
    const Matrix matrix = random_matrix(600, 10, 2);  // more than one block of rows
    const Pca pca = fit_pca(matrix, 4);
    const Matrix projected = project(pca, matrix);
    ASSERT_EQ(projected.columns(), 4U);
    for (std::size_t a = 0; a < 4; ++a) {
        for (std::size_t b = 0; b <= a; ++b) {
            double covariance = 0;
            for (std::size_t i = 0; i < projected.rows(); ++i) {
                covariance += static_cast<double>(projected(i, a)) * static_cast<double>(projected(i, b));
            }
            covariance /= static_cast<double>(projected.rows() - 1);
            EXPECT_NEAR(covariance, a == b ? pca.explained_variance[a] : 0, 1e-3 * pca.explained_variance[0]);
        }
        EXPECT_GE(pca.explained_variance[a == 0 ? 0 : a - 1], pca.explained_variance[a]);
    }
}

TEST(Pca, HasNoMoreComponentsThanTheDataHasDirections) {
    EXPECT_EQ(fit_pca(random_matrix(5, 30, 3)).components.rows(), 4U);
    EXPECT_EQ(fit_pca(random_matrix(5, 30, 3), 2).components.rows(), 2U);
    EXPECT_THROW(fit_pca(random_matrix(1, 3, 4)), Error);
}

}  // namespace
}  // namespace audiomuse::numeric
