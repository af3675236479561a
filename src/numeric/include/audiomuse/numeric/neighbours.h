// The nearest rows of each row of a matrix.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/numeric/matrix.h"

namespace audiomuse::numeric {

/// Stands in a row of Neighbours that has fewer than `k`.
inline constexpr std::uint32_t kNoNeighbour = std::numeric_limits<std::uint32_t>::max();

/// The `k` nearest others of each point, row after row, nearest first; a point is not its own neighbour.
struct Neighbours {
    std::size_t k = 0;
    std::vector<std::uint32_t> ids;  ///< rows of the points that were searched, or kNoNeighbour at the end of a row
    std::vector<float> distances;    ///< >= 0
    std::size_t points() const { return k == 0 ? 0 : ids.size() / k; }
};

/// By an exact pass over all pairs, by Euclidean distance, equal distances by row. Distances are true to within 1e-5 of
/// how far the farthest row is from the mean of all. k is at most rows - 1. Throws Error(cancelled) once `cancel` is.
Neighbours exact_neighbours(const Matrix& rows, std::size_t k, unsigned threads = 1, const CancelToken& cancel = {});
/// The same of the rows with these numbers only, in their order: neighbours are still looked for among all rows.
Neighbours exact_neighbours_of(const Matrix& rows, std::span<const std::uint32_t> numbers, std::size_t k,
                               unsigned threads = 1, const CancelToken& cancel = {});

}  // namespace audiomuse::numeric
