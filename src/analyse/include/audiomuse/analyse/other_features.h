// The six further features that playlists are named and filtered by: danceable, aggressive, happy, party, relaxed, sad.
#pragma once

#include <array>
#include <span>

#include "audiomuse/dsp/track_features.h"

namespace audiomuse::analyse {

/// Each 0..1, in the order of kOtherFeatureNames. `moods`: probabilities in the order of kMoodNames, or empty. Half of
/// a value comes from the tags, half from the signal; without tags it is the signal's alone.
///
/// Tags: 1 - exp(-3 S) with S the weighted sum of the probabilities of the tags that speak for the feature.
/// Signal: a weighted sum of ramps r(x; a, b), 0 at a and below, 1 at b and above, linear between:
///
///     pulse      r(pulse_clarity; 0.1, 0.6)            steady  pulse * exp(-((log2(tempo / 120)) / 0.5)^2 / 2)
///     loud       r(20 log10(energy); -36, -12)         busy    r(onsets per second; 0.5, 5)
///     bright     r(log2(centroid / 1000 Hz); -0.6, 1.4) noisy  r(log10(flatness); -4, -1)
///     fast       r(tempo; 70, 140)                     major   (1 + s) / 2, s = key strength, negative in minor
///
///     danceable   0.45 pulse + 0.35 steady + 0.20 busy
///     aggressive  0.35 loud + 0.25 noisy + 0.20 bright + 0.20 busy
///     happy       0.45 major + 0.25 fast + 0.15 bright + 0.15 busy
///     party       0.35 steady + 0.25 pulse + 0.25 loud + 0.15 fast
///     relaxed     0.35 (1 - loud) + 0.30 (1 - busy) + 0.20 (1 - bright) + 0.15 (1 - fast)
///     sad         0.40 (1 - major) + 0.30 (1 - fast) + 0.20 (1 - loud) + 0.10 (1 - busy)
///
/// The formulas and weights are this project's own; which way tempo, mode, loudness and brightness point follows Juslin
/// and Laukka, Expression, Perception, and Induction of Musical Emotions (2004).
std::array<float, 6> other_features(const dsp::TrackFeatures& features, std::span<const float> moods);

}  // namespace audiomuse::analyse
