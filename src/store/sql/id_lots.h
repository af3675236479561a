// Rows of many tracks by few queries: a query each would cost an engine behind a network a round trip per track.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/base/ids.h"
#include "sql/connection.h"

namespace audiomuse::store::sql {

inline Value value_of(TrackId id) {
    return id.value;
}
inline Value value_of(const std::string& text) {
    return std::string_view(text);
}

/// Calls `body(list, values)` for one lot of `keys` after the other: `list` is a text such as "(?, ?)" for an IN, and
/// `values` are the keys for it. Lists have a few lengths only, so that an engine can keep its prepared statements:
/// what is too short is filled up with the last key.
template <class Key, class Body>
void each_lot(std::span<const Key> keys, Body body) {
    static constexpr std::array<std::size_t, 4> kLengths = {1, 8, 32, 128};
    std::vector<Value> values;
    while (!keys.empty()) {
        const auto lot = keys.first(std::min(keys.size(), kLengths.back()));
        keys = keys.subspan(lot.size());
        values.clear();
        for (const Key& key : lot)
            values.push_back(value_of(key));
        values.resize(*std::ranges::lower_bound(kLengths, lot.size()), value_of(lot.back()));
        std::string list = "(?";
        for (std::size_t i = 1; i < values.size(); ++i)
            list += ", ?";
        body(list + ")", std::span<const Value>(values));
    }
}

}  // namespace audiomuse::store::sql
