// One fit of one clustering algorithm, for bench/clustering, which compares many.
//
//   clustering_bench write ROWS FILE                     standardised embeddings of a synthetic library, as floats
//   clustering_bench peak                                how fast this machine multiplies matrices
//   clustering_bench fit ALGORITHM FILE THREADS LABELS   prints a line of JSON, writes the labels to LABELS
#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/machine.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/base/random.h"
#include "audiomuse/numeric/cluster_quality.h"
#include "audiomuse/numeric/dbscan.h"
#include "audiomuse/numeric/gmm.h"
#include "audiomuse/numeric/kmeans.h"
#include "audiomuse/numeric/pca.h"
#include "audiomuse/numeric/spectral.h"
#include "kmeans_by_bounds.h"
#include "synthetic_library.h"

namespace audiomuse {
namespace {

using numeric::Matrix;

constexpr std::size_t kColumns = 200;
constexpr std::size_t kGroups = 70;

double peak_megabytes() {
    std::ifstream status("/proc/self/status");
    std::string line;
    while (std::getline(status, line)) {
        if (line.starts_with("VmHWM:")) return std::strtod(line.c_str() + 6, nullptr) / 1024;
    }
    return 0;
}

/// Of all threads: what other programs on the machine take away does not count.
double processor_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

void write_rows(std::int64_t rows, const std::string& file) {
    Matrix points(static_cast<std::size_t>(rows), kColumns);
    parallel_for(points.rows(), allowed_cores(), [&](std::size_t i) {
        const Embedding embedding = bench::synthetic_embedding(static_cast<std::int64_t>(i));
        std::copy(embedding.begin(), embedding.end(), points.row(i).begin());
    });
    numeric::standardise_columns(points);
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(points.data()),
              static_cast<std::streamsize>(points.rows() * kColumns * sizeof(float)));
    if (!out) throw Error(ErrorCode::io, "The rows could not be written: " + file);
}

Matrix read_rows(const std::string& file) {
    Matrix points(std::filesystem::file_size(file) / (kColumns * sizeof(float)), kColumns);
    std::ifstream in(file, std::ios::binary);
    in.read(reinterpret_cast<char*>(points.data()),
            static_cast<std::streamsize>(points.rows() * kColumns * sizeof(float)));
    if (!in) throw Error(ErrorCode::io, "The rows could not be read: " + file);
    return points;
}

void write_labels(const std::vector<int>& labels, const std::string& file) {
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(labels.data()), static_cast<std::streamsize>(labels.size() * sizeof(int)));
}

/// The best of several products of square matrices on one core, in 10^9 additions and multiplications a second: what
/// OpenBLAS reaches where it is installed. 0 where it is not.
template <class T>
double blas_peak(void* library, const char* name) {
    using Multiply = void (*)(int order, int transpose_a, int transpose_b, int m, int n, int k, T alpha, const T* a,
                              int lda, const T* b, int ldb, T beta, T* c, int ldc);
    constexpr int kRowMajor = 101;
    constexpr int kAsIs = 111;
    constexpr int kSize = 2048;
    const auto multiply = reinterpret_cast<Multiply>(dlsym(library, name));
    const auto set_threads = reinterpret_cast<void (*)(int)>(dlsym(library, "openblas_set_num_threads"));
    if (multiply == nullptr || set_threads == nullptr) return 0;
    set_threads(1);
    const std::vector<T> a(std::size_t{kSize} * kSize, T{1} / 3);
    std::vector<T> c(a.size());
    double best = 0;
    for (int round = 0; round < 8; ++round) {
        const double started = processor_seconds();
        multiply(kRowMajor, kAsIs, kAsIs, kSize, kSize, kSize, 1, a.data(), kSize, a.data(), kSize, 0, c.data(), kSize);
        best = std::max(best, 2.0 * kSize * kSize * kSize / (processor_seconds() - started) / 1e9);
    }
    return best;
}

void print_peak() {
    void* const library = dlopen("libopenblas.so.0", RTLD_NOW);
    fmt::print(R"({{"float": {:.1f}, "double": {:.1f}}})"
               "\n",
               library != nullptr ? blas_peak<float>(library, "cblas_sgemm") : 0.0,
               library != nullptr ? blas_peak<double>(library, "cblas_dgemm") : 0.0);
}

/// What a fit came to.
struct Outcome {
    std::vector<int> labels;
    double quality = 0;     ///< inertia, mean log likelihood, noise ...: what scikit-learn's figure is compared with
    double operations = 0;  ///< that the matrix products of the fit took; 0 where that is not counted
};

using Fit = std::function<Outcome(const Matrix&, unsigned threads)>;

Outcome fit_kmeans(const Matrix& points, const numeric::KMeansParams& params) {
    numeric::KMeansResult result = numeric::kmeans(points, params);
    Outcome outcome{.labels = std::move(result.labels), .quality = result.inertia};
    if (params.n_init == 1 && params.batch_rows == 0) {  // else the iterations of the other starts are not known
        outcome.operations =
            2.0 * static_cast<double>(points.rows() * params.clusters * points.columns()) * (result.iterations + 1);
    }
    return outcome;
}

/// From the start that kmeans-one-start has, to where it ends.
Outcome fit_by_bounds(const Matrix& points, unsigned threads,
                      numeric::KMeansResult (*fit)(const Matrix&, Matrix start, double tolerance)) {
    const numeric::KMeansParams params{.clusters = kGroups, .n_init = 1, .max_iterations = 0, .threads = threads};
    numeric::KMeansResult result = fit(points, numeric::kmeans(points, params).centres, params.tolerance);
    return {.labels = std::move(result.labels), .quality = result.inertia};
}

