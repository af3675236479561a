#include <algorithm>
#include <cmath>
#include <numeric>

#include "tonality.h"

namespace audiomuse::dsp {

namespace {

// Sha'ath, "Estimation of key in digital music recordings" (2011): Krumhansl and Kessler's probe-tone ratings, the
// leading note of minor and the fifths raised. Tonic first.
constexpr PitchClasses kMajor = {6.6, 2.0, 3.5, 2.3, 4.6, 4.0, 2.5, 5.2, 2.4, 3.7, 2.3, 3.4};
constexpr PitchClasses kMinor = {6.5, 2.7, 3.5, 5.4, 2.6, 3.5, 2.5, 5.2, 4.0, 2.7, 4.3, 3.2};

// A piece tends to begin at home (Albrecht and Shanahan, 2013, listen to nothing but its beginning and end), and the
// bass says more about the root than about the scale.
constexpr double kOpening = 0.4;
constexpr double kOpeningBass = 0.3;
constexpr double kBass = 0.15;

// By how much a score must lead to be e times as likely, over rendered pieces of known key.
constexpr double kLikelihoodStep = 0.12;

/// Zero mean and unit length; all 0 when flat.
PitchClasses standardised(PitchClasses values) {
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / 12;
    double squares = 0;
    for (double& value : values) {
        value -= mean;
        squares += value * value;
    }
    for (double& value : values)
        value = squares > 0 ? value / std::sqrt(squares) : 0;
    return values;
}

double rotated_product(const PitchClasses& profile, const PitchClasses& heard, std::size_t key) {
    double sum = 0;
    for (std::size_t c = 0; c < 12; ++c)
        sum += profile[c] * heard[(c + key) % 12];
    return sum;
}

}  // namespace

KeyEstimate estimate_key(const PitchProfile& heard) {
    const PitchClasses chords = standardised(heard.chords);
    const PitchClasses bass = standardised(heard.bass);
    const PitchClasses opening = standardised(heard.opening);
    const PitchClasses opening_bass = standardised(heard.opening_bass);
    PitchClasses evidence{};
    for (std::size_t c = 0; c < 12; ++c)
        evidence[c] = chords[c] + kBass * bass[c] + kOpening * opening[c] + kOpeningBass * opening_bass[c];
    KeyEstimate best;
    if (evidence == PitchClasses{}) return best;
    std::array<double, 24> scores{};
    for (std::size_t i = 0; i < scores.size(); ++i)
        scores[i] = rotated_product(standardised(i < 12 ? kMajor : kMinor), evidence, i % 12);
    const auto winner = static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
    best.key = static_cast<int>(winner % 12);
    best.scale = winner < 12 ? Scale::major : Scale::minor;
    best.strength = rotated_product(standardised(winner < 12 ? kMajor : kMinor), chords, winner % 12);
    double total = 0;
    for (const double score : scores)
        total += std::exp((score - scores[winner]) / kLikelihoodStep);
    best.confidence = 1 / total;
    return best;
}

}  // namespace audiomuse::dsp
