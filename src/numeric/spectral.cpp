#include "audiomuse/numeric/spectral.h"

#include <Spectra/SymEigsSolver.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/base/random.h"
#include "audiomuse/numeric/kmeans.h"
#include "audiomuse/numeric/neighbours.h"

namespace audiomuse::numeric {
namespace {

constexpr std::size_t kPointsPerTask = 4096;
constexpr double kTolerance = 1e-5;  // of an eigenvector's residual
constexpr int kMostRestarts = 200;
constexpr Eigen::Index kMoreVectors =
    60;  // kept of Lanczos's, at least: what comes close to the wanted ones delays them
constexpr std::uint64_t kStartOfLanczos = 1'000'003;  // a task number that no restart of k-means has

/// The graph of nearest neighbours: edges in both directions, by point, and what their weights add up to.
struct NeighbourGraph {
    std::vector<std::size_t> begin;  ///< first edge of each point, and the number of all
    std::vector<std::uint32_t> to;
    std::vector<float> weight;  ///< 1/2 or 1
    std::vector<double> degree;
    std::size_t points() const { return degree.size(); }
};

NeighbourGraph join_neighbours(const Neighbours& near) {
    const std::size_t points = near.points();
    std::vector<std::vector<std::uint32_t>> edges(points);
    for (std::size_t i = 0; i < points; ++i) {
        for (std::size_t e = i * near.k; e < (i + 1) * near.k; ++e) {
            if (near.ids[e] == kNoNeighbour) continue;
            edges[i].push_back(near.ids[e]);
            edges[near.ids[e]].push_back(static_cast<std::uint32_t>(i));
        }
    }
    NeighbourGraph graph;
    graph.begin.push_back(0);
    for (std::vector<std::uint32_t>& ends : edges) {
        std::sort(ends.begin(), ends.end());
        double degree = 0;
        for (std::size_t e = 0; e < ends.size();) {
            const bool both_ways = e + 1 < ends.size() && ends[e + 1] == ends[e];
            graph.to.push_back(ends[e]);
            graph.weight.push_back(both_ways ? 1.0F : 0.5F);
            degree += both_ways ? 1 : 0.5;
            e += both_ways ? 2 : 1;
        }
        graph.begin.push_back(graph.to.size());
        graph.degree.push_back(degree);
        ends = {};
    }
    return graph;
}

/// The connected parts of the graph.
struct Parts {
    std::vector<std::uint32_t> of_point;  ///< number of the part that each point is in
    std::vector<double> degree;           ///< sum over the points of each part
};

Parts find_parts(const NeighbourGraph& graph) {
    constexpr auto kNone = static_cast<std::uint32_t>(-1);
    Parts parts{.of_point = std::vector<std::uint32_t>(graph.points(), kNone)};
    std::vector<std::uint32_t> waiting;
    for (std::uint32_t first = 0; first < graph.points(); ++first) {
        if (parts.of_point[first] != kNone) continue;
        const auto part = static_cast<std::uint32_t>(parts.degree.size());
        parts.degree.push_back(0);
        parts.of_point[first] = part;
        waiting.push_back(first);
        while (!waiting.empty()) {
            const std::uint32_t point = waiting.back();
            waiting.pop_back();
            parts.degree[part] += graph.degree[point];
            for (std::size_t e = graph.begin[point]; e < graph.begin[point + 1]; ++e) {
                if (parts.of_point[graph.to[e]] != kNone) continue;
                parts.of_point[graph.to[e]] = part;
                waiting.push_back(graph.to[e]);
            }
        }
    }
    return parts;
}

/// D^-1/2 W D^-1/2: 1 less the normalised Laplacian. Its largest eigenvalue is 1, once for each connected part, with
/// the eigenvector D^1/2 of the part's points; these are moved to -1, out of the way.
class Affinity {
public:
    using Scalar = double;

    Affinity(const NeighbourGraph& graph, const Parts& parts, const SpectralParams& params)
        : graph_(graph), parts_(parts), params_(params), roots_(graph.points()) {
        for (std::size_t i = 0; i < roots_.size(); ++i)
            roots_[i] = std::sqrt(graph.degree[i]);
    }

    Eigen::Index rows() const { return static_cast<Eigen::Index>(graph_.points()); }
    Eigen::Index cols() const { return rows(); }

