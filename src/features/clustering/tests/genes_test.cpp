#include "genes.h"

#include <gtest/gtest.h>

#include <cmath>

#include "audiomuse/base/error.h"
#include "synthetic_library.h"

namespace audiomuse::features {
namespace {

/// A space of `rows` songs whose columns have these variances.
ClusterSpace space_of(std::size_t rows, const std::vector<double>& variance) {
    ClusterSpace space{.points = numeric::Matrix(rows, variance.size()), .variance = variance};
    Random random(1);
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < variance.size(); ++j)
            space.points(i, j) = static_cast<float>(std::sqrt(variance[j]) * random.normal());
    }
    return space;
}

bool inside(const Genes& genes, const Bounds& bounds) {
    const auto in = [](auto value, const auto& range) { return value >= range.low && value <= range.high; };
    return in(genes.components, bounds.components) && in(genes.clusters, bounds.clusters) &&
           in(genes.eps, bounds.eps) && in(genes.min_samples, bounds.min_samples);
}

TEST(Bounds, OfKMeansFitTheLibrary) {
    const std::vector<double> variance = {5, 3, 1, 0.5, 0.5};  // two hold four fifths
    const Bounds large = bounds_of({}, space_of(4000, variance), 4000, 20, {});
    EXPECT_EQ(large.clusters, (Range<int>{40, 100}));
    EXPECT_EQ(large.components, (Range<int>{2, 5}));
    const Bounds small = bounds_of({}, space_of(96, variance), 96, 6, {});
    EXPECT_EQ(small.clusters, (Range<int>{8, 16})) << "no more than the library has lists to give";
    const Bounds tiny = bounds_of({}, space_of(8, variance), 8, 4, {});
    EXPECT_EQ(tiny.clusters, (Range<int>{2, 2}));
    EXPECT_EQ(large.eps, Range<double>{});
    EXPECT_EQ(large.min_samples, Range<int>{});
}

TEST(Bounds, AreTakenAsGivenWithoutCalibration) {
    const ClusterSpace space = space_of(96, {5, 3, 1, 0.5, 0.5});
    EXPECT_EQ(bounds_of({.calibrate = false}, space, 96, 6, {}).clusters, (Range<int>{40, 95})) << "but for the songs";
    EXPECT_EQ(bounds_of({.calibrate = false}, space, 96, 6, {}).components, (Range<int>{0, 5}));
    EXPECT_EQ(bounds_of({.calibrate = false, .pca_components = {0, 0}}, space, 96, 6, {}).components,
              (Range<int>{5, 5}));
    const Bounds by_density = bounds_of({.method = ClusteringMethod::dbscan, .calibrate = false}, space, 96, 6, {});
    EXPECT_EQ(by_density.eps, (Range<double>{0.1, 0.5}));
    EXPECT_EQ(by_density.min_samples, (Range<int>{5, 20}));
    EXPECT_EQ(by_density.clusters, Range<int>{});
}

TEST(Bounds, OfMixturesLeaveSongsForEachComponent) {
    const ClusteringParams params = {.method = ClusteringMethod::gmm};
    const ClusterSpace space = space_of(200, std::vector<double>(100, 1.0));
    const Bounds bounds = bounds_of(params, space, 200, 4, {});
    EXPECT_EQ(bounds.clusters, (Range<int>{25, 50}));
    EXPECT_LE(bounds.components.high, 24) << "a matrix of 100 columns has more numbers than there are songs";
    ClusteringParams diagonal = params;
    diagonal.gmm_covariance = numeric::Covariance::diagonal;
    EXPECT_EQ(bounds_of(diagonal, space, 200, 4, {}).components.high, 100);
}

TEST(Bounds, OfDensityFollowTheKDistances) {
    const ClusteringParams params = {.method = ClusteringMethod::dbscan};
    // Ten groups with a tenth of the spread within: a neighbour of the same group is far nearer than any other song.
    const auto library = make_library({.styles = std::vector<std::size_t>(10, 60), .dimension = 30, .spread = 0.1});
    ClusterSpace space = make_space(library.input, params);
    const Bounds bounds = bounds_of(params, space, 600, 20, {});
    EXPECT_EQ(bounds.components.low, bounds.components.high) << "an eps of one dimension says nothing in another";
    EXPECT_GT(bounds.eps.low, 0);
    EXPECT_LE(bounds.eps.low, bounds.eps.high);
    EXPECT_LT(bounds.eps.high, 0.3) << "in units of the spread of the library";
    EXPECT_EQ(bounds.min_samples, (Range<int>{5, 20}));
    EXPECT_EQ(bounds_of(params, space, 600, 6, {}).min_samples, (Range<int>{3, 6}));
}

TEST(Genes, AreDrawnFromTheirRangesAndStayThere) {
    const Bounds bounds = {.components = {3, 9}, .clusters = {40, 100}, .eps = {0.1, 0.5}, .min_samples = {5, 20}};
    const ClusteringParams params;
    Random random(1);
    Range<int> clusters = {1000, 0};
    for (int i = 0; i < 500; ++i) {
        const Genes genes = draw(bounds, random);
        EXPECT_TRUE(inside(genes, bounds));
        clusters = {std::min(clusters.low, genes.clusters), std::max(clusters.high, genes.clusters)};
        const Genes varied = vary(genes, bounds, params, random);
        EXPECT_TRUE(inside(varied, bounds));
        EXPECT_LE(std::abs(varied.clusters - genes.clusters), params.mutation_delta);
        EXPECT_LE(std::abs(varied.components - genes.components), params.mutation_delta);
        EXPECT_LE(std::abs(varied.eps - genes.eps), params.mutation_float_delta);
    }
    EXPECT_EQ(clusters, (Range<int>{40, 100})) << "both ends are drawn";
    EXPECT_EQ(vary(draw(bounds, random), {.clusters = {7, 7}}, params, random),
              (Genes{.components = 0, .clusters = 7, .eps = 0, .min_samples = 0}));
}

}  // namespace
}  // namespace audiomuse::features
