// Gaussian mixtures, fitted by expectation-maximisation (Dempster, Laird and Rubin, 1977) from k-means++ starts.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/numeric/matrix.h"

namespace audiomuse::numeric {

/// What the covariance matrices of a mixture may look like.
enum class Covariance {
    diagonal,   ///< a variance for every component and column
    spherical,  ///< a variance for every component
    full,       ///< a matrix for every component
    tied,       ///< one matrix for all components
};

struct GmmParams {
    std::size_t components = 1;
    Covariance covariance = Covariance::diagonal;
    int n_init = 3;            ///< starts; the fit of the highest likelihood wins
    int max_iterations = 100;  ///< of a start
    double tolerance = 1e-3;   ///< stop when the mean log likelihood of a row grows by less
    /// No variance is smaller, in any direction. What keeps a component from closing in on a single row, where the
    /// likelihood has no bound; > 0. Single variances are cut off there; to matrices it is added along the diagonal.
    double variance_floor = 1e-6;
    std::uint64_t seed = 1;
    unsigned threads = 1;  ///< has no influence on the result
    CancelToken cancel;
};

struct GaussianMixture {
    Covariance covariance = Covariance::diagonal;
    std::vector<double> weights;  ///< of the components, their sum is 1
    MatrixD means;                ///< a row for each component
    MatrixD variances;  ///< diagonal: a row for each component; spherical: the same with one column; else without rows
    std::vector<MatrixD> matrices;  ///< full: the covariance matrix of each component; tied: the one of all; else none

    std::size_t components() const { return weights.size(); }
    /// The numbers that a fit is free to choose: what information criteria count.
    std::size_t free_parameters() const;
};

struct GmmFit {
    GaussianMixture mixture;
    std::vector<int> labels;    ///< the most probable component of each row
    double log_likelihood = 0;  ///< of all rows, natural logarithm
    int iterations = 0;         ///< of the winning start
    bool converged = false;     ///< false: max_iterations ended it
};

/// The mixture that explains the rows of `points` best. Every start begins at a run of k-means of its own; with single
/// variances it never loses likelihood on its way. Throws Error(invalid_argument) unless 1 <= components <= rows and
/// variance_floor > 0, Error(cancelled) once `cancel` is.
GmmFit fit_gmm(const Matrix& points, const GmmParams& params = {});

/// Bayesian information criterion (Schwarz, 1978), lower is better: free_parameters * ln(rows) - 2 * log_likelihood.
double bic(const GmmFit& fit, std::size_t rows);

/// fit_gmm for every number of components from 1 to `most` (at most the rows); the fit of the lowest BIC, the one of
/// fewer components on ties. Of `params` all but `components` count.
GmmFit fit_gmm_by_bic(const Matrix& points, std::size_t most, const GmmParams& params = {});

/// How likely each row belongs to each component: a row for each point, whose sum is 1. `log_densities`, if given, gets
/// the logarithm of the mixture's density at every row.
MatrixD responsibilities(const GaussianMixture& mixture, const Matrix& points, unsigned threads = 1,
                         std::vector<double>* log_densities = nullptr);

}  // namespace audiomuse::numeric