    void perform_op(const double* x, double* y) const {
        params_.cancel.check();
        std::vector<double> along(parts_.degree.size());
        for (std::size_t i = 0; i < roots_.size(); ++i)
            along[parts_.of_point[i]] += roots_[i] * x[i];
        for (std::size_t part = 0; part < along.size(); ++part)
            along[part] *= 2 / parts_.degree[part];
        std::vector<double> scaled(roots_.size());
        for (std::size_t i = 0; i < roots_.size(); ++i)
            scaled[i] = x[i] / roots_[i];
        parallel_for((roots_.size() + kPointsPerTask - 1) / kPointsPerTask, params_.threads, [&](std::size_t task) {
            const std::size_t end = std::min(roots_.size(), (task + 1) * kPointsPerTask);
            for (std::size_t i = task * kPointsPerTask; i < end; ++i) {
                double sum = 0;
                for (std::size_t e = graph_.begin[i]; e < graph_.begin[i + 1]; ++e)
                    sum += static_cast<double>(graph_.weight[e]) * scaled[graph_.to[e]];
                y[i] = sum / roots_[i] - roots_[i] * along[parts_.of_point[i]];
            }
        });
    }

private:
    const NeighbourGraph& graph_;
    const Parts& parts_;
    const SpectralParams& params_;
    std::vector<double> roots_;  // of the degrees
};

/// The eigenvectors of the `count` largest eigenvalues of the affinity; fewer, should some not converge.
Eigen::MatrixXd eigenvectors(Affinity affinity, std::size_t count, std::uint64_t seed) {
    const auto wanted = static_cast<Eigen::Index>(count);
    const Eigen::Index kept = std::min(affinity.rows(), std::max(2 * wanted + 1, wanted + kMoreVectors));
    Spectra::SymEigsSolver<Affinity> solver(affinity, wanted, kept);
    Random random = Random::for_task(seed, kStartOfLanczos);
    Eigen::VectorXd start(affinity.rows());
    for (double& value : start)
        value = random.normal();
    solver.init(start.data());
    solver.compute(Spectra::SortRule::LargestAlge, kMostRestarts, kTolerance);
    return solver.eigenvectors();
}

/// Rows of the eigenvectors of the largest eigenvalues, divided by the square root of the point's degree. Those of
/// eigenvalue 1 need no search: they are the connected parts, the heaviest where there are more of them than columns.
Matrix embed(const NeighbourGraph& graph, const Parts& parts, const SpectralParams& params) {
    Matrix embedding(graph.points(), params.clusters);
    std::vector<std::size_t> order(parts.degree.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return parts.degree[a] > parts.degree[b]; });
    order.resize(std::min(order.size(), params.clusters));
    std::vector<std::size_t> column(parts.degree.size(), params.clusters);
    for (std::size_t c = 0; c < order.size(); ++c)
        column[order[c]] = c;
    for (std::size_t i = 0; i < graph.points(); ++i) {
        const std::size_t part = parts.of_point[i];
        if (column[part] < params.clusters)
            embedding(i, column[part]) = static_cast<float>(1 / std::sqrt(parts.degree[part]));
    }
    if (order.size() == params.clusters) return embedding;
    const Eigen::MatrixXd vectors =
        eigenvectors(Affinity(graph, parts, params), params.clusters - order.size(), params.seed);
    for (std::size_t i = 0; i < graph.points(); ++i) {
        for (Eigen::Index c = 0; c < vectors.cols(); ++c) {
            const double value = vectors(static_cast<Eigen::Index>(i), c) / std::sqrt(graph.degree[i]);
            embedding(i, order.size() + static_cast<std::size_t>(c)) = static_cast<float>(value);
        }
    }
    return embedding;
}

}  // namespace

SpectralResult spectral(const Matrix& points, const SpectralParams& params) {
    const std::size_t n = points.rows();
    if (params.clusters < 2 || params.clusters >= n) {
        throw Error(ErrorCode::invalid_argument, "Spectral clustering cannot make " + std::to_string(params.clusters) +
                                                     " clusters of " + std::to_string(n) + " points.");
    }
    if (params.neighbours < 2)
        throw Error(ErrorCode::invalid_argument, "Spectral clustering needs at least 2 neighbours of each point.");
    const NeighbourGraph graph =
        join_neighbours(exact_neighbours(points, params.neighbours - 1, params.threads, params.cancel));
    SpectralResult result{.embedding = embed(graph, find_parts(graph), params)};
    result.labels = kmeans(result.embedding, {.clusters = params.clusters,
                                              .n_init = params.n_init,
                                              .seed = params.seed,
                                              .threads = params.threads,
                                              .cancel = params.cancel})
                        .labels;
    result.centres = member_means(points, result.labels);
    return result;
}

}  // namespace audiomuse::numeric
