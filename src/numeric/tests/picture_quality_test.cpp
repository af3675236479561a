#include "audiomuse/numeric/picture_quality.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"

namespace audiomuse::numeric {
namespace {

Matrix random_rows(std::size_t rows, std::size_t columns, std::uint64_t seed) {
    Random random(seed);
    Matrix matrix(rows, columns);
    std::generate_n(matrix.data(), rows * columns, [&] { return static_cast<float>(random.normal()); });
    return matrix;
}

/// By the definition, with whole rankings.
double slow_trustworthiness(const Matrix& rows, const Matrix& picture, std::size_t k) {
    const std::size_t n = rows.rows();
    const auto ranking = [n](const Matrix& points, std::size_t i) {
        std::vector<std::pair<double, std::size_t>> others;
        for (std::size_t j = 0; j < n; ++j) {
            if (j == i) continue;
            double sum = 0;
            for (std::size_t c = 0; c < points.columns(); ++c)
                sum += std::pow(static_cast<double>(points(i, c)) - static_cast<double>(points(j, c)), 2);
            others.emplace_back(sum, j);
        }
        std::sort(others.begin(), others.end());
        return others;
    };
    double cost = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const auto near = ranking(picture, i);
        const auto truly = ranking(rows, i);
        for (std::size_t m = 0; m < k; ++m) {
            std::size_t rank = 0;
            while (truly[rank].second != near[m].second)
                ++rank;
            if (rank + 1 > k) cost += static_cast<double>(rank + 1 - k);
        }
    }
    return 1 - 2 * cost / static_cast<double>(n * k * (2 * n - 3 * k - 1));
}

TEST(Trustworthiness, IsOneForThePointsThemselves) {
    const Matrix rows = random_rows(100, 2, 1);
    EXPECT_DOUBLE_EQ(trustworthiness(rows, rows), 1);
}

TEST(Trustworthiness, FollowsItsDefinition) {
    const Matrix rows = random_rows(120, 6, 2);
    const Matrix picture = random_rows(120, 2, 3);
    for (const std::size_t k : {1U, 5U, 15U}) {
        const double expected = slow_trustworthiness(rows, picture, k);
        EXPECT_NEAR(trustworthiness(rows, picture, {.neighbours = k}), expected, 1e-9);
        EXPECT_NEAR(trustworthiness(rows, picture, {.neighbours = k, .threads = 3}), expected, 1e-9);
    }
    EXPECT_NEAR(trustworthiness(rows, picture), 0.5, 0.1);  // nothing in common
}

TEST(Trustworthiness, OfASampleIsNearThatOfAll) {
    const Matrix rows = random_rows(400, 3, 4);
    Matrix picture(400, 2);
    for (std::size_t i = 0; i < 400; ++i)
        std::copy_n(rows.row(i).begin(), 2, picture.row(i).begin());
    EXPECT_NEAR(trustworthiness(rows, picture, {.max_rows = 200}), trustworthiness(rows, picture), 0.02);
}

TEST(Trustworthiness, RefusesWhatItCannotJudge) {
    EXPECT_THROW(trustworthiness(Matrix(30, 2), Matrix(30, 2)), Error);
    EXPECT_THROW(trustworthiness(Matrix(31, 2), Matrix(32, 2)), Error);
}

TEST(LayOn, UndoesATurnAMirrorAndAMove) {
    const Matrix reference = random_rows(50, 2, 5);
    for (const float mirror : {1.0F, -1.0F}) {
        for (const double angle : {0.0, 0.7, 3.0, -2.0}) {
            Matrix picture(50, 2);
            for (std::size_t i = 0; i < 50; ++i) {
                const auto x = static_cast<double>(reference(i, 0));
                const auto y = static_cast<double>(mirror * reference(i, 1));
                picture(i, 0) = static_cast<float>(std::cos(angle) * x - std::sin(angle) * y + 3);
                picture(i, 1) = static_cast<float>(std::sin(angle) * x + std::cos(angle) * y - 8);
            }
            lay_on(picture, reference);
            for (std::size_t i = 0; i < 50; ++i) {
                EXPECT_NEAR(picture(i, 0), reference(i, 0), 1e-4);
                EXPECT_NEAR(picture(i, 1), reference(i, 1), 1e-4);
            }
        }
    }
}

TEST(LayOn, TakesThoseBeyondTheReferenceAlong) {
    Matrix picture(3, 2);
    picture(1, 0) = 1;
    picture(2, 0) = 2;
    Matrix reference(2, 2);
    reference(1, 1) = 1;  // what lay along x lies along y
    lay_on(picture, reference);
    EXPECT_NEAR(picture(2, 0), 0, 1e-6);
    EXPECT_NEAR(picture(2, 1), 2, 1e-6);
    Matrix alone(1, 2);
    lay_on(alone, Matrix());
    EXPECT_EQ(alone(0, 0), 0);
}

}  // namespace
}  // namespace audiomuse::numeric
