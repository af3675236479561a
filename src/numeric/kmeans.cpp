#include "audiomuse/numeric/kmeans.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/base/random.h"
#include "audiomuse/numeric/distance.h"
#include "kernels.h"
#include "kmeans_start.h"
#include "panels.h"
#include "row_numbers.h"

namespace audiomuse::numeric {
namespace {

constexpr std::size_t kRowsPerTask = 512;
constexpr std::size_t kStartRowsPerBatchRow = 3;  // scikit-learn's: a sample that starts are chosen from
constexpr double kLeastGainOfPass = 1e-3;

Matrix rows_of(const Matrix& points, std::span<const std::uint32_t> numbers) {
    Matrix rows(numbers.size(), points.columns());
    for (std::size_t i = 0; i < numbers.size(); ++i)
        std::copy_n(points.row(numbers[i]).data(), points.columns(), rows.row(i).data());
    return rows;
}

/// Centres as the loops of tiles.h read them.
class PackedCentres {
public:
    explicit PackedCentres(const Matrix& centres)
        : rows_(centres), half_squares_(rows_.count() * kPanel, std::numeric_limits<float>::infinity()) {
        for (std::size_t c = 0; c < centres.rows(); ++c) {
            const float* const centre = centres.row(c).data();
            half_squares_[c] = 0.5F * best_kernels().dot(centre, centre, centres.columns());
        }
    }

