// The densities of a Gaussian mixture at many points: the first half of an iteration of expectation-maximisation.
#pragma once

#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/numeric/gmm.h"
#include "panels.h"

namespace audiomuse::numeric {

/// Points that are worked on at a time: what is known of a component is read once for all of them.
inline constexpr std::size_t kPointsPerBlock = 4 * kPanel;

/// The same points as doubles, coordinate by coordinate: panels of kDoublePanel.
class DoublePanels {
public:
    /// Of the panels from number `first` on, as many as make a block.
    void load(const Panels& points, std::size_t first);

    std::size_t count() const { return count_; }
    std::size_t columns() const { return columns_; }
    double* panel(std::size_t i) { return values_.data() + i * columns_ * kDoublePanel; }
    const double* panel(std::size_t i) const { return values_.data() + i * columns_ * kDoublePanel; }

private:
    std::size_t count_ = 0;
    std::size_t columns_ = 0;
    std::vector<double> values_;
};

/// A mixture with all that does not depend on the point worked out.
class Densities {
public:
    /// Throws Error(invalid_argument) where a covariance matrix or variance is not finite, Error(cancelled).
    explicit Densities(const GaussianMixture& mixture, unsigned threads = 1, const CancelToken& cancel = {});

    std::size_t components() const { return offsets_.size(); }

    /// The logarithm of weight times density, of component k at point j of a block: to[k * kPointsPerBlock + j].
    void log_parts(const DoublePanels& points, std::vector<double>& to) const;

private:
    void prepare_variances(const GaussianMixture& mixture);
    void prepare_matrices(const GaussianMixture& mixture, unsigned threads, const CancelToken& cancel);
    void squares_by_variances(const DoublePanels& points, std::vector<double>& to) const;
    void squares_by_matrices(const DoublePanels& points, std::vector<double>& to) const;
    DoublePanels whiten(const DoublePanels& points) const;

    Covariance covariance_;
    std::size_t columns_;
    std::vector<double> offsets_;  // logarithm of the weight and of what stands before the exponential
    // (x - mean)^T covariance^-1 (x - mean) = |F x - F mean|^2, where F is the inverse of the Cholesky factor. Stored
    // coordinate by coordinate of x. Variances: the diagonals of F and the F mean of all components side by side, which
    // tied matrices have too once the points are multiplied by their F. Full: an F and an F mean for each component.
    std::vector<double> factors_;
    std::vector<double> shifts_;
    std::vector<double> whitening_;  // tied: the F
};

}  // namespace audiomuse::numeric
