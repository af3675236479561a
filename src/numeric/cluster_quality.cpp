#include "audiomuse/numeric/cluster_quality.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "audiomuse/base/parallel.h"
#include "audiomuse/numeric/distance.h"
#include "audiomuse/numeric/kmeans.h"
#include "pairs.h"
#include "row_numbers.h"

namespace audiomuse::numeric {
namespace {

constexpr std::size_t kPanelsAtOnce = 4;  // compared with another while it is in the cache

double distance(std::span<const float> a, std::span<const float> b) {
    return std::sqrt(static_cast<double>(squared_l2(a, b)));
}

/// The clusters that have rows, numbered anew: `of_row` gets the number for each of `rows`. Returns their sizes.
std::vector<std::size_t> number_clusters(std::span<const int> labels, std::span<const std::uint32_t> rows,
                                         std::vector<std::size_t>& of_row) {
    int end = 0;
    for (const std::uint32_t row : rows)
        end = std::max(end, labels[row] + 1);
    // Noise is the first.
    const auto place = [&](std::uint32_t row) { return static_cast<std::size_t>(std::int64_t{labels[row]} + 1); };
    std::vector<std::size_t> counts(static_cast<std::size_t>(end) + 1);
    for (const std::uint32_t row : rows)
        ++counts[place(row)];
    std::vector<std::size_t> numbers(counts.size());
    std::vector<std::size_t> sizes;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (counts[i] == 0) continue;
        numbers[i] = sizes.size();
        sizes.push_back(counts[i]);
    }
    of_row.clear();
    for (const std::uint32_t row : rows)
        of_row.push_back(numbers[place(row)]);
    return sizes;
}

/// The non-empty clusters of a grouping.
struct Clusters {
    Matrix centres;
    std::vector<std::size_t> sizes;
    std::vector<std::size_t> of_row;  ///< index into the above
};

Clusters gather(const Matrix& points, std::span<const int> labels) {
    Clusters clusters;
    clusters.sizes = number_clusters(labels, row_numbers(points.rows()), clusters.of_row);
    clusters.centres = member_means(points, std::vector<int>(clusters.of_row.begin(), clusters.of_row.end()));
    return clusters;
}

/// Adds to sums(c, j), for the row j of a panel, its distances to the rows of cluster c among the rows of another
/// panel.
void add_distances(const Panels& panels, std::size_t panel, std::size_t other, std::span<const std::size_t> cluster_of,
                   MatrixD& sums) {
    DistanceTile tile;
    for (std::size_t first = 0; first < panels.rows_in(other); first += kTileRows) {
        tile.measure(panels.group(other * kPanel + first), panels.panel(panel), panels.columns());
        for (std::size_t i = 0; i < std::min(kTileRows, panels.rows_in(other) - first); ++i) {
            double* const to = sums.row(cluster_of[other * kPanel + first + i]).data();
            for (std::size_t j = 0; j < kPanel; ++j)
                to[j] += static_cast<double>(std::sqrt(tile.row(i)[j]));
        }
    }
}

/// The sum of the silhouettes of the rows of a panel, from those sums.
double silhouettes_of_panel(const Panels& panels, std::size_t panel, const MatrixD& sums,
                            std::span<const std::size_t> cluster_of, std::span<const std::size_t> sizes) {
    double total = 0;
    for (std::size_t j = 0; j < panels.rows_in(panel); ++j) {
        const std::size_t own = cluster_of[panel * kPanel + j];
        if (sizes[own] < 2) continue;
        const double inside = sums(own, j) / static_cast<double>(sizes[own] - 1);
        double outside = INFINITY;
        for (std::size_t c = 0; c < sizes.size(); ++c) {
            if (c != own) outside = std::min(outside, sums(c, j) / static_cast<double>(sizes[c]));
        }
        const double larger = std::max(inside, outside);
        if (larger > 0) total += (outside - inside) / larger;
    }
    return total;
}

}  // namespace

double silhouette(const Matrix& points, std::span<const int> labels, const SilhouetteParams& params) {
    std::vector<std::uint32_t> rows = sample_row_numbers(points.rows(), params.max_rows, params.seed);
    std::sort(rows.begin(), rows.end());
    std::vector<std::size_t> cluster_of;
    const std::vector<std::size_t> sizes = number_clusters(labels, rows, cluster_of);
    if (sizes.size() < 2) return 0;
    const Panels panels(points, rows);
    std::vector<double> of_panel(panels.count());
    parallel_for((panels.count() + kPanelsAtOnce - 1) / kPanelsAtOnce, params.threads, [&](std::size_t task) {
        const std::size_t first = task * kPanelsAtOnce;
        std::vector<MatrixD> sums(std::min(kPanelsAtOnce, panels.count() - first), MatrixD(sizes.size(), kPanel));
        for (std::size_t other = 0; other < panels.count(); ++other) {
            params.cancel.check();
            for (std::size_t i = 0; i < sums.size(); ++i)
                add_distances(panels, first + i, other, cluster_of, sums[i]);
        }
        for (std::size_t i = 0; i < sums.size(); ++i)
            of_panel[first + i] = silhouettes_of_panel(panels, first + i, sums[i], cluster_of, sizes);
    });
    return std::accumulate(of_panel.begin(), of_panel.end(), 0.0) / static_cast<double>(rows.size());
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
