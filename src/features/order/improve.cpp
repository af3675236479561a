#include "improve.h"

#include <algorithm>
#include <array>
#include <utility>

namespace audiomuse::features {

namespace {

constexpr int kMostRounds = 60;
constexpr double kGain = 1e-6;  // less is rounding
constexpr std::size_t kLongestMove = 3;

using Order = std::vector<std::size_t>;

std::ptrdiff_t offset(std::size_t i) {
    return static_cast<std::ptrdiff_t>(i);
}

/// The step between the tracks at two places; 0 beyond an end.
double between(const OrderCosts& costs, const Order& order, std::size_t place, std::size_t next) {
    return place < order.size() && next < order.size() ? static_cast<double>(costs.step(order[place], order[next])) : 0;
}

constexpr std::size_t kBeyond = static_cast<std::size_t>(-1);
std::size_t before(std::size_t place) {
    return place == 0 ? kBeyond : place - 1;
}

/// Turns parts round where that is cheaper.
bool turn_parts(const OrderCosts& costs, Order& order) {
    bool changed = false;
    for (std::size_t i = 0; i + 1 < order.size(); ++i) {
        for (std::size_t j = i + 1; j < order.size(); ++j) {
            const double old = between(costs, order, before(i), i) + between(costs, order, j, j + 1);
            const double turned = between(costs, order, before(i), j) + between(costs, order, i, j + 1);
            if (turned > old - kGain) continue;
            std::reverse(order.begin() + offset(i), order.begin() + offset(j) + 1);
            changed = true;
        }
    }
    return changed;
}

/// Moves parts of one to three tracks elsewhere, either way round, where that is cheaper.
bool move_parts(const OrderCosts& costs, Order& order) {
    bool changed = false;
    const std::size_t n = order.size();
    for (std::size_t length = 1; length <= kLongestMove && length < n; ++length) {
        for (std::size_t i = 0; i + length <= n; ++i) {
            const std::size_t last = i + length - 1;
            const double freed = between(costs, order, before(i), i) + between(costs, order, last, last + 1) -
                                 between(costs, order, before(i), last + 1);
            if (freed < kGain) continue;
            // Into the gap in front of `gap`, which is none of the part's own.
            double best = freed - kGain;
            std::size_t best_gap = kBeyond;
            bool turned = false;
            for (std::size_t gap = 0; gap <= n; ++gap) {
                if (gap >= i && gap <= last + 1) continue;
                const double opened = -between(costs, order, before(gap), gap);
                const double straight =
                    opened + between(costs, order, before(gap), i) + between(costs, order, last, gap);
                const double backwards =
                    opened + between(costs, order, before(gap), last) + between(costs, order, i, gap);
                if (std::min(straight, backwards) >= best) continue;
                best = std::min(straight, backwards);
                best_gap = gap;
                turned = backwards < straight;
            }
            if (best_gap == kBeyond) continue;
            const auto part = order.begin() + offset(i);
            if (turned) std::reverse(part, part + offset(length));
            if (best_gap < i) {
                std::rotate(order.begin() + offset(best_gap), part, part + offset(length));
            } else {
                std::rotate(part, part + offset(length), order.begin() + offset(best_gap));
            }
            changed = true;
        }
    }
    return changed;
}

/// The steps around two places.
double around(const OrderCosts& costs, const Order& order, std::size_t i, std::size_t j) {
    double sum =
        between(costs, order, before(i), i) + between(costs, order, i, i + 1) + between(costs, order, j, j + 1);
    if (j != i + 1) sum += between(costs, order, before(j), j);
    return sum;
}

/// Exchanges two tracks where that is cheaper.
bool exchange_tracks(const OrderCosts& costs, Order& order) {
    bool changed = false;
    for (std::size_t i = 0; i + 1 < order.size(); ++i) {
        for (std::size_t j = i + 1; j < order.size(); ++j) {
            const double old = costs.off(order[i], i) + costs.off(order[j], j) + around(costs, order, i, j);
            const double off = costs.off(order[j], i) + costs.off(order[i], j);
            if (off > old - kGain) continue;  // whatever the steps
            std::swap(order[i], order[j]);
            if (off + around(costs, order, i, j) > old - kGain) {
                std::swap(order[i], order[j]);
            } else {
                changed = true;
            }
        }
    }
    return changed;
}

}  // namespace

double OrderCosts::total(std::span<const std::size_t> order) const {
    double sum = 0;
    for (std::size_t place = 0; place < order.size(); ++place) {
        sum += off(order[place], place);
        if (place > 0) sum += static_cast<double>(step(order[place - 1], order[place]));
    }
    return sum;
}

void improve(const OrderCosts& costs, std::vector<std::size_t>& order) {
    const bool on_an_arc = !costs.wanted.empty();
    for (int round = 0; round < kMostRounds; ++round) {
        bool changed = false;
        if (on_an_arc) {
            changed = exchange_tracks(costs, order);
        } else {
            changed = turn_parts(costs, order);
            if (move_parts(costs, order)) changed = true;
        }
        if (!changed) return;
    }
}

}  // namespace audiomuse::features
