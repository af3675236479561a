#include "audiomuse/numeric/umap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"
#include "audiomuse/numeric/pca.h"
#include "audiomuse/numeric/picture_quality.h"

namespace audiomuse::numeric {
namespace {

/// `per_blob` points around each of `blobs` random centres, blob by blob.
Matrix sorted_blobs_of(std::size_t blobs, std::size_t per_blob, std::size_t columns, double spread,
                       std::uint64_t seed) {
    Random random(seed);
    Matrix centres(blobs, columns);
    for (std::size_t b = 0; b < blobs; ++b) {
        for (float& value : centres.row(b))
            value = static_cast<float>(random.normal());
    }
    Matrix points(blobs * per_blob, columns);
    for (std::size_t i = 0; i < points.rows(); ++i) {
        for (std::size_t j = 0; j < columns; ++j)
            points(i, j) = centres(i / per_blob, j) + static_cast<float>(spread * random.normal());
    }
    return points;
}

/// The first two principal components, in the size a picture begins with.
Matrix start_of(const Matrix& rows) {
    Matrix start = project(fit_pca(rows, 2), rows);
    float largest = 0;
    for (std::size_t i = 0; i < start.rows(); ++i)
        largest = std::max({largest, std::abs(start(i, 0)), std::abs(start(i, 1))});
    for (std::size_t i = 0; i < start.rows(); ++i) {
        for (float& value : start.row(i))
            value *= kUmapStart / largest;
    }
    return start;
}

double apart(const Matrix& picture, std::size_t i, std::size_t j) {
    return std::hypot(picture(i, 0) - picture(j, 0), picture(i, 1) - picture(j, 1));
}

bool same(const Matrix& a, const Matrix& b) {
    return a.rows() == b.rows() && std::equal(a.data(), a.data() + a.rows() * a.columns(), b.data());
}

bool finite(const Matrix& picture) {
    return std::all_of(picture.data(), picture.data() + picture.rows() * picture.columns(),
                       [](float value) { return std::isfinite(value); });
}

TEST(UmapCurve, IsThatOfThePaper) {
    // As umap-learn fits them for its own defaults and for other values.
    const UmapCurve usual = fit_umap_curve(0.1, 1);
    EXPECT_NEAR(usual.a, 1.5769, 1e-3);
    EXPECT_NEAR(usual.b, 0.8951, 1e-3);
    const UmapCurve tight = fit_umap_curve(0.001, 1);
    EXPECT_NEAR(tight.a, 1.9290, 2e-3);
    EXPECT_NEAR(tight.b, 0.7915, 2e-3);
}

TEST(Umap, KeepsClustersApart) {
    constexpr std::size_t kPer = 60;
    const Matrix rows = sorted_blobs_of(6, kPer, 40, 0.3, 1);
    const Matrix picture = umap(exact_neighbours(rows, 15), start_of(rows));
    ASSERT_EQ(picture.rows(), rows.rows());
    // Of every point the nearest one of another cluster is farther than the middle of its own.
    double widest = 0;
    double nearest = 1e9;
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        for (std::size_t j = 0; j < rows.rows(); ++j) {
            if (i / kPer == j / kPer) {
                widest = std::max(widest, apart(picture, i, j));
            } else {
                nearest = std::min(nearest, apart(picture, i, j));
            }
        }
    }
    EXPECT_GT(nearest, widest / 2);
    EXPECT_GT(trustworthiness(rows, picture), 0.9);
}

TEST(Umap, IsTruerThanPrincipalComponents) {
    const Matrix rows = sorted_blobs_of(12, 80, 30, 0.6, 2);
    const Matrix start = start_of(rows);
    const double flat = trustworthiness(rows, start);
    const double drawn = trustworthiness(rows, umap(exact_neighbours(rows, 15), start));
    EXPECT_GT(drawn, flat + 0.05);
    EXPECT_GT(drawn, 0.9);
}

TEST(Umap, UnrollsACircle) {
    Matrix circle(200, 3);
    for (std::size_t i = 0; i < circle.rows(); ++i) {
        const double angle = 2 * M_PI * static_cast<double>(i) / 200;
        circle(i, 0) = static_cast<float>(std::cos(angle));
        circle(i, 1) = static_cast<float>(std::sin(angle));
        circle(i, 2) = static_cast<float>(std::sin(2 * angle));
    }
    const Matrix picture = umap(exact_neighbours(circle, 10), start_of(circle));
    for (std::size_t i = 0; i < 200; ++i)
        EXPECT_LT(apart(picture, i, (i + 1) % 200), apart(picture, i, (i + 100) % 200)) << i;
}

TEST(Umap, DoesNotDependOnTheNumberOfThreads) {
    const Matrix rows = sorted_blobs_of(8, 200, 20, 0.5, 3);
    const Neighbours neighbours = exact_neighbours(rows, 15, 1);
    EXPECT_EQ(neighbours.ids, exact_neighbours(rows, 15, 3).ids);
    const Matrix one = umap(neighbours, {}, {.epochs = 40, .seed = 7, .threads = 1});
    EXPECT_TRUE(same(one, umap(neighbours, {}, {.epochs = 40, .seed = 7, .threads = 2})));
    EXPECT_TRUE(same(one, umap(neighbours, {}, {.epochs = 40, .seed = 7, .threads = 5})));
    EXPECT_FALSE(same(one, umap(neighbours, {}, {.epochs = 40, .seed = 8, .threads = 1})));
}

TEST(Umap, DrawsWhateverThereIs) {
    EXPECT_EQ(umap({}, {}).rows(), 0U);
    const Matrix alone = umap({}, Matrix(1, 2));
    EXPECT_EQ(alone.rows(), 1U);
    EXPECT_TRUE(finite(alone));
    for (const std::size_t points : {2U, 3U, 7U, 15U}) {
        const Matrix rows = sorted_blobs_of(1, points, 5, 1, points);
        const Matrix picture = umap(exact_neighbours(rows, 15), {});
        EXPECT_EQ(picture.rows(), points);
        EXPECT_TRUE(finite(picture));
    }
    // All at one place.
    const Matrix equal(50, 8);
    const Matrix picture = umap(exact_neighbours(equal, 15), Matrix(50, 2));
    EXPECT_TRUE(finite(picture));
    std::set<float> places;
    for (std::size_t i = 0; i < picture.rows(); ++i)
        places.insert(picture(i, 0));
    EXPECT_EQ(places.size(), 50U);  // they can be told apart nevertheless
}

TEST(Umap, KeepsDuplicatesTogether) {
    Matrix rows = sorted_blobs_of(5, 40, 10, 0.5, 4);
    for (std::size_t i = 0; i < 20; ++i)
        std::copy_n(rows.row(0).begin(), 10, rows.row(i).begin());
    const Matrix picture = umap(exact_neighbours(rows, 10), start_of(rows));
    ASSERT_TRUE(finite(picture));
    for (std::size_t i = 1; i < 20; ++i)
        EXPECT_LT(apart(picture, 0, i), apart(picture, 0, 100)) << i;
}

TEST(Umap, TakesRowsWithFewNeighboursAndRefusesNonsense) {
    Neighbours neighbours = {
        .k = 2, .ids = {1, kNoNeighbour, 0, 2, kNoNeighbour, kNoNeighbour}, .distances = {1, 0, 1, 2, 0, 0}};
    EXPECT_TRUE(finite(umap(neighbours, {})));
    EXPECT_THROW(umap(neighbours, Matrix(2, 2)), Error);
    neighbours.ids[0] = 3;
    EXPECT_THROW(umap(neighbours, {}), Error);
    neighbours.ids[0] = 1;
    neighbours.distances[0] = -1;
    EXPECT_THROW(umap(neighbours, {}), Error);
    neighbours.distances.pop_back();
    EXPECT_THROW(umap(neighbours, {}), Error);
}

TEST(Umap, ReportsAndCanBeStopped) {
    const Matrix rows = sorted_blobs_of(2, 20, 5, 1, 5);
    std::vector<double> said;
    umap(exact_neighbours(rows, 5), {}, {.epochs = 4}, [&](double share) { said.push_back(share); });
    EXPECT_THAT(said, testing::ElementsAre(0, 0.25, 0.5, 0.75));
    EXPECT_THROW(umap(exact_neighbours(rows, 5), {}, {}, [](double) { throw Error(ErrorCode::cancelled, "Enough."); }),
                 Error);
}

TEST(UmapPlace, PutsNewPointsAmongTheirOwn) {
    constexpr std::size_t kPer = 50;
    const Matrix all = sorted_blobs_of(5, kPer + 5, 30, 0.3, 6);
    Matrix old(5 * kPer, 30);
    Matrix fresh(25, 30);
    for (std::size_t i = 0; i < all.rows(); ++i) {
        const std::size_t blob = i / (kPer + 5);
        const std::size_t at = i % (kPer + 5);
        const auto row = at < kPer ? old.row(blob * kPer + at) : fresh.row(blob * 5 + at - kPer);
        std::copy(all.row(i).begin(), all.row(i).end(), row.begin());
    }
    const Matrix picture = umap(exact_neighbours(old, 15), start_of(old));
    // Neighbours of the new among the old: those of a matrix of the old and that one.
    Neighbours neighbours = {.k = 10, .ids = {}, .distances = {}};
    for (std::size_t i = 0; i < fresh.rows(); ++i) {
        Matrix with(old.rows() + 1, 30);
        std::copy_n(old.data(), old.rows() * 30, with.data());
        std::copy_n(fresh.row(i).begin(), 30, with.row(old.rows()).begin());
        const Neighbours found = exact_neighbours(with, 10);
        for (std::size_t e = old.rows() * 10; e < found.ids.size(); ++e) {
            neighbours.ids.push_back(found.ids[e]);
            neighbours.distances.push_back(found.distances[e]);
        }
    }
    const Matrix placed = umap_place(neighbours, picture, {.threads = 2});
    ASSERT_EQ(placed.rows(), fresh.rows());
    EXPECT_TRUE(same(placed, umap_place(neighbours, picture, {.threads = 1})));
    for (std::size_t i = 0; i < placed.rows(); ++i) {
        double nearest = 1e9;
        std::size_t blob = 99;
        for (std::size_t j = 0; j < picture.rows(); ++j) {
            const double distance = std::hypot(placed(i, 0) - picture(j, 0), placed(i, 1) - picture(j, 1));
            if (distance < nearest) {
                nearest = distance;
                blob = j / kPer;
            }
        }
        EXPECT_EQ(blob, i / 5) << i;
    }
}

TEST(UmapPlace, TakesWhatHasNoNeighbours) {
    Matrix picture(2, 2);
    picture(1, 0) = 4;
    const Matrix placed = umap_place({.k = 2, .ids = {kNoNeighbour, kNoNeighbour}, .distances = {0, 0}}, picture);
    EXPECT_FLOAT_EQ(placed(0, 0), 2);
    EXPECT_FLOAT_EQ(placed(0, 1), 0);
    EXPECT_EQ(umap_place({}, picture).rows(), 0U);
}

}  // namespace
}  // namespace audiomuse::numeric