    /// The nearest centre of each column of a panel. It has the largest x.c - |c|^2 / 2.
    std::array<std::int32_t, kPanel> nearest(const float* panel) const {
        const TileKernels& kernels = best_tile_kernels();
        std::array<float, kPanel> largest;
        largest.fill(-std::numeric_limits<float>::infinity());
        std::array<std::int32_t, kPanel> labels{};
        for (std::size_t c = 0; c < rows_.rows(); c += kTileRows) {
            kernels.find_largest(rows_.group(c), kPanel, panel, kPanel, rows_.columns(), &half_squares_[c],
                                 static_cast<std::int32_t>(c), largest.data(), labels.data());
        }
        return labels;
    }

private:
    Panels rows_;
    std::vector<float> half_squares_;  // infinite for the rows that only fill up
};

/// The nearest centre of each row of the panels from `begin` up to `end`.
void label_panels(const Panels& points, std::size_t begin, std::size_t end, const PackedCentres& centres, int* labels) {
    for (std::size_t p = begin; p < end; ++p) {
        const auto nearest = centres.nearest(points.panel(p));
        labels = std::copy_n(nearest.begin(), points.rows_in(p), labels);
    }
}

/// Packs the points on its way, a few at a time.
void find_nearest(const Matrix& points, const Matrix& centres, unsigned threads, const CancelToken& cancel,
                  std::vector<int>& labels) {
    const PackedCentres packed(centres);
    labels.resize(points.rows());
    for_panels(panels_for(points.rows()), threads, cancel, [&](std::size_t begin, std::size_t end) {
        const Panels some(points, begin * kPanel, std::min(points.rows(), end * kPanel));
        label_panels(some, 0, some.count(), packed, labels.data() + begin * kPanel);
    });
}

/// |x|^2 - 2 x.c + |c|^2 would lose digits for near points; the difference does not.
std::vector<float> distances_to_own(const Matrix& points, const Matrix& centres, const std::vector<int>& labels,
                                    unsigned threads) {
    std::vector<float> distances(points.rows());
    const Kernels& kernels = best_kernels();
    parallel_for((points.rows() + kRowsPerTask - 1) / kRowsPerTask, threads, [&](std::size_t task) {
        const std::size_t end = std::min(points.rows(), (task + 1) * kRowsPerTask);
        for (std::size_t i = task * kRowsPerTask; i < end; ++i) {
            const float* const centre = centres.row(static_cast<std::size_t>(labels[i])).data();
            distances[i] = kernels.squared_l2(points.row(i).data(), centre, points.columns());
        }
    });
    return distances;
}

double sum_of(const std::vector<float>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0);
}

std::vector<std::size_t> sizes_of(const std::vector<int>& labels, std::size_t clusters) {
    std::vector<std::size_t> sizes(clusters);
    for (const int label : labels)
        ++sizes[static_cast<std::size_t>(label)];
    return sizes;
}

/// Gives each empty cluster the point farthest from its centre, taken from a cluster that keeps other members.
void refill_empty_clusters(const std::vector<float>& distances, std::vector<int>& labels,
                           std::vector<std::size_t>& sizes) {
    std::vector<std::size_t> by_distance(labels.size());
    std::iota(by_distance.begin(), by_distance.end(), 0U);
    std::stable_sort(by_distance.begin(), by_distance.end(),
                     [&](std::size_t a, std::size_t b) { return distances[a] > distances[b]; });
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

/// Sums over the members of each cluster, brought up to date by those that changed theirs: after a few iterations,
/// these are few.
class MemberSums {
public:
    MemberSums(const Matrix& points, std::size_t clusters)
        : points_(points), sums_(clusters, points.columns()), labels_(points.rows(), -1) {}

    void follow(const std::vector<int>& labels) {
        for (std::size_t i = 0; i < labels.size(); ++i) {
            if (labels[i] == labels_[i]) continue;
            const auto point = points_.row(i);
            if (labels_[i] >= 0) {
                const auto before = sums_.row(static_cast<std::size_t>(labels_[i]));
                for (std::size_t j = 0; j < point.size(); ++j)
                    before[j] -= static_cast<double>(point[j]);
            }
            const auto after = sums_.row(static_cast<std::size_t>(labels[i]));
            for (std::size_t j = 0; j < point.size(); ++j)
                after[j] += static_cast<double>(point[j]);
            labels_[i] = labels[i];
        }
    }

    /// Moves the centres to the means of their members; returns the squared shift.
    double move(const std::vector<std::size_t>& sizes, Matrix& centres) const {
        double shift = 0;
        for (std::size_t c = 0; c < centres.rows(); ++c) {
            if (sizes[c] == 0) continue;  // fewer distinct points than clusters: stays where it is
            const auto centre = centres.row(c);
            for (std::size_t j = 0; j < centre.size(); ++j) {
                const auto moved = static_cast<float>(sums_(c, j) / static_cast<double>(sizes[c]));
                const double difference = static_cast<double>(moved) - static_cast<double>(centre[j]);
                shift += difference * difference;
                centre[j] = moved;
            }
        }
        return shift;
    }

private:
    const Matrix& points_;
    MatrixD sums_;
    std::vector<int> labels_;  // that the sums are of
};

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

/// What all restarts share.
struct Task {
    const Matrix& points;
    const Panels* panels;  ///< the points; null where they are packed on the way, to spare the memory
    const KMeansParams& params;
    double tolerance;  ///< of the squared shift
    unsigned threads;  ///< of one restart
};

void find_nearest(const Task& task, const Matrix& centres, std::vector<int>& labels) {
    if (task.panels == nullptr) {
        find_nearest(task.points, centres, task.threads, task.params.cancel, labels);
        return;
    }
    const PackedCentres packed(centres);
    labels.resize(task.points.rows());
    for_panels(task.panels->count(), task.threads, task.params.cancel, [&](std::size_t begin, std::size_t end) {
        label_panels(*task.panels, begin, end, packed, labels.data() + begin * kPanel);
    });
}

/// Lloyd's iterations from `start` on, at most `iterations`.
KMeansResult settle(const Task& task, Matrix start, int iterations) {
    KMeansResult result;
    result.centres = std::move(start);
    MemberSums sums(task.points, task.params.clusters);
    std::vector<int> nearest;
    std::vector<int> before;
    bool settled = false;
    while (!settled && result.iterations < iterations) {
        ++result.iterations;
        find_nearest(task, result.centres, nearest);
        const bool unchanged = nearest == before;
        before = nearest;
        std::vector<std::size_t> sizes = sizes_of(nearest, task.params.clusters);
        if (std::find(sizes.begin(), sizes.end(), 0U) != sizes.end())
            refill_empty_clusters(distances_to_own(task.points, result.centres, nearest, task.threads), nearest, sizes);
        sums.follow(nearest);
        const double shift = sums.move(sizes, result.centres);
        settled = unchanged || shift <= task.tolerance;
    }
    find_nearest(task, result.centres, nearest);
    result.inertia = sum_of(distances_to_own(task.points, result.centres, nearest, task.threads));
    result.labels = std::move(nearest);
    return result;
}

/// Centres that are moved by a batch at a time, each to the mean of all rows that it has been given so far.
class BatchedCentres {
public:
    BatchedCentres(const Task& task, Matrix start)
        : task_(task), centres_(std::move(start)), weights_(centres_.rows()), order_(row_numbers(task.points.rows())) {}

    const Matrix& centres() const { return centres_; }

    /// Every row once, in random order. Returns the sum of squared distances to the centres as each batch found them.
    double pass(Random& random) {
        random.shuffle(std::span(order_));
        double inertia = 0;
        for (std::size_t first = 0; first < order_.size(); first += task_.params.batch_rows) {
            const std::size_t size = std::min(task_.params.batch_rows, order_.size() - first);
            inertia += move_by(std::span(order_).subspan(first, size));
        }
        return inertia;
    }

private:
    double move_by(std::span<const std::uint32_t> batch) {
        const PackedCentres packed(centres_);
        std::vector<int> labels(batch.size());
        for_panels(
            panels_for(batch.size()), task_.threads, task_.params.cancel, [&](std::size_t begin, std::size_t end) {
                const std::size_t first = begin * kPanel;
                const Panels some(task_.points, batch.subspan(first, std::min(batch.size(), end * kPanel) - first));
                label_panels(some, 0, some.count(), packed, labels.data() + first);
            });
        double inertia = 0;
        MatrixD sums(centres_.rows(), centres_.columns());
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const auto own = static_cast<std::size_t>(labels[i]);
            const auto sum = sums.row(own);
            const auto point = task_.points.row(batch[i]);
            inertia += static_cast<double>(squared_l2(point, centres_.row(own)));
            for (std::size_t j = 0; j < point.size(); ++j)
                sum[j] += static_cast<double>(point[j]);
        }
        const std::vector<std::size_t> sizes = sizes_of(labels, centres_.rows());
        for (std::size_t c = 0; c < centres_.rows(); ++c) {
            if (sizes[c] == 0) continue;
            const double heavier = weights_[c] + static_cast<double>(sizes[c]);
            for (std::size_t j = 0; j < centres_.columns(); ++j) {
                const double sum = static_cast<double>(centres_(c, j)) * weights_[c] + sums(c, j);
                centres_(c, j) = static_cast<float>(sum / heavier);
            }
            weights_[c] = heavier;
        }
        return inertia;
    }

    const Task& task_;
    Matrix centres_;
    std::vector<double> weights_;  // rows given to each centre
    std::vector<std::uint32_t> order_;
};

/// A start chosen from a sample, passes in batches until they gain little, and one iteration with all rows, which
/// leaves no cluster empty.
KMeansResult run_in_batches(const Task& task, Random& random) {
    const KMeansParams& params = task.params;
    std::vector<std::uint32_t> order = row_numbers(task.points.rows());
    random.shuffle(std::span(order));
    order.resize(std::min(order.size(), kStartRowsPerBatchRow * std::max(params.batch_rows, params.clusters)));
    const Matrix sample = rows_of(task.points, order);
    BatchedCentres batched(task,
                           choose_start(sample, Panels(sample), params.clusters, random, task.threads, params.cancel));
    int passes = 0;
    double inertia = std::numeric_limits<double>::infinity();
    double before = 0;
    do {
        before = inertia;
        inertia = batched.pass(random);
        ++passes;
    } while (inertia < (1 - kLeastGainOfPass) * before && passes < params.max_iterations);
    KMeansResult result = settle(task, batched.centres(), 1);
    result.iterations = passes;
    return result;
}

}  // namespace

