#include "audiomuse/numeric/kmeans.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/base/random.h"
#include "audiomuse/numeric/distance.h"
#include "kernels.h"

namespace audiomuse::numeric {
namespace {

constexpr std::size_t kRowsPerBlock = 512;

void copy_row(std::span<const float> from, std::span<float> to) {
    std::copy(from.begin(), from.end(), to.begin());
}

void squared_distances_to(const Matrix& points, std::span<const float> centre, std::vector<double>& out) {
    const Kernels& kernels = best_kernels();
    for (std::size_t i = 0; i < points.rows(); ++i) {
        out[i] = static_cast<double>(kernels.squared_l2(points.row(i).data(), centre.data(), centre.size()));
    }
}

/// Greedy k-means++: each next centre is drawn in proportion to the squared distance to the nearest one so far, from a
/// few candidates the one that lowers the sum of those most.
Matrix choose_start(const Matrix& points, std::size_t clusters, Random& random) {
    const std::size_t n = points.rows();
    Matrix centres(clusters, points.columns());
    const auto candidates = static_cast<std::size_t>(2 + std::log(static_cast<double>(clusters)));
    std::vector<double> nearest(n);
    std::vector<double> distances(n);
    std::vector<double> best(n);
    std::vector<double> cumulative(n);

    const auto first = static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(n) - 1));
    copy_row(points.row(first), centres.row(0));
    squared_distances_to(points, centres.row(0), nearest);
    for (std::size_t c = 1; c < clusters; ++c) {
        std::partial_sum(nearest.begin(), nearest.end(), cumulative.begin());
        std::size_t chosen = 0;
        double lowest = std::numeric_limits<double>::infinity();
        for (std::size_t candidate = 0; candidate < candidates; ++candidate) {
            const double drawn = random.uniform() * cumulative.back();
            const auto found = std::upper_bound(cumulative.begin(), cumulative.end(), drawn) - cumulative.begin();
            const std::size_t row = std::min(static_cast<std::size_t>(found), n - 1);
            squared_distances_to(points, points.row(row), distances);
            double sum = 0;
            for (std::size_t i = 0; i < n; ++i) {
                distances[i] = std::min(distances[i], nearest[i]);
                sum += distances[i];
            }
            if (sum < lowest) {
                lowest = sum;
                chosen = row;
                best.swap(distances);
            }
        }
        copy_row(points.row(chosen), centres.row(c));
        nearest.swap(best);
    }
    return centres;
}

/// Gives each empty cluster the point farthest from its centre, taken from a cluster that keeps other members.
void refill_empty_clusters(const Assignment& assignment, std::vector<int>& labels, std::vector<std::size_t>& sizes) {
    if (std::find(sizes.begin(), sizes.end(), 0U) == sizes.end()) return;
    std::vector<std::size_t> by_distance(labels.size());
    std::iota(by_distance.begin(), by_distance.end(), 0U);
    std::stable_sort(by_distance.begin(), by_distance.end(), [&](std::size_t a, std::size_t b) {
        return assignment.squared_distances[a] > assignment.squared_distances[b];
    });
    std::size_t next = 0;
    for (std::size_t empty = 0; empty < sizes.size(); ++empty) {
        if (sizes[empty] != 0) continue;
        while (next < by_distance.size() && sizes[static_cast<std::size_t>(labels[by_distance[next]])] < 2)
            ++next;
        if (next == by_distance.size()) return;
        int& label = labels[by_distance[next++]];
        --sizes[static_cast<std::size_t>(label)];
        label = static_cast<int>(empty);
        sizes[empty] = 1;
    }
}

/// Moves the centres to the means of their members; returns the squared shift.
double move_centres(const Matrix& points, const std::vector<int>& labels, const std::vector<std::size_t>& sizes,
                    Matrix& centres) {
    MatrixD sums(centres.rows(), centres.columns());
    for (std::size_t i = 0; i < points.rows(); ++i) {
        const auto sum = sums.row(static_cast<std::size_t>(labels[i]));
        const auto point = points.row(i);
        for (std::size_t j = 0; j < point.size(); ++j)
            sum[j] += static_cast<double>(point[j]);
    }
    double shift = 0;
    for (std::size_t c = 0; c < centres.rows(); ++c) {
        if (sizes[c] == 0) continue;  // fewer distinct points than clusters: stays where it is
        const auto centre = centres.row(c);
        for (std::size_t j = 0; j < centre.size(); ++j) {
            const auto moved = static_cast<float>(sums(c, j) / static_cast<double>(sizes[c]));
            const double difference = static_cast<double>(moved) - static_cast<double>(centre[j]);
            shift += difference * difference;
            centre[j] = moved;
        }
    }
    return shift;
}

