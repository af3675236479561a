#include "audiomuse/numeric/neighbours.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "audiomuse/base/error.h"
#include "points_testing.h"

namespace audiomuse::numeric {
namespace {

TEST(Neighbours, KnownExample) {
    const Neighbours found = exact_neighbours(points_of({{0}, {1}, {4}, {9}, {16}}), 2, 2);
    EXPECT_EQ(found.points(), 5U);
    EXPECT_EQ(found.ids, (std::vector<std::uint32_t>{1, 2, 0, 2, 1, 0, 2, 4, 3, 2}));
    EXPECT_EQ(found.distances, (std::vector<float>{1, 4, 1, 3, 3, 4, 5, 7, 7, 12}));
}

TEST(Neighbours, AreAllOthersOfAFew) {
    EXPECT_EQ(exact_neighbours(Matrix(4, 3), 15).k, 3U);
    EXPECT_EQ(exact_neighbours(Matrix(1, 3), 15).k, 0U);
}

/// Distances to all other rows, the least first.
std::vector<double> slow_distances(const Matrix& points, std::size_t row) {
    std::vector<double> distances;
    for (std::size_t other = 0; other < points.rows(); ++other) {
        if (other != row) distances.push_back(slow_distance(points.row(row), points.row(other)));
    }
    std::sort(distances.begin(), distances.end());
    return distances;
}

void expect_nearest(const Matrix& points, std::size_t row, const Neighbours& found, std::size_t place) {
    const std::vector<double> expected = slow_distances(points, row);
    for (std::size_t e = 0; e < found.k; ++e) {
        const std::uint32_t id = found.ids[place * found.k + e];
        ASSERT_NE(id, row);
        ASSERT_NEAR(found.distances[place * found.k + e], expected[e], 1e-5);
        ASSERT_NEAR(slow_distance(points.row(row), points.row(id)), expected[e], 1e-5);
    }
}

TEST(Neighbours, AgreeWithTheObviousLoop) {
    for (const std::size_t columns : {1U, 3U, 130U}) {
        const Matrix points = blobs_of(3, 60, columns, 0.7, 5);
        for (const std::size_t k : {1U, 4U, 20U, 500U}) {
            const Neighbours found = exact_neighbours(points, k, 3);
            ASSERT_EQ(found.k, std::min<std::size_t>(k, 179));
            for (std::size_t i = 0; i < points.rows(); ++i)
                expect_nearest(points, i, found, i);
        }
    }
}

// Enough rows and columns to be turned to their principal axes first.
TEST(Neighbours, OfManyRowsAgreeWithTheObviousLoop) {
    const Matrix points = blobs_of(5, 900, 70, 0.7, 5);
    const std::vector<std::uint32_t> numbers = {0, 1, 31, 32, 2049, 4499};
    const Neighbours found = exact_neighbours_of(points, numbers, 12, 2);
    for (std::size_t place = 0; place < numbers.size(); ++place)
        expect_nearest(points, numbers[place], found, place);
}

TEST(Neighbours, AreSortedByRowWhereTheyAreEquallyFar) {
    const Neighbours found = exact_neighbours(Matrix(100, 3), 3);
    for (std::size_t i = 0; i < 100; ++i) {
        for (std::size_t e = 0; e < 3; ++e)
            EXPECT_EQ(found.ids[i * 3 + e], e < i ? e : e + 1);
    }
}

TEST(Neighbours, OfSomeRowsAreTheirsAmongAll) {
    const Matrix points = blobs_of(3, 60, 5, 0.7, 5);
    const Neighbours all = exact_neighbours(points, 4);
    const std::vector<std::uint32_t> numbers = {7, 170, 7};
    const Neighbours some = exact_neighbours_of(points, numbers, 4);
    ASSERT_EQ(some.points(), 3U);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        for (std::size_t e = 0; e < 4; ++e)
            EXPECT_EQ(some.ids[i * 4 + e], all.ids[numbers[i] * 4 + e]);
    }
    EXPECT_THROW(exact_neighbours(points, 4, 1, cancelled_token()), Error);
}

}  // namespace
}  // namespace audiomuse::numeric
