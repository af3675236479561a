// Rows of floats in the form that the loops of tiles.h read.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/numeric/matrix.h"
#include "tiles.h"

namespace audiomuse::numeric {

constexpr std::size_t panels_for(std::size_t rows) {
    return (rows + kPanel - 1) / kPanel;
}

/// Panels of kPanel rows, coordinate by coordinate; the last one is filled up with zeros. A copy of the rows.
class Panels {
public:
    Panels() = default;
    explicit Panels(const Matrix& rows) : Panels(rows, 0, rows.rows()) {}
    /// The rows from `begin` up to `end`.
    Panels(const Matrix& rows, std::size_t begin, std::size_t end);
    /// The rows with these numbers, in this order.
    Panels(const Matrix& rows, std::span<const std::uint32_t> numbers);

    std::size_t rows() const { return rows_; }
    std::size_t columns() const { return columns_; }
    std::size_t count() const { return panels_for(rows_); }
    const float* panel(std::size_t i) const { return values_.data() + i * columns_ * kPanel; }
    /// Of panel i, without the zeros.
    std::size_t rows_in(std::size_t i) const { return std::min(kPanel, rows_ - i * kPanel); }
    /// kTileRows rows from row `first` on, a multiple of kTileRows: the other operand, with a step of kPanel too.
    const float* group(std::size_t first) const { return panel(first / kPanel) + first % kPanel; }

private:
    void pack(std::size_t at, std::span<const float> row);

    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
    std::vector<float> values_;
};

/// Calls body(begin, end) for the same ranges of panels, which cover [0, count), on any number of threads, and looks at
/// `cancel` before each.
void for_panels(std::size_t count, unsigned threads, const CancelToken& cancel,
                const std::function<void(std::size_t, std::size_t)>& body);

}  // namespace audiomuse::numeric
