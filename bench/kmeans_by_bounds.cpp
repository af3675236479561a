#include "kmeans_by_bounds.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "audiomuse/numeric/distance.h"

namespace audiomuse::bench {
namespace {

using numeric::KMeansResult;
using numeric::Matrix;

constexpr float kFar = std::numeric_limits<float>::infinity();

float distance(const Matrix& a, std::size_t i, const Matrix& b, std::size_t j) {
    return std::sqrt(numeric::squared_l2(a.row(i), b.row(j)));
}

/// Half the distance of each centre to each other: a point nearer than that to one of them is not nearer to the other.
Matrix half_distances(const Matrix& centres) {
    Matrix half(centres.rows(), centres.rows());
    for (std::size_t a = 0; a < centres.rows(); ++a) {
        for (std::size_t b = 0; b < centres.rows(); ++b)
            half(a, b) = a == b ? kFar : 0.5F * distance(centres, a, centres, b);
    }
    return half;
}

/// Means of the members of each cluster, brought up to date by those that changed theirs.
class Means {
public:
    Means(const Matrix& points, std::size_t clusters)
        : points_(points), sums_(clusters, points.columns()), sizes_(clusters), labels_(points.rows(), -1) {}

    /// Returns how far each centre went.
    std::vector<float> move(const std::vector<int>& labels, Matrix& centres) {
        for (std::size_t i = 0; i < labels.size(); ++i) {
            if (labels[i] == labels_[i]) continue;
            if (labels_[i] >= 0) add(i, labels_[i], -1);
            add(i, labels[i], 1);
            labels_[i] = labels[i];
        }
        const Matrix before = centres;
        std::vector<float> moved(centres.rows());
        for (std::size_t c = 0; c < centres.rows(); ++c) {
            if (sizes_[c] == 0) continue;
            for (std::size_t j = 0; j < centres.columns(); ++j)
                centres(c, j) = static_cast<float>(sums_(c, j) / sizes_[c]);
            moved[c] = distance(before, c, centres, c);
        }
        return moved;
    }

private:
    void add(std::size_t i, int label, double times) {
        const auto cluster = static_cast<std::size_t>(label);
        const auto point = points_.row(i);
        const auto sum = sums_.row(cluster);
        for (std::size_t j = 0; j < point.size(); ++j)
            sum[j] += times * static_cast<double>(point[j]);
        sizes_[cluster] += times;
    }

    const Matrix& points_;
    numeric::MatrixD sums_;
    std::vector<double> sizes_;
    std::vector<int> labels_;  // that the sums are of
};

class Hamerly {
public:
    Hamerly(std::size_t points, std::size_t) : upper_(points, kFar), lower_(points) {}

    void loosen(const std::vector<int>& labels, const std::vector<float>& moved) {
        const float farthest = *std::max_element(moved.begin(), moved.end());
        for (std::size_t i = 0; i < labels.size(); ++i) {
            upper_[i] += moved[static_cast<std::size_t>(labels[i])];
            lower_[i] -= farthest;
        }
    }

    /// True where a label changed.
    bool assign(const Matrix& points, const Matrix& centres, std::vector<int>& labels) {
        const Matrix half = half_distances(centres);
        std::vector<float> to_nearest;
        for (std::size_t c = 0; c < centres.rows(); ++c)
            to_nearest.push_back(*std::min_element(half.row(c).begin(), half.row(c).end()));
        bool changed = false;
        for (std::size_t i = 0; i < points.rows(); ++i) {
            const auto own = static_cast<std::size_t>(labels[i]);
            const float bound = std::max(lower_[i], to_nearest[own]);
            if (upper_[i] <= bound) continue;
            upper_[i] = distance(points, i, centres, own);
            if (upper_[i] <= bound) continue;
            const float to_own = upper_[i];
            lower_[i] = kFar;
            for (std::size_t c = 0; c < centres.rows(); ++c) {
                if (c == own) continue;
                const float to_centre = distance(points, i, centres, c);
                if (to_centre < upper_[i]) {
                    lower_[i] = std::min(upper_[i], to_own);
                    upper_[i] = to_centre;
                    labels[i] = static_cast<int>(c);
                    changed = true;
                } else {
                    lower_[i] = std::min(lower_[i], to_centre);
                }
            }
        }
        return changed;
    }

private:
    std::vector<float> upper_;  // bound of the distance to the own centre
    std::vector<float> lower_;  // and to all others
};

class Elkan {
public:
    Elkan(std::size_t points, std::size_t clusters) : upper_(points, kFar), lower_(points, clusters) {}

    void loosen(const std::vector<int>& labels, const std::vector<float>& moved) {
        for (std::size_t i = 0; i < labels.size(); ++i) {
            upper_[i] += moved[static_cast<std::size_t>(labels[i])];
            const auto lower = lower_.row(i);
            for (std::size_t c = 0; c < lower.size(); ++c)
                lower[c] = std::max(0.0F, lower[c] - moved[c]);
        }
    }

    /// True where a label changed.
    bool assign(const Matrix& points, const Matrix& centres, std::vector<int>& labels) {
        const Matrix half = half_distances(centres);
        bool changed = false;
        for (std::size_t i = 0; i < points.rows(); ++i) {
            auto own = static_cast<std::size_t>(labels[i]);
            bool is_exact = false;
            for (std::size_t c = 0; c < centres.rows(); ++c) {
                const auto ruled_out = [&] { return upper_[i] <= std::max(lower_(i, c), half(own, c)); };
                if (c == own || ruled_out()) continue;
                if (!is_exact) upper_[i] = lower_(i, own) = distance(points, i, centres, own);
                is_exact = true;
                if (ruled_out()) continue;
                lower_(i, c) = distance(points, i, centres, c);
                if (lower_(i, c) >= upper_[i]) continue;
                upper_[i] = lower_(i, c);
                own = c;
                changed = true;
            }
            labels[i] = static_cast<int>(own);
        }
        return changed;
    }

private:
    std::vector<float> upper_;  // bound of the distance to the own centre
    Matrix lower_;              // and to each
};

template <class Bounds>
KMeansResult run(const Matrix& points, Matrix start, double tolerance) {
    KMeansResult result{.centres = std::move(start), .labels = std::vector<int>(points.rows())};
    Means means(points, result.centres.rows());
    Bounds bounds(points.rows(), result.centres.rows());
    for (;;) {
        ++result.iterations;
        const bool changed = bounds.assign(points, result.centres, result.labels);
        const std::vector<float> moved = means.move(result.labels, result.centres);
        double shift = 0;
        for (const float distance : moved)
            shift += static_cast<double>(distance) * static_cast<double>(distance);
        if (!changed || shift <= tolerance) break;
        bounds.loosen(result.labels, moved);
    }
    for (std::size_t i = 0; i < points.rows(); ++i) {
        const auto own = static_cast<std::size_t>(result.labels[i]);
        result.inertia += static_cast<double>(numeric::squared_l2(points.row(i), result.centres.row(own)));
    }
    return result;
}

}  // namespace

KMeansResult kmeans_by_hamerly(const Matrix& points, Matrix start, double tolerance) {
    return run<Hamerly>(points, std::move(start), tolerance);
}

KMeansResult kmeans_by_elkan(const Matrix& points, Matrix start, double tolerance) {
    return run<Elkan>(points, std::move(start), tolerance);
}

}  // namespace audiomuse::bench
