#include "audiomuse/numeric/gmm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <string>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/base/random.h"
#include "audiomuse/numeric/kmeans.h"
#include "densities.h"
#include "panels.h"
#include "product_sums.h"

namespace audiomuse::numeric {
namespace {

constexpr int kStartIterations = 20;  // of k-means: a start need not be settled
constexpr double kNobody = 1e-10;     // a component with less weight of rows than this stays as it is
constexpr double kNothing = -40;      // the exponential of this is less than rounding takes from 1

/// How rows of one block are parted among the components: what is not 0, component by component, by rising row.
struct BlockParts {
    std::vector<std::size_t> begin;  ///< of each component, and the end
    std::vector<std::uint32_t> rows;
    std::vector<double> parts;
};

/// What the first half of an iteration finds out.
struct Expectation {
    std::vector<BlockParts> blocks;
    std::vector<int> labels;            ///< the component with the largest part of each row
    std::vector<double> log_densities;  ///< of the mixture at each row
};

/// Turns logarithms of parts, component by component, into parts of 1 for each of `count` points. The largest is taken
/// out first (log-sum-exp), so that nothing overflows and not everything underflows.
void normalise(std::vector<double>& parts, std::size_t components, std::size_t count, int* labels,
               double* log_densities) {
    std::array<double, kPointsPerBlock> largest;
    std::array<double, kPointsPerBlock> sums{};
    largest.fill(-std::numeric_limits<double>::infinity());
    std::fill_n(labels, count, 0);
    for (std::size_t k = 0; k < components; ++k) {
        const double* const of_component = &parts[k * kPointsPerBlock];
        for (std::size_t j = 0; j < count; ++j) {
            if (of_component[j] <= largest[j]) continue;
            largest[j] = of_component[j];
            labels[j] = static_cast<int>(k);
        }
    }
    for (std::size_t k = 0; k < components; ++k) {
        double* const of_component = &parts[k * kPointsPerBlock];
        for (std::size_t j = 0; j < count; ++j) {
            const double below = of_component[j] - largest[j];
            of_component[j] = below < kNothing ? 0 : std::exp(below);
            sums[j] += of_component[j];
        }
    }
    for (std::size_t k = 0; k < components; ++k) {
        double* const of_component = &parts[k * kPointsPerBlock];
        for (std::size_t j = 0; j < count; ++j)
            of_component[j] /= sums[j];
    }
    for (std::size_t j = 0; j < count; ++j)
        log_densities[j] = largest[j] + std::log(sums[j]);
}

/// Calls visit(block, points in it, their parts) for every block of points, and notes labels and densities of all.
using VisitBlock = std::function<void(std::size_t block, std::size_t count, const std::vector<double>& parts)>;
void for_blocks(const Panels& points, const Densities& densities, unsigned threads, const CancelToken& cancel,
                std::vector<int>& labels, std::vector<double>& log_densities, const VisitBlock& visit) {
    labels.resize(points.rows());
    log_densities.resize(points.rows());
    parallel_for((points.rows() + kPointsPerBlock - 1) / kPointsPerBlock, threads, [&](std::size_t block) {
        cancel.check();
        const std::size_t first = block * kPointsPerBlock;
        const std::size_t count = std::min(kPointsPerBlock, points.rows() - first);
        DoublePanels panels;
        panels.load(points, first / kPanel);
        std::vector<double> parts;
        densities.log_parts(panels, parts);
        normalise(parts, densities.components(), count, &labels[first], &log_densities[first]);
        visit(block, count, parts);
    });
}

BlockParts pick_parts(std::size_t first, std::size_t count, std::size_t components, const std::vector<double>& parts) {
    BlockParts picked;
    picked.begin.push_back(0);
    for (std::size_t k = 0; k < components; ++k) {
        for (std::size_t j = 0; j < count; ++j) {
            const double part = parts[k * kPointsPerBlock + j];
            if (part == 0) continue;  // in many dimensions most are
            picked.rows.push_back(static_cast<std::uint32_t>(first + j));
            picked.parts.push_back(part);
        }
        picked.begin.push_back(picked.rows.size());
    }
    return picked;
}

Expectation expect(const Panels& points, const GaussianMixture& mixture, const GmmParams& params) {
    const Densities densities(mixture, params.threads, params.cancel);
    Expectation found;
    found.blocks.resize((points.rows() + kPointsPerBlock - 1) / kPointsPerBlock);
    for_blocks(points, densities, params.threads, params.cancel, found.labels, found.log_densities,
               [&](std::size_t block, std::size_t count, const std::vector<double>& parts) {
                   found.blocks[block] = pick_parts(block * kPointsPerBlock, count, densities.components(), parts);
               });
    return found;
}

/// The second half: moves every component to what the rows that belong to it say.
class Maximisation {
public:
    Maximisation(const Matrix& points, const GmmParams& params) : points_(points), params_(params) {
        if (params.covariance != Covariance::tied) return;
        middle_ = column_means(points);
        products_ = centred_products(points, middle_, params.threads, params.cancel);
    }

