#include "audiomuse/numeric/neighbours.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "audiomuse/base/parallel.h"
#include "pairs.h"
#include "row_numbers.h"

namespace audiomuse::numeric {
namespace {

constexpr std::size_t kQueriesPerTask = 8 * kPanel;  // they share what they read of the rows

using Near = std::pair<float, std::uint32_t>;  // squared distance and row: what neighbours are sorted by

/// The nearest so far of a panel of rows.
class NearestOfPanel {
public:
    NearestOfPanel(std::span<const std::uint32_t> numbers, std::size_t k)
        : numbers_(numbers), k_(k), near_(numbers.size()) {
        limits_.fill(-1);  // of what only fills up the panel
        std::fill_n(limits_.begin(), numbers.size(), std::numeric_limits<float>::infinity());
        for (auto& list : near_)
            list.reserve(k + 1);
    }

    const float* limits() const { return limits_.data(); }

    /// Distances to the `count` rows from row `first` on.
    void offer(std::size_t first, std::size_t count, const DistanceTile& tile) {
        for (std::size_t i = 0; i < count; ++i) {
            const auto row = static_cast<std::uint32_t>(first + i);
            const float* const distances = tile.row(i);
            for (std::size_t j = 0; j < near_.size(); ++j) {
                if (distances[j] <= limits_[j] && row != numbers_[j]) insert(j, {distances[j], row});
            }
        }
    }

    void write(std::uint32_t* ids, float* distances) const {
        for (const auto& list : near_) {
            for (std::size_t i = 0; i < list.size(); ++i) {
                ids[i] = list[i].second;
                distances[i] = std::sqrt(list[i].first);
            }
            ids += k_;
            distances += k_;
        }
    }

private:
    void insert(std::size_t j, Near near) {
        std::vector<Near>& list = near_[j];
        list.insert(std::upper_bound(list.begin(), list.end(), near), near);
        if (list.size() > k_) list.pop_back();
        if (list.size() == k_) limits_[j] = list.back().first;
    }

    std::span<const std::uint32_t> numbers_;
    std::size_t k_;
    std::vector<std::vector<Near>> near_;
    std::array<float, kPanel> limits_{};
};

}  // namespace

Neighbours exact_neighbours(const Matrix& rows, std::size_t k, unsigned threads, const CancelToken& cancel) {
    return exact_neighbours_of(rows, row_numbers(rows.rows()), k, threads, cancel);
}

Neighbours exact_neighbours_of(const Matrix& rows, std::span<const std::uint32_t> numbers, std::size_t k,
                               unsigned threads, const CancelToken& cancel) {
    Neighbours found;
    if (rows.rows() < 2 || k == 0) return found;
    found.k = std::min(k, rows.rows() - 1);
    found.ids.resize(numbers.size() * found.k, kNoNeighbour);
    found.distances.resize(found.ids.size());
    const Matrix turned = turn(rows, threads).points;
    const Panels all(turned);
    parallel_for((numbers.size() + kQueriesPerTask - 1) / kQueriesPerTask, threads, [&](std::size_t task) {
        const std::size_t first = task * kQueriesPerTask;
        const auto asked = numbers.subspan(first, std::min(kQueriesPerTask, numbers.size() - first));
        const Panels queries(turned, asked);
        std::vector<NearestOfPanel> nearest;
        for (std::size_t q = 0; q < queries.count(); ++q)
            nearest.emplace_back(asked.subspan(q * kPanel, queries.rows_in(q)), found.k);
        DistanceTile tile;
        // From where the first of them is: rows near each other are often stored near each other, and the sooner the
        // nearest are found, the less has to be looked at.
        for (std::size_t step = 0; step < all.count(); ++step) {
            cancel.check();
            const std::size_t p = (asked.front() / kPanel + step) % all.count();
            for (std::size_t q = 0; q < queries.count(); ++q) {
                for (std::size_t i = 0; i < all.rows_in(p); i += kTileRows) {
                    if (tile.measure_within(all.group(p * kPanel + i), queries.panel(q), rows.columns(),
                                            nearest[q].limits()))
                        nearest[q].offer(p * kPanel + i, std::min(kTileRows, all.rows_in(p) - i), tile);
                }
            }
        }
        for (std::size_t q = 0; q < queries.count(); ++q) {
            const std::size_t at = (first + q * kPanel) * found.k;
            nearest[q].write(&found.ids[at], &found.distances[at]);
        }
    });
    return found;
}

}  // namespace audiomuse::numeric
