#include "audiomuse/numeric/cluster_quality.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "audiomuse/base/random.h"
#include "audiomuse/numeric/distance.h"

namespace audiomuse::numeric {
namespace {

double distance(std::span<const float> a, std::span<const float> b) {
    return std::sqrt(static_cast<double>(squared_l2(a, b)));
}

/// The non-empty clusters of a grouping.
struct Clusters {
    Matrix centres;
    std::vector<std::size_t> sizes;
    std::vector<std::size_t> of_row;  ///< index into the above
};

Clusters gather(const Matrix& points, std::span<const int> labels) {
    int highest = -1;
    for (const int label : labels)
        highest = std::max(highest, label);
    std::vector<std::size_t> counts(static_cast<std::size_t>(highest + 1));
    for (const int label : labels)
        ++counts[static_cast<std::size_t>(label)];
    std::vector<std::size_t> compact(counts.size());
    Clusters clusters;
    for (std::size_t label = 0; label < counts.size(); ++label) {
        if (counts[label] == 0) continue;
        compact[label] = clusters.sizes.size();
        clusters.sizes.push_back(counts[label]);
    }
    MatrixD sums(clusters.sizes.size(), points.columns());
    clusters.of_row.reserve(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        clusters.of_row.push_back(compact[static_cast<std::size_t>(labels[i])]);
        const auto sum = sums.row(clusters.of_row.back());
        const auto point = points.row(i);
        for (std::size_t j = 0; j < point.size(); ++j)
            sum[j] += static_cast<double>(point[j]);
    }
    clusters.centres = Matrix(sums.rows(), sums.columns());
    for (std::size_t c = 0; c < sums.rows(); ++c) {
        for (std::size_t j = 0; j < sums.columns(); ++j) {
            clusters.centres(c, j) = static_cast<float>(sums(c, j) / static_cast<double>(clusters.sizes[c]));
        }
    }
    return clusters;
}

}  // namespace

double silhouette(const Matrix& points, std::span<const int> labels, const SilhouetteParams& params) {
    std::vector<std::size_t> rows(points.rows());
    std::iota(rows.begin(), rows.end(), 0U);
    if (params.max_rows > 0 && rows.size() > params.max_rows) {
        Random random(params.seed);
        random.shuffle(std::span(rows));
        rows.resize(params.max_rows);
        std::sort(rows.begin(), rows.end());
    }
    int highest = -1;
    for (const std::size_t row : rows)
        highest = std::max(highest, labels[row]);
    std::vector<std::size_t> sizes(static_cast<std::size_t>(highest + 1));
    for (const std::size_t row : rows)
        ++sizes[static_cast<std::size_t>(labels[row])];
    if (sizes.size() - static_cast<std::size_t>(std::count(sizes.begin(), sizes.end(), 0U)) < 2) return 0;

    // sums(i, c): distances of sampled row i to all sampled rows of cluster c.
    MatrixD sums(rows.size(), sizes.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t j = i + 1; j < rows.size(); ++j) {
            const double d = distance(points.row(rows[i]), points.row(rows[j]));
            sums(i, static_cast<std::size_t>(labels[rows[j]])) += d;
            sums(j, static_cast<std::size_t>(labels[rows[i]])) += d;
        }
    }
    double total = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto own = static_cast<std::size_t>(labels[rows[i]]);
        if (sizes[own] < 2) continue;
        const double inside = sums(i, own) / static_cast<double>(sizes[own] - 1);
        double outside = INFINITY;
        for (std::size_t c = 0; c < sizes.size(); ++c) {
            if (c != own && sizes[c] > 0) outside = std::min(outside, sums(i, c) / static_cast<double>(sizes[c]));
        }
        const double larger = std::max(inside, outside);
        if (larger > 0) total += (outside - inside) / larger;
    }
    return total / static_cast<double>(rows.size());
}

double davies_bouldin(const Matrix& points, std::span<const int> labels) {
    const Clusters clusters = gather(points, labels);
    const std::size_t count = clusters.sizes.size();
    if (count < 2) return 0;
    std::vector<double> scatter(count);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const std::size_t c = clusters.of_row[i];
        scatter[c] += distance(points.row(i), clusters.centres.row(c)) / static_cast<double>(clusters.sizes[c]);
    }
    double total = 0;
    for (std::size_t a = 0; a < count; ++a) {
        double worst = 0;
        for (std::size_t b = 0; b < count; ++b) {
            const double apart = a == b ? 0 : distance(clusters.centres.row(a), clusters.centres.row(b));
            if (apart > 0) worst = std::max(worst, (scatter[a] + scatter[b]) / apart);
        }
        total += worst;
    }
    return total / static_cast<double>(count);
}

double calinski_harabasz(const Matrix& points, std::span<const int> labels) {
    const Clusters clusters = gather(points, labels);
    const std::size_t count = clusters.sizes.size();
    if (count < 2 || points.rows() <= count) return 0;
    const std::vector<int> one_label(points.rows(), 0);
    const Clusters whole = gather(points, one_label);
    double between = 0;
    for (std::size_t c = 0; c < count; ++c) {
        between += static_cast<double>(clusters.sizes[c]) *
                   static_cast<double>(squared_l2(clusters.centres.row(c), whole.centres.row(0)));
    }
    double within = 0;
    for (std::size_t i = 0; i < points.rows(); ++i) {
        within += static_cast<double>(squared_l2(points.row(i), clusters.centres.row(clusters.of_row[i])));
    }
    if (within == 0) return 1;
    return between * static_cast<double>(points.rows() - count) / (within * static_cast<double>(count - 1));
}

}  // namespace audiomuse::numeric