Assignment assign(const Matrix& points, const Matrix& centres, unsigned threads) {
    Assignment assignment;
    find_nearest(points, centres, threads, {}, assignment.labels);
    assignment.squared_distances = distances_to_own(points, centres, assignment.labels, threads);
    return assignment;
}

KMeansResult kmeans(const Matrix& points, const KMeansParams& params) {
    if (params.clusters < 1 || params.clusters > points.rows()) {
        throw Error(ErrorCode::invalid_argument, "k-means cannot make " + std::to_string(params.clusters) +
                                                     " clusters of " + std::to_string(points.rows()) + " points.");
    }
    const bool in_batches = params.batch_rows > 0 && params.batch_rows < points.rows();
    const Panels panels = in_batches ? Panels() : Panels(points);
    // Restarts need nothing of each other: they fill the threads best.
    const auto starts = static_cast<std::size_t>(std::max(1, params.n_init));
    const auto at_once = static_cast<unsigned>(std::clamp<std::size_t>(params.threads, 1, starts));
    const Task task{.points = points,
                    .panels = in_batches ? nullptr : &panels,
                    .params = params,
                    .tolerance = params.tolerance * mean_column_variance(points),
                    .threads = params.threads / at_once};
    std::vector<KMeansResult> results(starts);
    parallel_for(starts, at_once, [&](std::size_t start) {
        Random random = Random::for_task(params.seed, start);
        results[start] =
            in_batches
                ? run_in_batches(task, random)
                : settle(task, choose_start(points, panels, params.clusters, random, task.threads, params.cancel),
                         params.max_iterations);
    });
    return std::move(*std::min_element(results.begin(), results.end(),
                                       [](const auto& a, const auto& b) { return a.inertia < b.inertia; }));
}

Matrix member_means(const Matrix& points, std::span<const int> labels) {
    int highest = -1;
    for (const int label : labels)
        highest = std::max(highest, label);
    MatrixD sums(static_cast<std::size_t>(highest + 1), points.columns());
    std::vector<std::size_t> sizes(sums.rows());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] < 0) continue;
        const auto label = static_cast<std::size_t>(labels[i]);
        ++sizes[label];
        for (std::size_t j = 0; j < points.columns(); ++j)
            sums(label, j) += static_cast<double>(points(i, j));
    }
    Matrix means(sums.rows(), sums.columns());
    for (std::size_t c = 0; c < means.rows(); ++c) {
        if (sizes[c] == 0) continue;
        for (std::size_t j = 0; j < means.columns(); ++j)
            means(c, j) = static_cast<float>(sums(c, j) / static_cast<double>(sizes[c]));
    }
    return means;
}

}  // namespace audiomuse::numeric
