// Column statistics and principal component analysis.
#pragma once

#include <vector>

#include "audiomuse/numeric/matrix.h"

namespace audiomuse::numeric {

struct ColumnScaling {
    std::vector<float> mean;
    std::vector<float> deviation;  ///< population standard deviation; 1 for a constant column
};
/// Subtracts each column's mean and divides by its deviation, in place. A matrix without rows stays as it is.
ColumnScaling standardise_columns(Matrix& matrix);

struct Pca {
    std::vector<float> mean;                 ///< of each input column
    Matrix components;                       ///< one unit vector per row, by falling variance
    std::vector<double> explained_variance;  ///< of each component, divisor rows - 1
};
/// At most `components` components (0: all, which is min(columns, rows - 1)) from the eigenvectors of the covariance
/// matrix of the centred rows. The sign of each is such that its coordinate of largest magnitude is positive.
/// Threads have no influence on them. Throws Error(invalid_argument) for fewer than 2 rows.
Pca fit_pca(const Matrix& rows, std::size_t components = 0, unsigned threads = 1);
/// (rows - mean) * components^T: one column per component.
Matrix project(const Pca& pca, const Matrix& rows, unsigned threads = 1);

}  // namespace audiomuse::numeric
