// The six further features that playlists are named and filtered by: danceable, aggressive, happy, party, relaxed, sad.
#pragma once

#include <array>
#include <span>

#include "audiomuse/dsp/track_features.h"

namespace audiomuse::analyse {

/// Each 0..1, in the order of kOtherFeatureNames. `moods`: probabilities in the order of kMoodNames, or empty. What
/// MTG's mood networks would say, guessed from evidence:
///
///     value  1 / (1 + exp(-(c + sum of w x)))         party  sqrt(danceable * (happy + 1 - relaxed) / 2)
///
/// The evidence x from the signal, each cut off at a few units either way (mood_evidence.cpp):
///
///     loud    (20 log10(energy) + 20) / 10            pulse   (pulse_clarity - 0.35) / 0.2
///     bright  log2(centroid / 1500 Hz)                tonal   (mean contrast of bands 1..5 - 20 dB) / 5
///     noisy   (log10(flatness) + 3) / 1.5             attack  (mean onset_strength - 1.3) / 0.6
///     busy    (onsets per second - 3) / 2             fast    log2(tempo / 110 BPM)
///     major   key_strength, negative in minor
///
/// and from tags, for 13 families such as heavy (metal, heavy metal, hard rock, punk): the mean of ln(p / (1 - p)) over
/// the family, plus 4. Without tags the signal has weights of its own.
///
/// Weights and constants (mood_weights.h) come from tools/mood_weights.cpp, which fits the networks' log-odds by ridge
/// regression on music of which none is used in the tests. The way each weight may point is given by the meaning of the
/// words (loud music is not made more relaxed by being loud), as in Juslin and Laukka, Expression, Perception, and
/// Induction of Musical Emotions (2004); how well the result agrees with the networks is printed by
/// mood_agreement_test. The networks' own idea of relaxed and sad is generous: most music gets more than one half.
std::array<float, 6> other_features(const dsp::TrackFeatures& features, std::span<const float> moods);

}  // namespace audiomuse::analyse
