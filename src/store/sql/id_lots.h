// Rows of many tracks by few queries: a query each would cost an engine behind a network a round trip per track.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/base/ids.h"
#include "sql/connection.h"

namespace audiomuse::store::sql {

/// Calls `body(list, values)` for one lot of `ids` after the other: `list` is a text such as "(?, ?)" for an IN, and
/// `values` are the ids for it. Lists have a few lengths only, so that an engine can keep its prepared statements: what
/// is too short is filled up with the last id.
template <class Body>
void each_lot(std::span<const TrackId> ids, Body body) {
    static constexpr std::array<std::size_t, 4> kLengths = {1, 8, 32, 128};
    std::vector<Value> values;
    while (!ids.empty()) {
        const auto lot = ids.first(std::min(ids.size(), kLengths.back()));
        ids = ids.subspan(lot.size());
        values.clear();
        for (const TrackId id : lot)
            values.emplace_back(id.value);
        values.resize(*std::ranges::lower_bound(kLengths, lot.size()), lot.back().value);
        std::string list = "(?";
        for (std::size_t i = 1; i < values.size(); ++i)
            list += ", ?";
        body(list + ")", std::span<const Value>(values));
    }
}

}  // namespace audiomuse::store::sql
