// What the formula of other_features.h weighs: a track's signal and tags on comparable scales.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "audiomuse/dsp/track_features.h"

namespace audiomuse::analyse {

/// Which way a piece of evidence may point: a weight that the fit would turn against the meaning of the words is held
/// at 0. `own` is a feature's own tags, which count at least kOwnWeight.
enum class Sign { any, more, less, own };
inline constexpr double kOwnWeight = 0.25;

/// The features that a network judges, as indices into kOtherFeatureNames: danceable, aggressive, happy, relaxed, sad.
inline constexpr std::array<std::size_t, 5> kJudgedFeatures = {0, 1, 2, 4, 5};

struct Evidence {
    std::string_view name;
    std::array<Sign, kJudgedFeatures.size()> signs;
    /// The tags whose log-odds are averaged; empty for evidence from the signal. At most five.
    std::array<std::string_view, 5> tags;
};

/// Signal first, then tags. The formulas stand in other_features.h.
inline constexpr std::size_t kSignalEvidence = 9;
inline constexpr std::size_t kTagEvidence = 13;
std::span<const Evidence> evidence_list();

/// The values of evidence_list() for a track: all of them, or those of the signal when `moods` is empty. Always finite.
std::vector<double> mood_evidence(const dsp::TrackFeatures& features, std::span<const float> moods);

}  // namespace audiomuse::analyse
