#include "audiomuse/numeric/gmm.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <string>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/base/random.h"
#include "audiomuse/numeric/kmeans.h"

namespace audiomuse::numeric {
namespace {

constexpr std::size_t kRowsPerStep = 256;
constexpr int kStartIterations = 20;  // of k-means: a start need not be settled
constexpr double kNobody = 1e-10;     // a component with less weight of rows than this stays as it is

/// The densities of a mixture, with all that does not depend on the point worked out.
class Densities {
public:
    explicit Densities(const GaussianMixture& mixture)
        : mixture_(mixture), precisions_(mixture.variances.rows(), mixture.variances.columns()) {
        const double constant = static_cast<double>(mixture.means.columns()) * std::log(2 * std::numbers::pi);
        for (std::size_t k = 0; k < mixture.components(); ++k) {
            double log_determinant = 0;
            for (std::size_t j = 0; j < precisions_.columns(); ++j) {
                log_determinant += std::log(mixture.variances(k, j));
                precisions_(k, j) = 1 / mixture.variances(k, j);
            }
            offsets_.push_back(std::log(mixture.weights[k]) - 0.5 * (constant + log_determinant));
        }
    }

    /// Logarithm of weight times density of component k.
    double log_part(std::size_t k, std::span<const float> point) const {
        return offsets_[k] - 0.5 * squared_mahalanobis(point, mixture_.means.row(k), precisions_.row(k));
    }

private:
    // Four sums, so that additions need not wait for each other.
    static double squared_mahalanobis(std::span<const float> point, std::span<const double> mean,
                                      std::span<const double> precision) {
        double sums[4] = {};
        const std::size_t n = point.size();
        std::size_t j = 0;
        for (; j + 4 <= n; j += 4) {
            for (std::size_t lane = 0; lane < 4; ++lane) {
                const double difference = static_cast<double>(point[j + lane]) - mean[j + lane];
                sums[lane] += difference * difference * precision[j + lane];
            }
        }
        for (; j < n; ++j) {
            const double difference = static_cast<double>(point[j]) - mean[j];
            sums[0] += difference * difference * precision[j];
        }
        return (sums[0] + sums[1]) + (sums[2] + sums[3]);
    }

