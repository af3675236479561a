#include <algorithm>
#include <cmath>

#include "audiomuse/features/similar/similar.h"

namespace audiomuse::features {
namespace {

struct Reason {
    double strength;  ///< 0..1
    std::string text;
};

// A beat twice as fast is heard as the same pulse, but only the plain match is called "same".
constexpr double kTempoTolerance = 0.04;
constexpr double kEnergyTolerance = 0.15;
constexpr double kTagPresent = 0.2;      // plain probability, mean over the track; most tags are far below
constexpr double kFeaturePresent = 0.6;  // of the six further features, most of which sit around one half

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

}  // namespace

Explanation explain(const store::AnalysisSummary& seed, const store::AnalysisSummary& candidate, float distance) {
    Explanation explanation;
    explanation.percent =
        static_cast<int>(std::lround(100.0 * (1.0 - std::clamp(static_cast<double>(distance), 0.0, 1.0))));

    std::vector<Reason> reasons;
    // The strongest tag that both have; with a share of 0.5 and more it is as good a reason as there is.
    Reason tag{0, ""};
    for (std::size_t i = 0; i < std::min({seed.moods.size(), candidate.moods.size(), kMoodNames.size()}); ++i) {
        const double common = static_cast<double>(std::min(seed.moods[i], candidate.moods[i]));
        if (common >= kTagPresent && common > tag.strength) tag = {common, "both " + lower(kMoodNames[i])};
    }
    if (!tag.text.empty()) reasons.push_back({std::min(1.0, 0.5 + tag.strength), tag.text});

    if (seed.tempo_bpm > 0 && candidate.tempo_bpm > 0) {
        const double off = std::abs(std::log(candidate.tempo_bpm / seed.tempo_bpm)) / kTempoTolerance;
        if (off < 1) reasons.push_back({0.9 - 0.3 * off, "same tempo"});
    }
    if (seed.key == candidate.key && seed.scale == candidate.scale) reasons.push_back({0.7, "same key"});

    Reason feature{0, ""};
    for (std::size_t i = 0; i < kOtherFeatureNames.size(); ++i) {
        const double common = static_cast<double>(std::min(seed.other_features[i], candidate.other_features[i]));
        if (common >= kFeaturePresent && common > feature.strength) {
            feature = {common, "both " + std::string(kOtherFeatureNames[i])};
        }
    }
    if (!feature.text.empty() && feature.text != tag.text) reasons.push_back({0.8 * feature.strength, feature.text});

    if (seed.energy > 0 && candidate.energy > 0) {
        const double off = std::abs(std::log(candidate.energy / seed.energy)) / kEnergyTolerance;
        if (off < 1) reasons.push_back({0.6 - 0.3 * off, "similar energy"});
    }

    std::stable_sort(reasons.begin(), reasons.end(),
                     [](const Reason& a, const Reason& b) { return a.strength > b.strength; });
    for (std::size_t i = 0; i < std::min<std::size_t>(2, reasons.size()); ++i) {
        explanation.reasons.push_back(reasons[i].text);
    }
    return explanation;
}

}  // namespace audiomuse::features