    void run(const std::vector<BlockParts>& blocks, GaussianMixture& mixture) const {
        std::vector<double> totals(mixture.components());
        parallel_for(mixture.components(), params_.threads, [&](std::size_t k) {
            params_.cancel.check();
            totals[k] = move(blocks, k, mixture);
        });
        if (params_.covariance == Covariance::tied) tie(totals, mixture);
    }

private:
    /// Calls visit(part, row) for the rows of a component, by rising row.
    template <class Visit>
    static void for_rows(const std::vector<BlockParts>& blocks, std::size_t k, const Visit& visit) {
        for (const BlockParts& block : blocks) {
            for (std::size_t i = block.begin[k]; i < block.begin[k + 1]; ++i)
                visit(block.parts[i], block.rows[i]);
        }
    }

    /// Returns the sum of the parts that belong to component k.
    double move(const std::vector<BlockParts>& blocks, std::size_t k, GaussianMixture& mixture) const {
        double total = 0;
        for_rows(blocks, k, [&](double part, std::uint32_t) { total += part; });
        mixture.weights[k] = total / static_cast<double>(points_.rows());
        if (total < kNobody) return 0;
        const auto mean = mixture.means.row(k);
        std::fill(mean.begin(), mean.end(), 0.0);
        for_rows(blocks, k, [&](double part, std::uint32_t row) {
            const auto point = points_.row(row);
            for (std::size_t j = 0; j < mean.size(); ++j)
                mean[j] += part * static_cast<double>(point[j]);
        });
        for (double& value : mean)
            value /= total;
        if (params_.covariance == Covariance::full) {
            mixture.matrices[k] = matrix_of(blocks, k, mean, total);
        } else if (params_.covariance != Covariance::tied) {
            set_variances(blocks, k, mean, total, mixture.variances.row(k));
        }
        return total;
    }

    /// The likelihood has one maximum in each variance: cut off below, it is at the floor.
    void set_variances(const std::vector<BlockParts>& blocks, std::size_t k, std::span<const double> mean, double total,
                       std::span<double> variances) const {
        std::vector<double> sums(mean.size());
        for_rows(blocks, k, [&](double part, std::uint32_t row) {
            const auto point = points_.row(row);
            for (std::size_t j = 0; j < sums.size(); ++j) {
                const double difference = static_cast<double>(point[j]) - mean[j];
                sums[j] += part * difference * difference;
            }
        });
        if (params_.covariance == Covariance::spherical)
            sums = {std::accumulate(sums.begin(), sums.end(), 0.0) / static_cast<double>(mean.size())};
        for (std::size_t j = 0; j < variances.size(); ++j)
            variances[j] = std::max(sums[j] / total, params_.variance_floor);
    }

    MatrixD matrix_of(const std::vector<BlockParts>& blocks, std::size_t k, std::span<const double> mean,
                      double total) const {
        ProductSums products(mean.size());
        for_rows(blocks, k, [&](double part, std::uint32_t row) {
            const auto point = points_.row(row);
            const auto to = products.next_row();
            const double weight = std::sqrt(part / total);
            for (std::size_t j = 0; j < to.size(); ++j)
                to[j] = weight * (static_cast<double>(point[j]) - mean[j]);
        });
        MatrixD matrix = products.sums();
        for (std::size_t j = 0; j < mean.size(); ++j)
            matrix(j, j) += params_.variance_floor;
        return matrix;
    }

    /// What rows are apart from the means of their components is what they are apart from the middle of all, less what
    /// the means are apart from it.
    void tie(const std::vector<double>& totals, GaussianMixture& mixture) const {
        MatrixD& matrix = mixture.matrices.front();
        matrix = products_;
        for (std::size_t k = 0; k < totals.size(); ++k) {
            for (std::size_t i = 0; i < middle_.size(); ++i) {
                const double apart = totals[k] * (mixture.means(k, i) - middle_[i]);
                for (std::size_t j = 0; j < middle_.size(); ++j)
                    matrix(i, j) -= apart * (mixture.means(k, j) - middle_[j]);
            }
        }
        for (std::size_t i = 0; i < middle_.size(); ++i) {
            for (std::size_t j = 0; j < middle_.size(); ++j)
                matrix(i, j) /= static_cast<double>(points_.rows());
            matrix(i, i) += params_.variance_floor;
        }
    }

