#include "audiomuse/numeric/picture_quality.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/numeric/distance.h"
#include "row_numbers.h"

namespace audiomuse::numeric {
namespace {

using Ranked = std::vector<std::pair<float, std::uint32_t>>;

/// All other rows by distance from row i, equal ones by row.
void rank(const Matrix& rows, std::size_t i, std::size_t wanted, Ranked& ranked) {
    ranked.clear();
    for (std::size_t j = 0; j < rows.rows(); ++j) {
        if (j != i) ranked.emplace_back(squared_l2(rows.row(i), rows.row(j)), static_cast<std::uint32_t>(j));
    }
    std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, ranked.size())),
                      ranked.end());
}

}  // namespace

double trustworthiness(const Matrix& rows, const Matrix& picture, const TrustworthinessParams& params) {
    const std::size_t n = rows.rows();
    const std::size_t k = params.neighbours;
    if (picture.rows() != n || k == 0 || n <= 2 * k) {
        throw Error(ErrorCode::invalid_argument,
                    "Trustworthiness needs a point of the picture for each row, and more than twice as many rows as "
                    "neighbours.");
    }
    const std::vector<std::uint32_t> sample = sample_row_numbers(n, params.max_rows, params.seed);
    std::vector<double> cost(sample.size());
    parallel_for(sample.size(), params.threads, [&](std::size_t s) {
        Ranked near;
        rank(picture, sample[s], k, near);
        // Ranks of those only, without sorting all: how many rows are nearer.
        std::vector<std::pair<float, std::uint32_t>> shown;
        for (std::size_t j = 0; j < k; ++j) {
            const std::uint32_t other = near[j].second;
            shown.emplace_back(squared_l2(rows.row(sample[s]), rows.row(other)), other);
        }
        std::vector<std::size_t> ranks(k, 1);
        for (std::size_t j = 0; j < n; ++j) {
            if (j == sample[s]) continue;
            const std::pair<float, std::uint32_t> one = {squared_l2(rows.row(sample[s]), rows.row(j)),
                                                         static_cast<std::uint32_t>(j)};
            for (std::size_t m = 0; m < k; ++m)
                ranks[m] += one < shown[m];
        }
        for (const std::size_t r : ranks)
            cost[s] += static_cast<double>(r > k ? r - k : 0);
    });
    const double total = std::accumulate(cost.begin(), cost.end(), 0.0);
    const auto size = static_cast<double>(n);
    const auto near = static_cast<double>(k);
    return 1 - 2 * total / (static_cast<double>(sample.size()) * near * (2 * size - 3 * near - 1));
}

void lay_on(Matrix& picture, const Matrix& reference) {
    const std::size_t shared = reference.rows();
    if (shared < 2 || shared > picture.rows()) return;
    std::array<double, 2> from{};
    std::array<double, 2> to{};
    for (std::size_t i = 0; i < shared; ++i) {
        for (std::size_t c = 0; c < 2; ++c) {
            from[c] += static_cast<double>(picture(i, c)) / static_cast<double>(shared);
            to[c] += static_cast<double>(reference(i, c)) / static_cast<double>(shared);
        }
    }
    // covariance[a][b] = sum of from_a to_b. Of all rotations the best has the angle atan2(xy - yx, xx + yy) and leaves
    // hypot of the two; of all mirrored ones atan2(xy + yx, xx - yy). The larger wins.
    double xx = 0;
    double xy = 0;
    double yx = 0;
    double yy = 0;
    for (std::size_t i = 0; i < shared; ++i) {
        const double px = static_cast<double>(picture(i, 0)) - from[0];
        const double py = static_cast<double>(picture(i, 1)) - from[1];
        const double qx = static_cast<double>(reference(i, 0)) - to[0];
        const double qy = static_cast<double>(reference(i, 1)) - to[1];
        xx += px * qx;
        xy += px * qy;
        yx += py * qx;
        yy += py * qy;
    }
    const bool mirrored = std::hypot(xy + yx, xx - yy) > std::hypot(xy - yx, xx + yy);
    const double angle = mirrored ? std::atan2(xy + yx, xx - yy) : std::atan2(xy - yx, xx + yy);
    const double cosine = std::cos(angle);
    const double sine = std::sin(angle);
    for (std::size_t i = 0; i < picture.rows(); ++i) {
        const double px = static_cast<double>(picture(i, 0)) - from[0];
        const double py = (static_cast<double>(picture(i, 1)) - from[1]) * (mirrored ? -1 : 1);
        picture(i, 0) = static_cast<float>(cosine * px - sine * py + to[0]);
        picture(i, 1) = static_cast<float>(sine * px + cosine * py + to[1]);
    }
}

}  // namespace audiomuse::numeric
