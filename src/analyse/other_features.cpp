#include "audiomuse/analyse/other_features.h"

#include <cmath>
#include <cstddef>
#include <numeric>

#include "mood_weights.h"

namespace audiomuse::analyse {
namespace {

double probability(double log_odds) {
    return 1 / (1 + std::exp(-log_odds));
}

template <std::size_t N>
std::array<double, kJudgedFeatures.size()> judged(const std::array<FeatureWeights<N>, kJudgedFeatures.size()>& table,
                                                  std::span<const double> evidence) {
    std::array<double, kJudgedFeatures.size()> values{};
    for (std::size_t i = 0; i < values.size(); ++i) {
        const FeatureWeights<N>& row = table[i];
        values[i] =
            probability(std::inner_product(row.weights.begin(), row.weights.end(), evidence.begin(), row.constant));
    }
    return values;
}

}  // namespace

std::array<float, 6> other_features(const dsp::TrackFeatures& features, std::span<const float> moods) {
    const std::vector<double> evidence = mood_evidence(features, moods);
    const auto [danceable, aggressive, happy, relaxed, sad] =
        evidence.size() > kSignalEvidence ? judged(kWeights, evidence) : judged(kSignalWeights, evidence);
    const double party = std::sqrt(danceable * (happy + 1 - relaxed) / 2);
    return {static_cast<float>(danceable), static_cast<float>(aggressive), static_cast<float>(happy),
            static_cast<float>(party),     static_cast<float>(relaxed),    static_cast<float>(sad)};
}

}  // namespace audiomuse::analyse
