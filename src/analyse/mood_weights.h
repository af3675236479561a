// Made by tools/mood_weights.cpp. Do not edit.
// Fitted to 194 tracks and 200 plain sounds:
// 96 pieces of the demo library with seed 101; the music of the Debian packages asc-music, flare-game,
// hedgewars-data, hyperrogue-music, lincity-ng-data, unknown-horizons, warmux-data and zaz-data; sounds with seeds 5 and 6.
#pragma once

// clang-format off
#include "mood_evidence.h"

namespace audiomuse::analyse {

template <std::size_t N>
struct FeatureWeights {
    std::array<double, N> weights;
    double constant;
};

inline constexpr std::array<FeatureWeights<kSignalEvidence + kTagEvidence>, kJudgedFeatures.size()> kWeights = {{
    // loud, bright, noisy, busy, pulse, tonal, attack, fast, major, dance, electronic, heavy, rock, ambient, calm, acoustic, urban, cheerful, oldies, jazz, sad, sung
    // danceable
    {{0.671, -0.082, 0.048, 0.543, 0.081, -0.106, 0.356, 0.098, -0.155, 0.181, -0.187, 0.000, -0.053, 0.000, 0.338, -0.557, 0.683, 0.027, -0.378, -0.196, -0.382, 0.276}, -0.286},
    // aggressive
    {{0.869, 0.154, 0.089, 0.864, -0.302, -0.503, -0.394, 0.110, -0.128, 0.222, -0.020, 0.443, 0.463, 0.000, -1.160, -0.417, -0.106, -0.194, 0.087, 0.000, -0.721, -0.051}, -0.171},
    // happy
    {{0.842, 0.345, 0.286, 0.032, 0.184, 0.095, 0.318, 1.018, 0.117, 0.199, 0.286, -0.105, 0.815, -0.029, 0.000, -0.177, -0.287, 1.163, 0.176, 0.391, -0.687, -1.019}, -1.394},
    // relaxed
    {{-0.818, -0.681, -0.031, -0.359, -0.346, 0.000, -0.040, -0.983, -0.206, -0.733, 0.165, 0.000, -0.697, 0.400, 0.400, 0.033, 0.158, 0.278, -0.316, -0.106, 0.000, -0.540}, -2.595},
    // sad
    {{-1.319, -0.660, 0.000, -1.002, 0.301, 0.054, -0.031, -0.746, -0.247, -0.405, 0.659, -0.046, -1.249, -0.731, 0.489, 0.405, -0.105, -0.583, -0.044, 0.000, 1.264, 0.292}, -1.195},
}};

inline constexpr std::array<FeatureWeights<kSignalEvidence>, kJudgedFeatures.size()> kSignalWeights = {{
    // loud, bright, noisy, busy, pulse, tonal, attack, fast, major
    // danceable
    {{1.327, -0.362, 0.222, 0.636, 0.146, -0.697, 0.970, 0.000, -0.292}, -0.598},
    // aggressive
    {{0.953, 1.000, 0.507, 1.176, -0.620, -1.970, -1.120, 0.118, -0.345}, 0.539},
    // happy
    {{1.045, 0.902, 0.639, 0.197, 0.609, -0.256, 0.190, 1.519, 0.221}, -0.903},
    // relaxed
    {{-0.411, -1.760, -0.292, -0.237, -0.536, 0.000, 0.000, -1.459, -0.347}, -0.975},
    // sad
    {{-1.025, -1.189, -0.096, -1.426, 0.327, 0.991, 0.358, -1.327, -0.320}, -1.771},
}};

}  // namespace audiomuse::analyse