    const GaussianMixture& mixture_;
    MatrixD precisions_;
    std::vector<double> offsets_;
};

/// Turns logarithms of parts into parts of 1; returns the logarithm of their sum (log-sum-exp: the largest is taken out
/// first, so that nothing overflows and not everything underflows).
double normalise_logs(std::span<double> logs) {
    const double largest = *std::max_element(logs.begin(), logs.end());
    double sum = 0;
    for (double& value : logs) {
        value = std::exp(value - largest);
        sum += value;
    }
    for (double& value : logs)
        value /= sum;
    return largest + std::log(sum);
}

/// Moves every component to what the rows that belong to it say. Each is summed in the order of the rows.
void maximise(const Matrix& points, const MatrixD& parts, const GmmParams& params, GaussianMixture& mixture) {
    parallel_for(mixture.components(), params.threads, [&](std::size_t k) {
        double total = 0;
        for (std::size_t i = 0; i < points.rows(); ++i)
            total += parts(i, k);
        mixture.weights[k] = total / static_cast<double>(points.rows());
        if (total < kNobody) return;
        const auto mean = mixture.means.row(k);
        const auto variance = mixture.variances.row(k);
        std::fill(mean.begin(), mean.end(), 0.0);
        std::fill(variance.begin(), variance.end(), 0.0);
        const auto each_row = [&](const auto& visit) {
            for (std::size_t i = 0; i < points.rows(); ++i) {
                const double part = parts(i, k) / total;
                if (part == 0) continue;  // in many dimensions most are
                const auto point = points.row(i);
                for (std::size_t j = 0; j < point.size(); ++j)
                    visit(j, part, static_cast<double>(point[j]));
            }
        };
        each_row([&](std::size_t j, double part, double value) { mean[j] += part * value; });
        each_row([&](std::size_t j, double part, double value) {
            variance[j] += part * (value - mean[j]) * (value - mean[j]);
        });
        // The likelihood has one maximum in each variance: cut off below, it is at the floor.
        for (double& value : variance)
            value = std::max(value, params.variance_floor);
    });
}

GaussianMixture start(const Matrix& points, const GmmParams& params, std::uint64_t seed) {
    const KMeansResult groups = kmeans(points, {.clusters = params.components,
                                                .n_init = 1,
                                                .max_iterations = kStartIterations,
                                                .seed = seed,
                                                .threads = params.threads});
    GaussianMixture mixture;
    mixture.weights.resize(params.components);
    mixture.means = MatrixD(params.components, points.columns());
    mixture.variances = MatrixD(params.components, points.columns());
    for (std::size_t k = 0; k < params.components; ++k) {
        std::copy(groups.centres.row(k).begin(), groups.centres.row(k).end(), mixture.means.row(k).begin());
        std::fill(mixture.variances.row(k).begin(), mixture.variances.row(k).end(), params.variance_floor);
    }
    MatrixD parts(points.rows(), params.components);
    for (std::size_t i = 0; i < points.rows(); ++i)
        parts(i, static_cast<std::size_t>(groups.labels[i])) = 1;
    maximise(points, parts, params, mixture);
    return mixture;
}

GmmFit fit_once(const Matrix& points, const GmmParams& params, std::uint64_t seed) {
    GmmFit fit{.mixture = start(points, params, seed)};
    std::vector<double> log_densities;
    double before = -std::numeric_limits<double>::infinity();
    for (;;) {
        const MatrixD parts = responsibilities(fit.mixture, points, params.threads, &log_densities);
        fit.log_likelihood = std::accumulate(log_densities.begin(), log_densities.end(), 0.0);
        const double mean = fit.log_likelihood / static_cast<double>(points.rows());
        fit.converged = mean - before < params.tolerance;
        if (fit.converged || fit.iterations >= params.max_iterations) return fit;
        before = mean;
        ++fit.iterations;
        maximise(points, parts, params, fit.mixture);
    }
}

}  // namespace

std::size_t GaussianMixture::free_parameters() const {
    const std::size_t k = components();
    return k - 1 + k * means.columns() + k * variances.columns();  // the weights add up to 1
}

MatrixD responsibilities(const GaussianMixture& mixture, const Matrix& points, unsigned threads,
                         std::vector<double>* log_densities) {
    MatrixD parts(points.rows(), mixture.components());
    if (log_densities != nullptr) log_densities->resize(points.rows());
    const Densities densities(mixture);
    parallel_for((points.rows() + kRowsPerStep - 1) / kRowsPerStep, threads, [&](std::size_t block) {
        const std::size_t end = std::min(points.rows(), (block + 1) * kRowsPerStep);
        for (std::size_t i = block * kRowsPerStep; i < end; ++i) {
            for (std::size_t k = 0; k < mixture.components(); ++k)
                parts(i, k) = densities.log_part(k, points.row(i));
            const double log_density = normalise_logs(parts.row(i));
            if (log_densities != nullptr) (*log_densities)[i] = log_density;
        }
    });
    return parts;
}

GmmFit fit_gmm(const Matrix& points, const GmmParams& params) {
    if (params.components < 1 || params.components > points.rows()) {
        throw Error(ErrorCode::invalid_argument, "A Gaussian mixture cannot have " + std::to_string(params.components) +
                                                     " components for " + std::to_string(points.rows()) + " points.");
    }
    if (!(params.variance_floor > 0)) {
        throw Error(ErrorCode::invalid_argument, "The smallest variance of a Gaussian mixture must be above 0.");
    }
    GmmFit best;
    // One component has one fit, wherever it starts.
    const int starts = params.components == 1 ? 1 : std::max(1, params.n_init);
    for (int i = 0; i < starts; ++i) {
        GmmFit fit = fit_once(points, params, Random::for_task(params.seed, static_cast<std::uint64_t>(i)).bits());
        if (i == 0 || fit.log_likelihood > best.log_likelihood) best = std::move(fit);
    }
    return best;
}

double bic(const GmmFit& fit, std::size_t rows) {
    return static_cast<double>(fit.mixture.free_parameters()) * std::log(static_cast<double>(rows)) -
           2 * fit.log_likelihood;
}

GmmFit fit_gmm_by_bic(const Matrix& points, std::size_t most, const GmmParams& params) {
    GmmParams tried = params;
    tried.components = 1;
    GmmFit best = fit_gmm(points, tried);
    double lowest = bic(best, points.rows());
    for (tried.components = 2; tried.components <= std::min(most, points.rows()); ++tried.components) {
        GmmFit fit = fit_gmm(points, tried);
        const double value = bic(fit, points.rows());
        if (value < lowest) {
            lowest = value;
            best = std::move(fit);
        }
    }
    return best;
}

}  // namespace audiomuse::numeric
