#include "space.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "audiomuse/base/random.h"
#include "audiomuse/numeric/pca.h"

namespace audiomuse::features {
namespace {

// Enough rows to know 200 directions well; more cost time and change nothing.
constexpr std::size_t kPcaRows = 20'000;
// Components beyond this share of the variance are noise that every run would have to carry.
constexpr double kVarianceKept = 0.999;
// Tags are a coarse guess at what the embedding knows; where the two disagree, the sound decides.
constexpr double kSoundWeight = 2;

bool has_moods(const store::AnalysisSummary& summary) {
    return summary.moods.size() == kMoodNames.size();
}

/// Tempo and energy and the six features, and behind them the moods of `moods`.
numeric::Matrix described(const ClusteringInput& input, const std::vector<std::size_t>& moods, bool with_basics) {
    const std::size_t basics = with_basics ? 2 + kOtherFeatureNames.size() : 0;
    numeric::Matrix matrix(input.ids.size(), basics + moods.size());
    for (std::size_t i = 0; i < input.ids.size(); ++i) {
        const store::AnalysisSummary& summary = input.summaries[i];
        const auto row = matrix.row(i);
        if (with_basics) {
            // Both are heard by ratio: 60 to 80 bpm is the same step as 120 to 160.
            row[0] = static_cast<float>(std::log(std::max(30.0, summary.tempo_bpm)));
            row[1] = static_cast<float>(std::log(std::max(1e-3, summary.energy)));
            std::copy(summary.other_features.begin(), summary.other_features.end(), row.begin() + 2);
        }
        if (!has_moods(summary)) continue;
        for (std::size_t m = 0; m < moods.size(); ++m)
            row[basics + m] = summary.moods[moods[m]];
    }
    return matrix;
}

}  // namespace

std::vector<std::size_t> active_moods(const ClusteringInput& input, int top_n) {
    std::vector<double> sums(kMoodNames.size());
    for (const auto& summary : input.summaries) {
        if (!has_moods(summary)) continue;
        for (std::size_t m = 0; m < sums.size(); ++m)
            sums[m] += static_cast<double>(summary.moods[m]);
    }
    std::vector<std::size_t> moods;
    for (std::size_t m = 0; m < sums.size(); ++m) {
        if (sums[m] > 0) moods.push_back(m);
    }
    std::stable_sort(moods.begin(), moods.end(), [&](std::size_t a, std::size_t b) { return sums[a] > sums[b]; });
    if (top_n > 0 && moods.size() > static_cast<std::size_t>(top_n)) moods.resize(static_cast<std::size_t>(top_n));
    return moods;
}

numeric::Matrix view(const numeric::Matrix& points, std::size_t components, const std::vector<std::size_t>& rows) {
    const std::size_t columns = components == 0 ? points.columns() : std::min(components, points.columns());
    numeric::Matrix matrix(rows.empty() ? points.rows() : rows.size(), columns);
    for (std::size_t i = 0; i < matrix.rows(); ++i) {
        const auto from = points.row(rows.empty() ? i : rows[i]);
        std::copy_n(from.begin(), columns, matrix.row(i).begin());
    }
    return matrix;
}

std::size_t components_holding(const ClusterSpace& space, double share) {
    const double total = std::accumulate(space.variance.begin(), space.variance.end(), 0.0);
    std::size_t count = 0;
    for (double sum = 0; count < space.variance.size() && sum < share * total; ++count)
        sum += space.variance[count];
    return count;
}

double spread(const ClusterSpace& space, std::size_t components) {
    const auto end = space.variance.begin() + static_cast<std::ptrdiff_t>(std::min(components, space.variance.size()));
    return std::sqrt(std::accumulate(space.variance.begin(), end, 0.0));
}

ClusterSpace make_space(const ClusteringInput& input, const ClusteringParams& params, const CancelToken& cancel) {
    ClusterSpace space;

    numeric::Matrix tagged;
    if (!params.use_embeddings) {
        tagged = described(input, active_moods(input, params.top_n_moods), true);
        numeric::standardise_columns(tagged);
    }
    const numeric::Matrix& base = params.use_embeddings ? input.embeddings : tagged;

    std::vector<std::size_t> rows;
    if (base.rows() > kPcaRows) {
        rows.resize(base.rows());
        std::iota(rows.begin(), rows.end(), 0U);
        Random random(params.seed);
        random.shuffle(std::span(rows));
        rows.resize(kPcaRows);
        std::sort(rows.begin(), rows.end());
    }
    numeric::Pca pca = rows.empty() ? numeric::fit_pca(base) : numeric::fit_pca(view(base, 0, rows));
    cancel.check();
    space.variance = pca.explained_variance;
    const std::size_t kept = std::max<std::size_t>(1, components_holding(space, kVarianceKept));
    pca.components = view(pca.components, 0, [&] {
        std::vector<std::size_t> first(kept);
        std::iota(first.begin(), first.end(), 0U);
        return first;
    }());
    space.variance.resize(kept);
    space.points = numeric::project(pca, base, params.threads);
    return space;
}

Profiles make_profiles(const ClusteringInput& input, const ClusteringParams& params, const ClusterSpace& space) {
    Profiles profiles;
    const std::vector<std::size_t> moods = active_moods(input, params.top_n_moods);
    if (!moods.empty()) profiles.moods = described(input, moods, false);
    numeric::Matrix tags = described(input, moods, moods.empty());
    numeric::standardise_columns(tags);
    // Standardised tags have a variance of 1 each; the sound is scaled to kSoundWeight times their sum.
    const double variance = std::accumulate(space.variance.begin(), space.variance.end(), 0.0);
    const auto scale = static_cast<float>(
        variance > 0 ? std::sqrt(kSoundWeight * static_cast<double>(tags.columns()) / variance) : 0.0);
    const std::size_t sounds = space.points.columns();
    profiles.whole = numeric::Matrix(tags.rows(), sounds + tags.columns());
    for (std::size_t i = 0; i < tags.rows(); ++i) {
        const auto row = profiles.whole.row(i);
        std::transform(space.points.row(i).begin(), space.points.row(i).end(), row.begin(),
                       [scale](float value) { return scale * value; });
        std::copy(tags.row(i).begin(), tags.row(i).end(), row.begin() + static_cast<std::ptrdiff_t>(sounds));
    }
    profiles.features = numeric::Matrix(input.ids.size(), kOtherFeatureNames.size());
    for (std::size_t i = 0; i < input.ids.size(); ++i) {
        const auto& features = input.summaries[i].other_features;
        std::copy(features.begin(), features.end(), profiles.features.row(i).begin());
    }
    return profiles;
}

}  // namespace audiomuse::features
