// Local search over the orders of a list.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace audiomuse::features {

/// What an order costs.
struct OrderCosts {
    std::size_t size = 0;
    std::vector<float> steps = {};      ///< size * size, symmetric
    std::vector<double> wildness = {};  ///< of the tracks; empty: only steps count
    std::vector<double> wanted = {};    ///< of the places
    double arc_weight = 0;

    float step(std::size_t one, std::size_t other) const { return steps[one * size + other]; }
    /// Of a track at a place.
    double off(std::size_t track, std::size_t place) const {
        if (wanted.empty()) return 0;
        const double off = wildness[track] - wanted[place];
        return arc_weight * (off < 0 ? -off : off);
    }
    double total(std::span<const std::size_t> order) const;
};

/// Makes moves that make `order` cheaper until there are none: 2-opt and Or-opt where only steps count (both would cost
/// a pass over the moved part on an arc), exchanges of two tracks there. Deterministic: the moves are tried in one
/// order, and at most a fixed number of rounds.
void improve(const OrderCosts& costs, std::vector<std::size_t>& order);

}  // namespace audiomuse::features
