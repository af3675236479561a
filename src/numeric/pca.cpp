#include "audiomuse/numeric/pca.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "kernels.h"
#include "product_sums.h"

namespace audiomuse::numeric {
namespace {

constexpr std::size_t kRowsAtOnce = 256;

}  // namespace

ColumnScaling standardise_columns(Matrix& matrix) {
    ColumnScaling scaling;
    scaling.mean.assign(matrix.columns(), 0);
    scaling.deviation.assign(matrix.columns(), 1);
    if (matrix.rows() == 0) return scaling;
    const std::vector<double> means = column_means(matrix);
    std::vector<double> squares(matrix.columns());
    for (std::size_t i = 0; i < matrix.rows(); ++i) {
        const auto row = matrix.row(i);
        for (std::size_t j = 0; j < row.size(); ++j) {
            const double difference = static_cast<double>(row[j]) - means[j];
            squares[j] += difference * difference;
        }
    }
    for (std::size_t j = 0; j < matrix.columns(); ++j) {
        const double deviation = std::sqrt(squares[j] / static_cast<double>(matrix.rows()));
        scaling.mean[j] = static_cast<float>(means[j]);
        // A column of equal values has a deviation of rounding errors only; it must not be blown up to unit size.
        if (deviation > 1e-7 * std::max(1.0, std::abs(means[j]))) scaling.deviation[j] = static_cast<float>(deviation);
    }
    for (std::size_t i = 0; i < matrix.rows(); ++i) {
        const auto row = matrix.row(i);
        for (std::size_t j = 0; j < row.size(); ++j)
            row[j] = (row[j] - scaling.mean[j]) / scaling.deviation[j];
    }
    return scaling;
}

Pca fit_pca(const Matrix& rows, std::size_t components, unsigned threads) {
    if (rows.rows() < 2 || rows.columns() == 0) {
        throw Error(ErrorCode::invalid_argument, "Principal components need at least 2 rows.");
    }
    const std::size_t most = std::min(rows.columns(), rows.rows() - 1);
    const std::size_t count = components == 0 ? most : std::min(components, most);
    const auto columns = static_cast<Eigen::Index>(rows.columns());

    const std::vector<double> means = column_means(rows);
    const MatrixD products = centred_products(rows, means, threads);
    const Eigen::MatrixXd covariance =
        Eigen::Map<const Eigen::MatrixXd>(products.data(), columns, columns) / static_cast<double>(rows.rows() - 1);

    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);  // reads the lower triangle
    if (solver.info() != Eigen::Success) throw Error(ErrorCode::internal, "The principal components did not converge.");

    Pca pca;
    pca.mean.assign(means.begin(), means.end());
    pca.components = Matrix(count, rows.columns());
    pca.explained_variance.resize(count);
    for (std::size_t c = 0; c < count; ++c) {
        const Eigen::Index from_last = columns - 1 - static_cast<Eigen::Index>(c);  // Eigen sorts by rising eigenvalue
        const auto vector = solver.eigenvectors().col(from_last);
        Eigen::Index largest = 0;
        vector.cwiseAbs().maxCoeff(&largest);
        const double sign = vector(largest) < 0 ? -1 : 1;
        for (std::size_t j = 0; j < rows.columns(); ++j) {
            pca.components(c, j) = static_cast<float>(sign * vector(static_cast<Eigen::Index>(j)));
        }
        pca.explained_variance[c] = std::max(0.0, solver.eigenvalues()(from_last));
    }
    return pca;
}

Matrix project(const Pca& pca, const Matrix& rows, unsigned threads) {
    const std::size_t count = pca.components.rows();
    Matrix projected(rows.rows(), count);
    const Kernels& kernels = best_kernels();
    parallel_for((rows.rows() + kRowsAtOnce - 1) / kRowsAtOnce, threads, [&](std::size_t block) {
        std::vector<float> centred(rows.columns());
        const std::size_t end = std::min(rows.rows(), (block + 1) * kRowsAtOnce);
        for (std::size_t i = block * kRowsAtOnce; i < end; ++i) {
            const auto row = rows.row(i);
            for (std::size_t j = 0; j < row.size(); ++j)
                centred[j] = row[j] - pca.mean[j];
            kernels.dot_rows(centred.data(), pca.components.data(), count, centred.size(), projected.row(i).data());
        }
    });
    return projected;
}

}  // namespace audiomuse::numeric
