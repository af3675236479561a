#include "fit.h"

#include <algorithm>

#include "audiomuse/numeric/dbscan.h"
#include "audiomuse/numeric/distance.h"
#include "audiomuse/numeric/gmm.h"
#include "audiomuse/numeric/spectral.h"
#include "space.h"

namespace audiomuse::features {
namespace {

// The search itself is a restart: few inside a run are enough.
constexpr int kRestarts = 2;
constexpr int kMostIterations = 100;
constexpr int kMostMixtureIterations = 30;
// Of the mean variance of a column: what a component has to be wide at least, in any direction.
constexpr double kLeastWidth = 0.02;
// Where all songs are one place.
constexpr double kLeastReach = 1e-9;
constexpr std::size_t kRowsAtOnce = 4096;

constexpr std::size_t kLargestGroup = 10;  // least lists
constexpr std::size_t kPart = 5;

/// The groups of rows that have labels already.
Grouping grouping(const numeric::Matrix& points, std::vector<int> labels) {
    Grouping made;
    made.centres = numeric::member_means(points, labels);
    made.members.squared_distances.resize(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] == numeric::kNoise) continue;
        made.members.squared_distances[i] =
            numeric::squared_l2(points.row(i), made.centres.row(static_cast<std::size_t>(labels[i])));
    }
    made.members.labels = std::move(labels);
    return made;
}

std::vector<int> most_probable(const numeric::GaussianMixture& mixture, const numeric::Matrix& points,
                               const CancelToken& cancel) {
    std::vector<int> labels;
    labels.reserve(points.rows());
    for (std::size_t begin = 0; begin < points.rows(); begin += kRowsAtOnce) {
        cancel.check();
        numeric::Matrix some(std::min(kRowsAtOnce, points.rows() - begin), points.columns());
        std::copy_n(points.row(begin).data(), some.rows() * some.columns(), some.data());
        const numeric::MatrixD shares = numeric::responsibilities(mixture, some);
        for (std::size_t i = 0; i < shares.rows(); ++i) {
            const auto row = shares.row(i);
            labels.push_back(static_cast<int>(std::max_element(row.begin(), row.end()) - row.begin()));
        }
    }
    return labels;
}

/// Parts groups that are too large for a list into several.
void part_large_groups(const numeric::Matrix& points, std::vector<int>& labels, std::size_t min_size,
                       std::uint64_t seed, const CancelToken& cancel) {
    std::vector<std::vector<std::size_t>> members;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] == numeric::kNoise) continue;
        const auto group = static_cast<std::size_t>(labels[i]);
        if (members.size() <= group) members.resize(group + 1);
        members[group].push_back(i);
    }
    int next = static_cast<int>(members.size());
    for (const std::vector<std::size_t>& rows : members) {
        if (rows.size() <= kLargestGroup * min_size) continue;
        const numeric::KMeansResult parts =
            numeric::kmeans(view(points, 0, rows), {.clusters = rows.size() / (kPart * min_size),
                                                    .n_init = 1,
                                                    .max_iterations = kMostMixtureIterations,
                                                    .seed = seed,
                                                    .cancel = cancel});
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (parts.labels[i] > 0) labels[rows[i]] = next + parts.labels[i] - 1;  // the first keeps the number
        }
        next += static_cast<int>(parts.centres.rows()) - 1;
    }
}

Grouping fit_dbscan(const numeric::Matrix& points, const numeric::Matrix& drawn, const Genes& genes,
                    const FitContext& context, std::uint64_t seed, const CancelToken& cancel) {
    const double eps = std::max(kLeastReach, genes.eps * context.spread);
    const numeric::DbscanResult found = numeric::dbscan(
        drawn, {.eps = eps, .min_samples = static_cast<std::size_t>(genes.min_samples), .cancel = cancel});
    std::vector<std::size_t> core;
    for (std::size_t i = 0; i < found.is_core.size(); ++i) {
        if (found.is_core[i]) core.push_back(i);
    }
    if (core.empty()) return {};
    const numeric::Assignment nearest = numeric::assign(points, view(drawn, 0, core));
    cancel.check();
    std::vector<int> labels(points.rows(), numeric::kNoise);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (static_cast<double>(nearest.squared_distances[i]) <= eps * eps)
            labels[i] = found.labels[core[static_cast<std::size_t>(nearest.labels[i])]];
    }
    part_large_groups(points, labels, context.min_size, seed, cancel);
    return grouping(points, std::move(labels));
}

