#include "tiles.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "audiomuse/base/random.h"
#include "panels.h"
#include "product_sums.h"

namespace audiomuse::numeric {
namespace {

constexpr std::array<std::size_t, 7> kDepths = {0, 1, 2, 7, 32, 65, 200};

template <class T>
std::vector<T> random_values(Random& random, std::size_t size) {
    std::vector<T> values(size);
    for (T& value : values)
        value = static_cast<T>(random.normal());
    return values;
}

/// Sums over the coordinates of term(coordinate, row, column).
template <class Term>
double sum_over(std::size_t depth, const Term& term) {
    double sum = 0;
    for (std::size_t k = 0; k < depth; ++k)
        sum += term(k);
    return sum;
}

TEST(TileKernels, OfFloatsAgreeWithTheObviousLoops) {
    Random random(1);
    constexpr std::size_t kStep = kPanel + 5;  // steps need not be the width
    for (const TileKernels& kernels : supported_tile_kernels()) {
        SCOPED_TRACE(kernels.name);
        for (const std::size_t depth : kDepths) {
            const auto a = random_values<float>(random, (depth + 1) * kStep);
            const auto b = random_values<float>(random, (depth + 1) * kStep);
            const auto at = [&](const std::vector<float>& values, std::size_t k, std::size_t i) {
                return static_cast<double>(values[k * kStep + i]);
            };
            std::vector<float> tile(kTileRows * kPanel, -1);
            std::array<float, kPanel> limits;
            limits.fill(std::numeric_limits<float>::infinity());
            EXPECT_TRUE(kernels.measure_squares(a.data(), kStep, b.data(), kStep, depth, limits.data(), tile.data()));
            const auto offsets = random_values<float>(random, kTileRows);
            std::array<float, kPanel> best;
            std::array<std::int32_t, kPanel> label;
            best.fill(0.5F);  // better than some
            label.fill(-7);
            kernels.find_largest(a.data(), kStep, b.data(), kStep, depth, offsets.data(), 40, best.data(),
                                 label.data());
            for (std::size_t j = 0; j < kPanel; ++j) {
                double largest = 0.5;
                for (std::size_t i = 0; i < kTileRows; ++i) {
                    const double squares =
                        sum_over(depth, [&](std::size_t k) { return std::pow(at(a, k, i) - at(b, k, j), 2); });
                    ASSERT_NEAR(tile[i * kPanel + j], squares, 1e-5 * squares);
                    const double dot = sum_over(depth, [&](std::size_t k) { return at(a, k, i) * at(b, k, j); });
                    largest = std::max(largest, dot - static_cast<double>(offsets[i]));
                }
                ASSERT_NEAR(best[j], largest, 1e-3);
                if (label[j] == -7) {
                    ASSERT_EQ(best[j], 0.5F);
                    continue;
                }
                ASSERT_GE(label[j], 40);
                ASSERT_LT(label[j], 48);
                const auto i = static_cast<std::size_t>(label[j] - 40);
                const double dot = sum_over(depth, [&](std::size_t k) { return at(a, k, i) * at(b, k, j); });
                ASSERT_NEAR(dot - static_cast<double>(offsets[i]), largest, 1e-3);
            }
        }
    }
}

TEST(TileKernels, MeasureNoFartherThanTheLimits) {
    Random random(5);
    constexpr std::size_t kDepth = 150;
    const auto a = random_values<float>(random, kDepth * kTileRows);
    auto b = random_values<float>(random, kDepth * kPanel);
    for (std::size_t k = 0; k < kDepth; ++k)
        b[k * kPanel + 17] = a[k * kTileRows + 3] + 0.01F;  // one near pair
    for (const TileKernels& kernels : supported_tile_kernels()) {
        SCOPED_TRACE(kernels.name);
        std::vector<float> all(kTileRows * kPanel);
        std::array<float, kPanel> limits;
        limits.fill(std::numeric_limits<float>::infinity());
        kernels.measure_squares(a.data(), kTileRows, b.data(), kPanel, kDepth, limits.data(), all.data());
        limits.fill(30);
        std::vector<float> near(kTileRows * kPanel);
        EXPECT_TRUE(kernels.measure_squares(a.data(), kTileRows, b.data(), kPanel, kDepth, limits.data(), near.data()));
        EXPECT_NEAR(near[3 * kPanel + 17], 0.015, 1e-4);
        for (std::size_t i = 0; i < near.size(); ++i)
            EXPECT_TRUE(near[i] == all[i] || (std::isinf(near[i]) && all[i] > 30)) << i;
        limits[17] = 0.014F;
        EXPECT_FALSE(
            kernels.measure_squares(a.data(), kTileRows, b.data(), kPanel, kDepth, limits.data(), near.data()));
        for (const float value : near)
            EXPECT_TRUE(std::isinf(value));
    }
}

TEST(TileKernels, TakeTheFirstOfEquals) {
    const std::vector<float> ones(kPanel, 1);
    const std::array<float, kTileRows> offsets = {2, 1, 1, 2, 1, 1, 1, 1};
    for (const TileKernels& kernels : supported_tile_kernels()) {
        std::array<float, kPanel> best;
        std::array<std::int32_t, kPanel> label{};
        best.fill(-std::numeric_limits<float>::infinity());
        for (const std::int32_t first : {8, 16})
            kernels.find_largest(ones.data(), kPanel, ones.data(), kPanel, 1, offsets.data(), first, best.data(),
                                 label.data());
        for (std::size_t j = 0; j < kPanel; ++j) {
            EXPECT_EQ(label[j], 9);
            EXPECT_EQ(best[j], 0);
        }
    }
}

TEST(TileKernels, OfDoublesAgreeWithTheObviousLoops) {
    Random random(2);
    constexpr std::size_t kStep = kDoublePanel + 3;
    for (const TileKernels& kernels : supported_tile_kernels()) {
        SCOPED_TRACE(kernels.name);
        for (const std::size_t depth : kDepths) {
            const auto a = random_values<double>(random, (depth + 1) * kStep);
            const auto shifts = random_values<double>(random, (depth + 1) * kStep);
            const auto b = random_values<double>(random, (depth + 1) * kStep);
            std::vector<double> dots(kTileRows * kDoublePanel, -1);
            std::vector<double> squares(kTileRows * kDoublePanel, 3);
            kernels.add_dots(a.data(), kStep, b.data(), kStep, depth, dots.data());
            kernels.add_scaled_squares(a.data(), shifts.data(), kStep, b.data(), kStep, depth, squares.data());
            for (std::size_t i = 0; i < kTileRows; ++i) {
                for (std::size_t j = 0; j < kDoublePanel; ++j) {
                    const auto product = [&](std::size_t k) { return a[k * kStep + i] * b[k * kStep + j]; };
                    ASSERT_NEAR(dots[i * kDoublePanel + j], -1 + sum_over(depth, product), 1e-11);
                    const double scaled =
                        sum_over(depth, [&](std::size_t k) { return std::pow(product(k) - shifts[k * kStep + i], 2); });
                    ASSERT_NEAR(squares[i * kDoublePanel + j], 3 + scaled, 1e-11 * (1 + scaled));
                }
            }
        }
    }
}

TEST(Panels, HoldRowsCoordinateByCoordinate) {
    Matrix rows(70, 3);
    for (std::size_t i = 0; i < 210; ++i)
        rows.data()[i] = static_cast<float>(i);
    const Panels all(rows);
    ASSERT_EQ(all.count(), 3U);
    EXPECT_EQ(all.rows_in(0), kPanel);
    EXPECT_EQ(all.rows_in(2), 6U);
    const Panels some(rows, std::vector<std::uint32_t>{69, 5});
    for (std::size_t j = 0; j < 3; ++j) {
        EXPECT_EQ(all.panel(1)[j * kPanel + 4], rows(36, j));
        EXPECT_EQ(all.group(40)[j * kPanel], rows(40, j));
        EXPECT_EQ(all.panel(2)[j * kPanel + 6], 0);
        EXPECT_EQ(some.panel(0)[j * kPanel], rows(69, j));
        EXPECT_EQ(some.panel(0)[j * kPanel + 1], rows(5, j));
    }
}

TEST(ProductSums, AgreeWithTheObviousLoop) {
    Random random(3);
    for (const std::size_t columns : {1U, 7U, 8U, 17U, 33U}) {
        for (const std::size_t rows : {0U, 1U, 64U, 130U}) {
            ProductSums products(columns);
            MatrixD expected(columns, columns);
            for (std::size_t r = 0; r < rows; ++r) {
                const auto row = random_values<double>(random, columns);
                std::copy(row.begin(), row.end(), products.next_row().begin());
                for (std::size_t i = 0; i < columns; ++i) {
                    for (std::size_t j = 0; j < columns; ++j)
                        expected(i, j) += row[i] * row[j];
                }
            }
            const MatrixD sums = products.sums();
            for (std::size_t i = 0; i < columns * columns; ++i)
                ASSERT_NEAR(sums.data()[i], expected.data()[i], 1e-10);
        }
    }
}

}  // namespace
}  // namespace audiomuse::numeric