    const Matrix& points_;
    const GmmParams& params_;
    std::vector<double> middle_;  // tied: the mean of all points
    MatrixD products_;            // and the sums of products of what they are apart from it
};

/// Groups as parts: each row belongs to one component.
BlockParts parts_of(const std::vector<int>& labels, std::size_t components) {
    BlockParts all;
    all.parts.assign(labels.size(), 1.0);
    all.begin.push_back(0);
    for (std::size_t k = 0; k < components; ++k) {
        for (std::size_t i = 0; i < labels.size(); ++i) {
            if (labels[i] == static_cast<int>(k)) all.rows.push_back(static_cast<std::uint32_t>(i));
        }
        all.begin.push_back(all.rows.size());
    }
    return all;
}

GaussianMixture start(const Matrix& points, const GmmParams& params, const Maximisation& maximisation,
                      std::uint64_t seed) {
    const KMeansResult groups = kmeans(points, {.clusters = params.components,
                                                .n_init = 1,
                                                .max_iterations = kStartIterations,
                                                .seed = seed,
                                                .threads = params.threads,
                                                .cancel = params.cancel});
    const std::size_t columns = points.columns();
    GaussianMixture mixture{.covariance = params.covariance};
    mixture.weights.resize(params.components);
    mixture.means = MatrixD(params.components, columns);
    for (std::size_t k = 0; k < params.components; ++k)
        std::copy(groups.centres.row(k).begin(), groups.centres.row(k).end(), mixture.means.row(k).begin());
    // What a component without rows keeps.
    switch (params.covariance) {
        case Covariance::diagonal:
        case Covariance::spherical:
            mixture.variances = MatrixD(params.components, params.covariance == Covariance::diagonal ? columns : 1);
            std::fill_n(mixture.variances.data(), mixture.variances.rows() * mixture.variances.columns(),
                        params.variance_floor);
            break;
        case Covariance::full:
        case Covariance::tied: {
            MatrixD least(columns, columns);
            for (std::size_t j = 0; j < columns; ++j)
                least(j, j) = params.variance_floor;
            mixture.matrices.assign(params.covariance == Covariance::full ? params.components : 1, least);
            break;
        }
    }
    maximisation.run({parts_of(groups.labels, params.components)}, mixture);
    return mixture;
}

GmmFit fit_once(const Matrix& points, const Panels& panels, const GmmParams& params, const Maximisation& maximisation,
                std::uint64_t seed) {
    GmmFit fit{.mixture = start(points, params, maximisation, seed)};
    double before = -std::numeric_limits<double>::infinity();
    for (;;) {
        Expectation found = expect(panels, fit.mixture, params);
        fit.log_likelihood = std::accumulate(found.log_densities.begin(), found.log_densities.end(), 0.0);
        fit.labels = std::move(found.labels);
        const double mean = fit.log_likelihood / static_cast<double>(points.rows());
        fit.converged = mean - before < params.tolerance;
        if (fit.converged || fit.iterations >= params.max_iterations) return fit;
        before = mean;
        ++fit.iterations;
        maximisation.run(found.blocks, fit.mixture);
    }
}

}  // namespace

std::size_t GaussianMixture::free_parameters() const {
    const std::size_t symmetric = means.columns() * (means.columns() + 1) / 2;
    return components() - 1 + means.rows() * means.columns() +  // the weights add up to 1
           variances.rows() * variances.columns() + matrices.size() * symmetric;
}

MatrixD responsibilities(const GaussianMixture& mixture, const Matrix& points, unsigned threads,
                         std::vector<double>* log_densities) {
    MatrixD all(points.rows(), mixture.components());
    std::vector<int> labels;
    std::vector<double> logs;
    for_blocks(Panels(points), Densities(mixture, threads), threads, {}, labels, logs,
               [&](std::size_t block, std::size_t count, const std::vector<double>& parts) {
                   for (std::size_t j = 0; j < count; ++j) {
                       for (std::size_t k = 0; k < mixture.components(); ++k)
                           all(block * kPointsPerBlock + j, k) = parts[k * kPointsPerBlock + j];
                   }
               });
    if (log_densities != nullptr) *log_densities = std::move(logs);
    return all;
}

GmmFit fit_gmm(const Matrix& points, const GmmParams& params) {
    if (params.components < 1 || params.components > points.rows()) {
        throw Error(ErrorCode::invalid_argument, "A Gaussian mixture cannot have " + std::to_string(params.components) +
                                                     " components for " + std::to_string(points.rows()) + " points.");
    }
    if (!(params.variance_floor > 0)) {
        throw Error(ErrorCode::invalid_argument, "The smallest variance of a Gaussian mixture must be above 0.");
    }
    const Panels panels(points);
    const Maximisation maximisation(points, params);
    GmmFit best;
    // One component has one fit, wherever it starts.
    const int starts = params.components == 1 ? 1 : std::max(1, params.n_init);
    for (int i = 0; i < starts; ++i) {
        GmmFit fit = fit_once(points, panels, params, maximisation,
                              Random::for_task(params.seed, static_cast<std::uint64_t>(i)).bits());
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