Grouping fit_gmm(const numeric::Matrix& points, const numeric::Matrix& drawn, const Genes& genes,
                 const ClusteringParams& params, const FitContext& context, std::uint64_t seed,
                 const CancelToken& cancel) {
    const double variance = context.spread * context.spread / static_cast<double>(points.columns());
    const numeric::GmmFit found = numeric::fit_gmm(drawn, {.components = static_cast<std::size_t>(genes.clusters),
                                                           .covariance = params.gmm_covariance,
                                                           .n_init = 1,
                                                           .max_iterations = kMostMixtureIterations,
                                                           .variance_floor = std::max(1e-12, kLeastWidth * variance),
                                                           .seed = seed,
                                                           .cancel = cancel});
    return grouping(points, most_probable(found.mixture, points, cancel));
}

Grouping fit_spectral(const numeric::Matrix& points, const numeric::Matrix& drawn, const Genes& genes,
                      const ClusteringParams& params, const FitContext& context, std::uint64_t seed,
                      const CancelToken& cancel) {
    auto neighbours = static_cast<std::size_t>(params.spectral_neighbours);
    // In a small library they would reach beyond what makes a list.
    if (params.calibrate) neighbours = std::min(neighbours, std::max<std::size_t>(2, context.min_size));
    const numeric::SpectralResult found =
        numeric::spectral(drawn, {.clusters = static_cast<std::size_t>(genes.clusters),
                                  .neighbours = neighbours,
                                  .n_init = kRestarts,
                                  .seed = seed,
                                  .cancel = cancel});
    std::vector<int> labels = numeric::assign(points, drawn).labels;
    for (int& label : labels)
        label = found.labels[static_cast<std::size_t>(label)];
    return grouping(points, std::move(labels));
}

Grouping fit_kmeans(const numeric::Matrix& points, const numeric::Matrix& drawn, const Genes& genes, std::uint64_t seed,
                    const CancelToken& cancel) {
    Grouping made;
    made.centres = numeric::kmeans(drawn, {.clusters = static_cast<std::size_t>(genes.clusters),
                                           .n_init = kRestarts,
                                           .max_iterations = kMostIterations,
                                           .seed = seed,
                                           .cancel = cancel})
                       .centres;
    made.members = numeric::assign(points, made.centres);
    return made;
}

}  // namespace

std::size_t most_songs(const ClusteringParams& params) {
    const auto most = static_cast<std::size_t>(params.sample_songs);
    switch (params.method) {
        case ClusteringMethod::kmeans:
            break;
        case ClusteringMethod::dbscan:
        case ClusteringMethod::gmm:
            return std::min<std::size_t>(most, 5000);
        case ClusteringMethod::spectral:
            return std::min<std::size_t>(most, 2500);
    }
    return most;
}

Grouping fit(const numeric::Matrix& points, std::span<const std::size_t> sample, const Genes& genes,
             const ClusteringParams& params, const FitContext& context, std::uint64_t seed, const CancelToken& cancel) {
    const numeric::Matrix some = sample.empty() ? numeric::Matrix() : view(points, 0, {sample.begin(), sample.end()});
    const numeric::Matrix& drawn = sample.empty() ? points : some;
    switch (params.method) {
        case ClusteringMethod::dbscan:
            return fit_dbscan(points, drawn, genes, context, seed, cancel);
        case ClusteringMethod::gmm:
            return fit_gmm(points, drawn, genes, params, context, seed, cancel);
        case ClusteringMethod::spectral:
            return fit_spectral(points, drawn, genes, params, context, seed, cancel);
        case ClusteringMethod::kmeans:
            break;
    }
    return fit_kmeans(points, drawn, genes, seed, cancel);
}

}  // namespace audiomuse::features
