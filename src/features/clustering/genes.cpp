#include "genes.h"

#include <algorithm>
#include <cmath>

#include "audiomuse/numeric/dbscan.h"

namespace audiomuse::features {
namespace {

// One or two components cut the library into slices of equal brightness, which a score may like and no listener does.
constexpr double kLeastVariance = 0.8;
// Beyond, all songs are about equally far from each other, and what is dense can't be told from what is not.
constexpr int kMostForDensity = 32;
constexpr int kLeastForDensity = 4;
// A matrix of more columns has more numbers to fit than the songs of a component can tell.
constexpr int kMostForMatrices = 24;
constexpr std::size_t kSongsPerComponent = 4;
// At the lower end half of the songs have their wanted neighbours within reach, at the upper end all but strays.
constexpr double kLowQuantile = 0.5;
constexpr double kHighQuantile = 0.9;

template <class Number>
Number clip(const Range<Number>& range, Number value) {
    return std::clamp(value, range.low, range.high);
}

/// `range` with its upper end at most `most`. Where that cuts it, its lower end comes down to half of the upper one.
Range<int> cut(Range<int> range, int most, int least) {
    if (most < range.high) {
        range.high = std::max(least, most);
        range.low = std::min(range.low, std::max(least, range.high / 2));
    }
    return range;
}

Range<int> wanted_clusters(const ClusteringParams& params) {
    switch (params.method) {
        case ClusteringMethod::kmeans:
            return params.kmeans_clusters;
        case ClusteringMethod::gmm:
            return params.gmm_components;
        case ClusteringMethod::spectral:
            return params.spectral_clusters;
        case ClusteringMethod::dbscan:
            break;
    }
    return {};
}

Range<int> components(const ClusteringParams& params, const ClusterSpace& space) {
    const auto columns = static_cast<int>(space.points.columns());
    Range<int> range = params.pca_components;
    if (range.high == 0) range = {columns, columns};  // no analysis of components: all of them
    range.high = std::min(range.high, columns);
    range.low = std::min(range.low, range.high);
    if (!params.calibrate) return range;
    const int telling = std::max(1, static_cast<int>(components_holding(space, kLeastVariance)));
    if (params.method == ClusteringMethod::dbscan) {
        // One number, as distances of spaces of different dimension can't be compared with one eps.
        const int one = std::clamp(telling, std::min(kLeastForDensity, columns), std::min(kMostForDensity, columns));
        return {one, one};
    }
    if (params.method == ClusteringMethod::gmm && params.gmm_covariance == numeric::Covariance::full)
        range.high = std::min(range.high, kMostForMatrices);
    range.low = std::min(std::max(range.low, telling), range.high);
    return range;
}

/// Two quantiles of the k-distance curve, in units of the spread (Ester et al. read eps off this curve).
Range<double> calibrated_eps(const Bounds& bounds, const ClusteringParams& params, const ClusterSpace& space,
                             const CancelToken& cancel) {
    const numeric::Matrix points = view(space.points, static_cast<std::size_t>(bounds.components.high));
    const int neighbours = (bounds.min_samples.low + bounds.min_samples.high) / 2;
    const std::vector<float> curve =
        numeric::k_distances(points, {.k = static_cast<std::size_t>(std::max(1, neighbours - 1)),
                                      .seed = params.seed,
                                      .threads = params.threads,
                                      .cancel = cancel});
    const double unit = spread(space, points.columns());
    const auto quantile = [&](double share) {
        const auto at = static_cast<std::size_t>(share * static_cast<double>(curve.size() - 1));
        return static_cast<double>(curve[at]) / unit;
    };
    if (curve.empty() || unit <= 0) return params.dbscan_eps;
    const double low = std::max(1e-6, quantile(kLowQuantile));
    return {low, std::max(low, quantile(kHighQuantile))};
}

}  // namespace

Bounds bounds_of(const ClusteringParams& params, const ClusterSpace& space, std::size_t sample, std::size_t min_size,
                 const CancelToken& cancel) {
    Bounds bounds;
    bounds.components = components(params, space);
    const auto rows = static_cast<int>(sample);
    if (params.method == ClusteringMethod::dbscan) {
        bounds.min_samples = cut(params.dbscan_min_samples, rows, 1);
        bounds.eps = params.dbscan_eps;
        if (params.calibrate) {
            // A list of the least size has to be able to be a cluster.
            bounds.min_samples = cut(bounds.min_samples, static_cast<int>(min_size), 2);
            bounds.eps = calibrated_eps(bounds, params, space, cancel);
        }
        return bounds;
    }
    bounds.clusters = cut(wanted_clusters(params), rows - 1, 2);
    if (!params.calibrate) return bounds;
    // More clusters than the library has lists to give cannot all be usable.
    bounds.clusters = cut(bounds.clusters, static_cast<int>(space.points.rows() / min_size), 2);
    if (params.method == ClusteringMethod::gmm)
        bounds.clusters = cut(bounds.clusters, static_cast<int>(sample / kSongsPerComponent), 2);
    return bounds;
}

Genes draw(const Bounds& bounds, Random& random) {
    const auto whole = [&](const Range<int>& range) { return static_cast<int>(random.integer(range.low, range.high)); };
    Genes genes;
    genes.components = whole(bounds.components);
    genes.clusters = whole(bounds.clusters);
    genes.eps = random.uniform(bounds.eps.low, bounds.eps.high);
    genes.min_samples = whole(bounds.min_samples);
    return genes;
}

Genes vary(const Genes& genes, const Bounds& bounds, const ClusteringParams& params, Random& random) {
    const auto whole = [&](int value, const Range<int>& range) {
        return clip(range, value + static_cast<int>(random.integer(-params.mutation_delta, params.mutation_delta)));
    };
    Genes varied;
    varied.components = whole(genes.components, bounds.components);
    varied.clusters = whole(genes.clusters, bounds.clusters);
    varied.eps =
        clip(bounds.eps, genes.eps + random.uniform(-params.mutation_float_delta, params.mutation_float_delta));
    varied.min_samples = whole(genes.min_samples, bounds.min_samples);
    return varied;
}

}  // namespace audiomuse::features