Outcome fit_gmm(const Matrix& points, numeric::Covariance covariance, unsigned threads) {
    numeric::GmmFit fit = numeric::fit_gmm(
        points,
        {.components = kGroups, .covariance = covariance, .n_init = 1, .variance_floor = 1e-4, .threads = threads});
    const auto columns = static_cast<double>(points.columns());
    // Of a component's density at a point: a scaled difference and its square, or half a matrix times a vector.
    const double of_density = covariance == numeric::Covariance::full ? columns * (columns + 1) : 4 * columns;
    return {.labels = std::move(fit.labels),
            .quality = fit.log_likelihood / static_cast<double>(points.rows()),
            .operations = of_density * static_cast<double>(points.rows() * kGroups) * (fit.iterations + 1)};
}

/// What DBSCAN and scikit-learn's are both run with: the median of the 10-distance curve.
double reach_of(const Matrix& points, unsigned threads) {
    const std::vector<float> curve = numeric::k_distances(points, {.k = 9, .threads = threads});
    return static_cast<double>(curve[curve.size() / 2]);
}

std::map<std::string, Fit> fits() {
    using numeric::Covariance;
    return {
        {"kmeans", [](const Matrix& points,
                      unsigned threads) { return fit_kmeans(points, {.clusters = kGroups, .threads = threads}); }},
        {"kmeans-one-start",
         [](const Matrix& points, unsigned threads) {
             return fit_kmeans(points, {.clusters = kGroups, .n_init = 1, .threads = threads});
         }},
        {"kmeans-hamerly", [](const Matrix& points,
                              unsigned threads) { return fit_by_bounds(points, threads, bench::kmeans_by_hamerly); }},
        {"kmeans-elkan",
         [](const Matrix& points, unsigned threads) { return fit_by_bounds(points, threads, bench::kmeans_by_elkan); }},
        {"kmeans-batches",
         [](const Matrix& points, unsigned threads) {
             return fit_kmeans(points, {.clusters = kGroups, .n_init = 3, .batch_rows = 1024, .threads = threads});
         }},
        {"gmm-diagonal",
         [](const Matrix& points, unsigned threads) { return fit_gmm(points, Covariance::diagonal, threads); }},
        {"gmm-spherical",
         [](const Matrix& points, unsigned threads) { return fit_gmm(points, Covariance::spherical, threads); }},
        {"gmm-tied", [](const Matrix& points, unsigned threads) { return fit_gmm(points, Covariance::tied, threads); }},
        {"gmm-full-of-32",
         [](const Matrix& points, unsigned threads) {
             const numeric::Pca pca = numeric::fit_pca(points, 32, threads);
             return fit_gmm(numeric::project(pca, points, threads), Covariance::full, threads);
         }},
        {"pca",
         [](const Matrix& points, unsigned threads) {
             const numeric::Pca pca = numeric::fit_pca(points, 32, threads);
             double explained = 0;
             for (const double variance : pca.explained_variance)
                 explained += variance;
             return Outcome{.labels = {}, .quality = explained};
         }},
        {"dbscan",
         [](const Matrix& points, unsigned threads) {
             numeric::DbscanResult result =
                 numeric::dbscan(points, {.eps = reach_of(points, threads), .min_samples = 10, .threads = threads});
             return Outcome{.labels = std::move(result.labels), .quality = static_cast<double>(result.clusters())};
         }},
        {"spectral",
         [](const Matrix& points, unsigned threads) {
             numeric::SpectralResult result = numeric::spectral(points, {.clusters = kGroups, .threads = threads});
             const double quality = numeric::calinski_harabasz(points, result.labels);
             return Outcome{.labels = std::move(result.labels), .quality = quality};
         }},
        {"silhouette",
         [](const Matrix& points, unsigned threads) {
             std::vector<int> labels(points.rows());
             for (std::size_t i = 0; i < labels.size(); ++i)
                 labels[i] = static_cast<int>(i / 48 % kGroups);  // by artist
             const double quality = numeric::silhouette(points, labels, {.max_rows = 0, .threads = threads});
             return Outcome{.labels = std::move(labels), .quality = quality};
         }},
    };
}

void fit_once(const std::string& algorithm, const std::string& file, unsigned threads, const std::string& labels) {
    const Matrix points = read_rows(file);
    const Fit fit = fits().at(algorithm);
    const double started = steady_now();
    const double worked = processor_seconds();
    const Outcome outcome = fit(points, threads);
    const double seconds = steady_now() - started;
    const double processor = processor_seconds() - worked;
    write_labels(outcome.labels, labels);
    fmt::print(
        R"({{"seconds": {:.4f}, "processor": {:.4f}, "quality": {:.6g}, "gflops": {:.1f}, "megabytes": {:.0f}, "eps": {:.6g}}})"
        "\n",
        seconds, processor, outcome.quality, outcome.operations / processor / 1e9, peak_megabytes(),
        algorithm == "dbscan" ? reach_of(points, threads) : 0.0);
}

}  // namespace
}  // namespace audiomuse

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    try {
        if (words.size() == 3 && words[0] == "write") {
            audiomuse::write_rows(std::max(1, std::atoi(words[1].c_str())), words[2]);
        } else if (words.size() == 1 && words[0] == "peak") {
            audiomuse::print_peak();
        } else if (words.size() == 5 && words[0] == "fit") {
            audiomuse::fit_once(words[1], words[2], static_cast<unsigned>(std::max(1, std::atoi(words[3].c_str()))),
                                words[4]);
        } else {
            fmt::print(stderr, "clustering_bench write ROWS FILE | peak | fit ALGORITHM FILE THREADS LABELS\n");
            return 2;
        }
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
