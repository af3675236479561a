#include <algorithm>
#include <cmath>
#include <optional>

#include "audiomuse/features/similar/similar.h"

namespace audiomuse::features {
namespace {

struct Reason {
    double strength;  ///< 0..1
    std::string text;
};

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

bool same_tempo(double one, double other) {
    return one > 0 && other > 0 && std::abs(std::log(other / one)) < kTempoTolerance;
}

bool same_energy(double one, double other) {
    return one > 0 && other > 0 && std::abs(std::log(other / one)) < kEnergyTolerance;
}

std::optional<Reason> tempo_reason(double seed, double candidate) {
    if (seed <= 0 || candidate <= 0) return std::nullopt;
    const auto strength = [&](double best, double times) {
        return best - 0.3 * std::abs(std::log(candidate / (times * seed))) / kTempoTolerance;
    };
    if (same_tempo(seed, candidate)) return Reason{strength(0.9, 1), "same tempo"};
    if (same_tempo(2 * seed, candidate)) return Reason{strength(0.6, 2), "double the tempo"};
    if (same_tempo(seed / 2, candidate)) return Reason{strength(0.6, 0.5), "half the tempo"};
    return std::nullopt;
}

/// Keys a step apart on the circle of fifths, and a minor key and its relative major, share all notes but one or all.
std::optional<Reason> key_reason(const store::AnalysisSummary& seed, const store::AnalysisSummary& candidate) {
    if (seed.key < 0 || candidate.key < 0) return std::nullopt;
    if (seed.key == candidate.key && seed.scale == candidate.scale) return Reason{0.7, "same key"};
    const auto relative_major = [](const store::AnalysisSummary& of) {
        return (of.key + (of.scale == Scale::minor ? 3 : 0)) % 12;
    };
    const int semitones = (relative_major(candidate) - relative_major(seed) + 12) % 12;
    const bool related = seed.scale == candidate.scale ? semitones == 5 || semitones == 7 : semitones == 0;
    return related ? std::optional(Reason{0.45, "related key"}) : std::nullopt;
}

}  // namespace

store::AnalysisSummary common_summary(std::span<const store::AnalysisSummary> seeds) {
    if (seeds.empty()) return {.id = {}, .key = kNoKey, .moods = {}};
    store::AnalysisSummary common = seeds.front();
    for (const store::AnalysisSummary& seed : seeds.subspan(1)) {
        common.moods.resize(std::min(common.moods.size(), seed.moods.size()));
        for (std::size_t i = 0; i < common.moods.size(); ++i)
            common.moods[i] = std::min(common.moods[i], seed.moods[i]);
        for (std::size_t i = 0; i < common.other_features.size(); ++i)
            common.other_features[i] = std::min(common.other_features[i], seed.other_features[i]);
        if (!same_tempo(common.tempo_bpm, seed.tempo_bpm)) common.tempo_bpm = 0;
        if (!same_energy(common.energy, seed.energy)) common.energy = 0;
        if (common.key != seed.key || common.scale != seed.scale) common.key = kNoKey;
    }
    return common;
}

store::AnalysisSummary summary_of_mood(std::string_view mood) {
    store::AnalysisSummary summary{.id = {}, .key = kNoKey, .moods = {}};
    const std::string name = lower(mood);
    summary.moods.assign(kMoodNames.size(), 0);
    for (std::size_t i = 0; i < kMoodNames.size(); ++i) {
        if (lower(kMoodNames[i]) == name) summary.moods[i] = 1;
    }
    for (std::size_t i = 0; i < kOtherFeatureNames.size(); ++i) {
        if (kOtherFeatureNames[i] == name) summary.other_features[i] = 1;
    }
    return summary;
}

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

    if (const auto tempo = tempo_reason(seed.tempo_bpm, candidate.tempo_bpm)) reasons.push_back(*tempo);
    if (const auto key = key_reason(seed, candidate)) reasons.push_back(*key);

    Reason feature{0, ""};
    for (std::size_t i = 0; i < kOtherFeatureNames.size(); ++i) {
        const double common = static_cast<double>(std::min(seed.other_features[i], candidate.other_features[i]));
        if (common >= kFeaturePresent && common > feature.strength) {
            feature = {common, "both " + std::string(kOtherFeatureNames[i])};
        }
    }
    if (!feature.text.empty() && feature.text != tag.text) reasons.push_back({0.8 * feature.strength, feature.text});

    if (same_energy(seed.energy, candidate.energy)) {
        const double off = std::abs(std::log(candidate.energy / seed.energy)) / kEnergyTolerance;
        reasons.push_back({0.6 - 0.3 * off, "similar energy"});
    }

    std::stable_sort(reasons.begin(), reasons.end(),
                     [](const Reason& a, const Reason& b) { return a.strength > b.strength; });
    for (std::size_t i = 0; i < std::min<std::size_t>(2, reasons.size()); ++i) {
        explanation.reasons.push_back(reasons[i].text);
    }
    return explanation;
}

}  // namespace audiomuse::features
