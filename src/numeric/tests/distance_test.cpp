#include "audiomuse/numeric/distance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "audiomuse/base/random.h"
#include "kernels.h"

namespace audiomuse::numeric {
namespace {

std::vector<float> random_vector(Random& random, std::size_t size) {
    std::vector<float> values(size);
    for (float& value : values)
        value = static_cast<float>(random.normal());
    return values;
}

double slow_dot(const float* a, const float* b, std::size_t n) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i)
        sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    return sum;
}

TEST(Kernels, OfEveryInstructionSetAgreeWithTheObviousLoop) {
    Random random(3);
    for (const Kernels& kernels : supported_kernels()) {
        SCOPED_TRACE(kernels.name);
        // Every remainder of the unrolled loops, and more than one pass through them.
        for (std::size_t n = 0; n <= 200; ++n) {
            constexpr std::size_t kRows = 6;  // a group of four and a rest
            const auto a = random_vector(random, n);
            const auto rows = random_vector(random, n * kRows);
            const double tolerance = 1e-5 * static_cast<double>(n + 1);
            std::vector<float> dots(kRows);
            kernels.dot_rows(a.data(), rows.data(), kRows, n, dots.data());
            for (std::size_t row = 0; row < kRows; ++row) {
                const float* b = rows.data() + row * n;
                double squares = 0;
                for (std::size_t i = 0; i < n; ++i)
                    squares += std::pow(static_cast<double>(a[i] - b[i]), 2);
                EXPECT_NEAR(kernels.dot(a.data(), b, n), slow_dot(a.data(), b, n), tolerance);
                EXPECT_NEAR(kernels.squared_l2(a.data(), b, n), squares, tolerance);
                EXPECT_NEAR(dots[row], slow_dot(a.data(), b, n), tolerance);
            }
        }
    }
}

TEST(Kernels, OfEveryInstructionSetMultiplyBytesExactly) {
    Random random(4);
    for (const Kernels& kernels : supported_kernels()) {
        SCOPED_TRACE(kernels.name);
        for (std::size_t n = 0; n <= 300; ++n) {
            // One more byte than is asked for, which must not count.
            std::vector<std::int8_t> a(n + 1);
            std::vector<std::int8_t> b(n + 1);
            std::int32_t expected = 0;
            for (std::size_t i = 0; i <= n; ++i) {
                a[i] = static_cast<std::int8_t>(random.integer(-128, 127));
                b[i] = static_cast<std::int8_t>(random.integer(-128, 127));
                if (i < n) expected += a[i] * b[i];
            }
            EXPECT_EQ(kernels.dot_bytes(a.data(), b.data(), n), expected) << n;
        }
        // The largest sums there are: nothing on the way may saturate or overflow.
        constexpr std::int32_t kMost = 65'536;
        for (const int x : {-128, 127}) {
            for (const int y : {-128, 127}) {
                const std::vector<std::int8_t> a(kMost, static_cast<std::int8_t>(x));
                const std::vector<std::int8_t> b(kMost, static_cast<std::int8_t>(y));
                EXPECT_EQ(kernels.dot_bytes(a.data(), b.data(), kMost), x * y * kMost);
            }
        }
    }
}

TEST(Distance, CosineOfKnownAngles) {
    const std::vector<float> east = {2, 0};
    const std::vector<float> north = {0, 3};
    const std::vector<float> north_east = {1, 1};
    const std::vector<float> west = {-0.5, 0};
    const std::vector<float> zero = {0, 0};
    EXPECT_FLOAT_EQ(cosine_distance(east, east), 0);
    EXPECT_FLOAT_EQ(cosine_distance(east, north), 1);
    EXPECT_FLOAT_EQ(cosine_distance(east, north_east), static_cast<float>(1 - std::sqrt(0.5)));
    EXPECT_FLOAT_EQ(cosine_distance(east, west), 2);
    EXPECT_FLOAT_EQ(cosine_distance(east, zero), 1);
    EXPECT_FLOAT_EQ(squared_l2(east, north), 13);
}

TEST(Normalise, MakesUnitVectorsAndRefusesWhatHasNoDirection) {
    std::vector<float> vector = {3, 0, 4};
    EXPECT_TRUE(normalise(vector));
    EXPECT_FLOAT_EQ(vector[0], 0.6F);
    EXPECT_FLOAT_EQ(vector[2], 0.8F);
    std::vector<float> huge = {3e30F, 0, 4e30F};  // its squares do not fit into a float
    EXPECT_TRUE(normalise(huge));
    EXPECT_FLOAT_EQ(huge[2], 0.8F);

    std::vector<float> zero(5);
    EXPECT_FALSE(normalise(zero));
    std::vector<float> bad = {1, std::numeric_limits<float>::quiet_NaN()};
    EXPECT_FALSE(normalise(bad));
    EXPECT_EQ(bad[0], 1);
    bad = {1, std::numeric_limits<float>::infinity()};
    EXPECT_FALSE(normalise(bad));
}

}  // namespace
}  // namespace audiomuse::numeric