double mean_column_variance(const Matrix& points) {
    std::vector<double> sums(points.columns());
    std::vector<double> squares(points.columns());
    for (std::size_t i = 0; i < points.rows(); ++i) {
        const auto row = points.row(i);
        for (std::size_t j = 0; j < row.size(); ++j) {
            sums[j] += static_cast<double>(row[j]);
            squares[j] += static_cast<double>(row[j]) * static_cast<double>(row[j]);
        }
    }
    const auto n = static_cast<double>(points.rows());
    double total = 0;
    for (std::size_t j = 0; j < sums.size(); ++j)
        total += std::max(0.0, squares[j] / n - (sums[j] / n) * (sums[j] / n));
    return points.columns() == 0 ? 0 : total / static_cast<double>(points.columns());
}

KMeansResult run_once(const Matrix& points, const KMeansParams& params, double tolerance, Random random) {
    KMeansResult result;
    result.centres = choose_start(points, params.clusters, random);
    Assignment assignment;
    bool settled = false;
    while (!settled && result.iterations < params.max_iterations) {
        ++result.iterations;
        assignment = assign(points, result.centres, params.threads);
        const bool unchanged = assignment.labels == result.labels;
        result.labels = assignment.labels;
        std::vector<std::size_t> sizes(params.clusters);
        for (const int label : result.labels)
            ++sizes[static_cast<std::size_t>(label)];
        refill_empty_clusters(assignment, result.labels, sizes);
        const double shift = move_centres(points, result.labels, sizes, result.centres);
        settled = unchanged || shift <= tolerance;
    }
    assignment = assign(points, result.centres, params.threads);
    result.labels = std::move(assignment.labels);
    result.inertia = std::accumulate(assignment.squared_distances.begin(), assignment.squared_distances.end(), 0.0);
    return result;
}

}  // namespace

Assignment assign(const Matrix& points, const Matrix& centres, unsigned threads) {
    Assignment assignment;
    assignment.labels.resize(points.rows());
    assignment.squared_distances.resize(points.rows());
    const Kernels& kernels = best_kernels();
    const std::size_t columns = centres.columns();
    // The nearest centre has the largest x.c - |c|^2 / 2.
    std::vector<float> half_squares(centres.rows());
    for (std::size_t c = 0; c < centres.rows(); ++c) {
        const auto centre = centres.row(c);
        half_squares[c] = 0.5F * kernels.dot(centre.data(), centre.data(), columns);
    }
    parallel_for((points.rows() + kRowsPerBlock - 1) / kRowsPerBlock, threads, [&](std::size_t block) {
        std::vector<float> dots(centres.rows());
        const std::size_t end = std::min(points.rows(), (block + 1) * kRowsPerBlock);
        for (std::size_t i = block * kRowsPerBlock; i < end; ++i) {
            const float* point = points.row(i).data();
            kernels.dot_rows(point, centres.data(), centres.rows(), columns, dots.data());
            std::size_t nearest = 0;
            float highest = dots[0] - half_squares[0];
            for (std::size_t c = 1; c < dots.size(); ++c) {
                const float value = dots[c] - half_squares[c];
                if (value > highest) {
                    highest = value;
                    nearest = c;
                }
            }
            assignment.labels[i] = static_cast<int>(nearest);
            // |x|^2 - 2 x.c + |c|^2 loses digits for near points; one direct distance does not.
            assignment.squared_distances[i] = kernels.squared_l2(point, centres.row(nearest).data(), columns);
        }
    });
    return assignment;
}

KMeansResult kmeans(const Matrix& points, const KMeansParams& params) {
    if (params.clusters < 1 || params.clusters > points.rows()) {
        throw Error(ErrorCode::invalid_argument, "k-means cannot make " + std::to_string(params.clusters) +
                                                     " clusters of " + std::to_string(points.rows()) + " points.");
    }
    const double tolerance = params.tolerance * mean_column_variance(points);
    KMeansResult best;
    for (int restart = 0; restart < std::max(1, params.n_init); ++restart) {
        const auto task = static_cast<std::uint64_t>(restart);
        KMeansResult result = run_once(points, params, tolerance, Random::for_task(params.seed, task));
        if (restart == 0 || result.inertia < best.inertia) best = std::move(result);
    }
    return best;
}

}  // namespace audiomuse::numeric
