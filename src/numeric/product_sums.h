// Sums of products of columns: what covariances are made of.
#pragma once

#include <span>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/numeric/matrix.h"

namespace audiomuse::numeric {

/// The sum of row^T row over rows of doubles.
class ProductSums {
public:
    explicit ProductSums(std::size_t columns);

    /// The numbers of one row more, to be written before the next call.
    std::span<double> next_row();
    /// The sums over all rows: symmetric, `columns` x `columns`.
    MatrixD sums();

private:
    void add_up();

    std::size_t columns_;
    std::size_t step_;         // of a row, filled up with zeros
    std::size_t waiting_ = 0;  // rows that are not in the sums yet
    std::vector<double> rows_;
    std::vector<double> tiles_;  // those of the lower triangle
};

std::vector<double> column_means(const Matrix& rows);

/// The sums of products of what rows are apart from the means. The same on any number of threads: they are put together
/// from parts whose number depends on the rows alone. Throws Error(cancelled) once `cancel` is.
MatrixD centred_products(const Matrix& rows, std::span<const double> means, unsigned threads,
                         const CancelToken& cancel = {});

}  // namespace audiomuse::numeric
