#include <cmath>
#include <numeric>

#include "audiomuse/dsp/track_features.h"

namespace audiomuse::dsp {

namespace {

using Profile = std::array<double, 12>;

// Krumhansl and Kessler's probe-tone ratings, tonic first.
constexpr Profile kMajor = {6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88};
constexpr Profile kMinor = {6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17};

/// Zero mean and unit length; all 0 when flat.
Profile standardised(Profile values) {
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / 12;
    double squares = 0;
    for (double& value : values) {
        value -= mean;
        squares += value * value;
    }
    if (squares > 0) {
        for (double& value : values)
            value /= std::sqrt(squares);
    }
    return values;
}

}  // namespace

KeyEstimate estimate_key(const std::array<float, 12>& chroma) {
    Profile heard{};
    for (std::size_t c = 0; c < 12; ++c)
        heard[c] = static_cast<double>(chroma[c]);
    heard = standardised(heard);
    KeyEstimate best;
    best.strength = -2;
    for (const Scale scale : {Scale::major, Scale::minor}) {
        const Profile profile = standardised(scale == Scale::major ? kMajor : kMinor);
        for (int key = 0; key < 12; ++key) {
            double correlation = 0;
            for (int c = 0; c < 12; ++c) {
                correlation += profile[static_cast<std::size_t>(c)] * heard[static_cast<std::size_t>((c + key) % 12)];
            }
            if (correlation > best.strength) best = {key, scale, correlation};
        }
    }
    return best;
}

}  // namespace audiomuse::dsp
