#include "audiomuse/numeric/dbscan.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/numeric/kmeans.h"
#include "audiomuse/numeric/neighbours.h"
#include "pairs.h"
#include "row_numbers.h"

namespace audiomuse::numeric {
namespace {

constexpr std::size_t kPanelsOfTask = 4;  // compared with all others while they are in the cache

/// Disjoint sets of rows that any number of threads may join (Anderson and Woll, 1991): what is joined in the end does
/// not depend on their order.
class Sets {
public:
    explicit Sets(std::size_t rows) : parents_(rows) {
        for (std::size_t i = 0; i < rows; ++i)
            parents_[i].store(static_cast<std::uint32_t>(i), std::memory_order_relaxed);
    }

    std::uint32_t find(std::uint32_t row) {
        for (;;) {
            std::uint32_t parent = parents_[row].load(std::memory_order_relaxed);
            if (parent == row) return row;
            const std::uint32_t above = parents_[parent].load(std::memory_order_relaxed);
            if (above != parent) parents_[row].compare_exchange_weak(parent, above, std::memory_order_relaxed);
            row = above;
        }
    }

    void join(std::uint32_t a, std::uint32_t b) {
        for (;;) {
            a = find(a);
            b = find(b);
            if (a == b) return;
            if (a < b) std::swap(a, b);
            std::uint32_t expected = a;  // the later root goes below the earlier one, if it still is one
            if (parents_[a].compare_exchange_strong(expected, b, std::memory_order_relaxed)) return;
        }
    }

private:
    std::vector<std::atomic<std::uint32_t>> parents_;
};

/// What is known of the pairs of neighbours that have been met. Each is remembered in the list of one of its rows at
/// least, as long as that row has fewer neighbours than a core row: these lists are all that has to be kept. Where both
/// are full, both are core rows, and joined at once.
class Neighbourhoods {
public:
    Neighbourhoods(std::size_t rows, std::size_t min_samples)
        : wanted_(min_samples - 1), counts_(rows), lists_(rows * wanted_), sets_(rows) {}

    void add(std::uint32_t a, std::uint32_t b) {
        const bool in_list_of_a = note(a, b);
        const bool in_list_of_b = note(b, a);
        if (!in_list_of_a && !in_list_of_b) sets_.join(a, b);
    }

    bool is_core(std::uint32_t row) const { return counts_[row].load(std::memory_order_relaxed) >= wanted_; }
    /// The first rows that were met, of a row that is no core row all of them.
    std::span<const std::uint32_t> of(std::uint32_t row) const {
        const std::size_t count = std::min(wanted_, counts_[row].load(std::memory_order_relaxed));
        return std::span(lists_).subspan(row * wanted_, count);
    }
    Sets& sets() { return sets_; }

private:
    bool note(std::uint32_t row, std::uint32_t neighbour) {
        if (is_core(row)) return false;
        const std::size_t place = counts_[row].fetch_add(1, std::memory_order_relaxed);
        if (place >= wanted_) return false;
        lists_[row * wanted_ + place] = neighbour;
        return true;
    }

    std::size_t wanted_;  // neighbours of a core row, besides itself
    std::vector<std::atomic<std::size_t>> counts_;
    std::vector<std::uint32_t> lists_;
    Sets sets_;
};

/// Panels all of whose rows are core rows of one set. That stays so, and between two of them there is nothing to learn
/// once they are in the same set.
class SettledPanels {
public:
    SettledPanels(const Panels& panels, Neighbourhoods& met) : panels_(panels), met_(met), settled_(panels.count()) {}

    bool nothing_to_learn(std::size_t a, std::size_t b) {
        return settled(a) && settled(b) && met_.sets().find(first_of(a)) == met_.sets().find(first_of(b));
    }

private:
    static std::uint32_t first_of(std::size_t panel) { return static_cast<std::uint32_t>(panel * kPanel); }

    bool settled(std::size_t panel) {
        if (settled_[panel].load(std::memory_order_relaxed)) return true;
        const std::uint32_t first = first_of(panel);
        const auto end = first + static_cast<std::uint32_t>(panels_.rows_in(panel));
        for (std::uint32_t row = first; row < end; ++row) {
            if (!met_.is_core(row)) return false;
        }
        const std::uint32_t root = met_.sets().find(first);
        for (std::uint32_t row = first + 1; row < end; ++row) {
            if (met_.sets().find(row) != root) return false;
        }
        settled_[panel].store(true, std::memory_order_relaxed);
        return true;
    }

    const Panels& panels_;
    Neighbourhoods& met_;
    std::vector<std::atomic<bool>> settled_;
};

/// Decides who is a neighbour: by the sums of a tile where they are clear, else by sums that are exact enough.
class Reach {
public:
    /// `turned`: what is measured in their place.
    Reach(const Matrix& points, const TurnedPoints& turned, double eps) : points_(points) {
        const auto given = static_cast<double>(static_cast<float>(eps));  // points are no more exact than that
        squared_ = given * given;
        // A sum of n terms, none below 0, is within n roundings of the true one.
        const double error = (static_cast<double>(points.columns()) + 4) * std::numeric_limits<float>::epsilon();
        const double nearer = std::max(0.0, given - turned.error);
        const double farther = given + turned.error;
        surely_ = static_cast<float>(nearer * nearer * (1 - error));
        perhaps_.fill(
            static_cast<float>(std::min<double>(farther * farther * (1 + error), std::numeric_limits<float>::max())));
    }

