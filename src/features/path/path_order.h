// The order of songs between two that stay where they are.
#pragma once

#include <span>
#include <vector>

namespace audiomuse::features {

/// Reorders `vectors`, unit vectors, but for the first and the last, so that the sum of the angles of neighbours falls:
/// parts are turned round (2-opt: Croes, 1958) and single ones moved, until neither helps. Returns the order, as
/// indices.
std::vector<std::size_t> shortest_order(std::span<const std::span<const float>> vectors);

}  // namespace audiomuse::features