    const float* limits() const { return perhaps_.data(); }
    bool holds(std::uint32_t a, std::uint32_t b, float measured) const {
        return measured <= surely_ || (measured <= perhaps_.front() && squared_distance(a, b) <= squared_);
    }

private:
    double squared_distance(std::uint32_t a, std::uint32_t b) const {
        double sum = 0;
        for (std::size_t j = 0; j < points_.columns(); ++j) {
            const double difference = static_cast<double>(points_(a, j)) - static_cast<double>(points_(b, j));
            sum += difference * difference;
        }
        return sum;
    }

    const Matrix& points_;
    double squared_ = 0;
    float surely_ = 0;
    std::array<float, kPanel> perhaps_{};
};

/// Adds the neighbours between kTileRows rows from row `first` on and the rows of a panel that come after them.
void add_neighbours(const Panels& panels, std::size_t first, std::size_t panel, const Reach& reach, DistanceTile& tile,
                    Neighbourhoods& met) {
    if (!tile.measure_within(panels.group(first), panels.panel(panel), panels.columns(), reach.limits())) return;
    for (std::size_t i = 0; i < std::min(kTileRows, panels.rows() - first); ++i) {
        const auto row = static_cast<std::uint32_t>(first + i);
        for (std::size_t j = 0; j < panels.rows_in(panel); ++j) {
            const auto other = static_cast<std::uint32_t>(panel * kPanel + j);
            if (row < other && reach.holds(row, other, tile.row(i)[j])) met.add(row, other);
        }
    }
}

void meet_all(const Matrix& points, const DbscanParams& params, Neighbourhoods& met) {
    const TurnedPoints turned = turn(points, params.threads);
    const Panels panels(turned.points);
    const Reach reach(points, turned, params.eps);
    SettledPanels settled(panels, met);
    parallel_for((panels.count() + kPanelsOfTask - 1) / kPanelsOfTask, params.threads, [&](std::size_t task) {
        DistanceTile tile;
        const std::size_t end = std::min(panels.count(), (task + 1) * kPanelsOfTask);
        for (std::size_t other = task * kPanelsOfTask; other < panels.count(); ++other) {
            params.cancel.check();
            for (std::size_t own = task * kPanelsOfTask; own < std::min(end, other + 1); ++own) {
                if (settled.nothing_to_learn(own, other)) continue;
                for (std::size_t i = 0; i < panels.rows_in(own); i += kTileRows)
                    add_neighbours(panels, own * kPanel + i, other, reach, tile, met);
            }
        }
    });
}

/// Joins the core rows that remember each other, and numbers the clusters.
DbscanResult conclude(std::size_t rows, Neighbourhoods& met) {
    DbscanResult result{.labels = std::vector<int>(rows, kNoise), .is_core = std::vector<bool>(rows)};
    for (std::uint32_t row = 0; row < rows; ++row) {
        if (!met.is_core(row)) continue;
        result.is_core[row] = true;
        for (const std::uint32_t other : met.of(row)) {
            if (met.is_core(other)) met.sets().join(row, other);
        }
    }
    std::vector<int> number(rows, kNoise);  // of the cluster with this root
    int clusters = 0;
    for (std::uint32_t row = 0; row < rows; ++row) {
        if (!result.is_core[row]) continue;
        int& label = number[met.sets().find(row)];
        if (label == kNoise) label = clusters++;
        result.labels[row] = label;
    }
    for (std::uint32_t row = 0; row < rows; ++row) {
        if (result.is_core[row]) continue;
        for (const std::uint32_t other : met.of(row)) {
            if (!result.is_core[other]) continue;
            int& label = result.labels[row];
            label = label == kNoise ? result.labels[other] : std::min(label, result.labels[other]);
        }
    }
    return result;
}

}  // namespace

DbscanResult dbscan(const Matrix& points, const DbscanParams& params) {
    if (!(params.eps > 0)) throw Error(ErrorCode::invalid_argument, "The reach (eps) of DBSCAN must be above 0.");
    if (params.min_samples < 1) throw Error(ErrorCode::invalid_argument, "DBSCAN needs min_samples of at least 1.");
    // With fewer rows there can be no core row, and no need for lists that long.
    if (points.rows() < params.min_samples)
        return {.labels = std::vector<int>(points.rows(), kNoise), .is_core = std::vector<bool>(points.rows())};
    Neighbourhoods met(points.rows(), params.min_samples);
    meet_all(points, params, met);
    DbscanResult result = conclude(points.rows(), met);
    result.centres = member_means(points, result.labels);
    return result;
}

std::vector<float> k_distances(const Matrix& points, const KDistanceParams& params) {
    const std::vector<std::uint32_t> rows = sample_row_numbers(points.rows(), params.max_rows, params.seed);
    const Neighbours near =
        exact_neighbours_of(points, rows, std::max<std::size_t>(1, params.k), params.threads, params.cancel);
    std::vector<float> curve;
    for (std::size_t last = near.k; last <= near.distances.size() && near.k > 0; last += near.k)
        curve.push_back(near.distances[last - 1]);
    std::sort(curve.begin(), curve.end());
    return curve;
}

float knee(std::span<const float> curve) {
    if (curve.empty()) return 0;
    const auto first = static_cast<double>(curve.front());
    const auto last = static_cast<double>(curve.back());
    const auto steps = static_cast<double>(std::max<std::size_t>(1, curve.size() - 1));
    std::size_t at = 0;
    double deepest = 0;
    for (std::size_t i = 0; i < curve.size(); ++i) {
        const double line = first + (last - first) * static_cast<double>(i) / steps;
        const double below = line - static_cast<double>(curve[i]);
        if (below > deepest) {
            deepest = below;
            at = i;
        }
    }
    return curve[at];
}

}  // namespace audiomuse::numeric
