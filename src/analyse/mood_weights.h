// Made by tools/mood_weights.cpp. Do not edit.
// Fitted to 194 tracks and 200 plain sounds:
// 96 pieces of the demo library with seed 101; the music of the Debian packages asc-music, flare-game,
// hedgewars-data, hyperrogue-music, lincity-ng-data, unknown-horizons, warmux-data and zaz-data; sounds with
// seeds 5 and 6.
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
    {{0.672, -0.073, 0.022, 0.560, 0.117, -0.088, 0.349, 0.088, -0.153, 0.182, -0.189, 0.000, 0.000, 0.000, 0.307, -0.598, 0.684, 0.018, -0.365, -0.189, -0.371, 0.273}, -0.309},
    // aggressive
    {{0.870, 0.183, 0.024, 0.831, -0.256, -0.406, -0.385, 0.106, -0.154, 0.177, -0.021, 0.445, 0.495, 0.000, -1.208, -0.509, -0.054, -0.179, 0.105, 0.000, -0.758, -0.076}, -0.208},
    // happy
    {{0.764, 0.272, 0.288, 0.060, 0.123, 0.055, 0.299, 0.976, 0.226, 0.180, 0.365, -0.162, 0.766, -0.069, 0.000, -0.155, -0.261, 1.327, 0.199, 0.442, -0.674, -1.022}, -1.319},
    // relaxed
    {{-0.841, -0.683, -0.071, -0.363, -0.247, 0.000, -0.039, -0.974, -0.203, -0.740, 0.221, 0.000, -0.647, 0.408, 0.408, 0.037, 0.038, 0.196, -0.271, -0.137, 0.000, -0.570}, -2.878},
    // sad
    {{-1.297, -0.651, 0.000, -0.974, 0.371, 0.145, -0.009, -0.757, -0.322, -0.379, 0.653, -0.022, -1.251, -0.721, 0.461, 0.371, -0.153, -0.683, -0.052, 0.000, 1.343, 0.279}, -1.337},
}};

inline constexpr std::array<FeatureWeights<kSignalEvidence>, kJudgedFeatures.size()> kSignalWeights = {{
    // loud, bright, noisy, busy, pulse, tonal, attack, fast, major
    // danceable
    {{1.293, -0.330, 0.155, 0.626, 0.173, -0.726, 0.986, 0.000, -0.311}, -0.592},
    // aggressive
    {{0.930, 1.103, 0.350, 1.094, -0.625, -1.988, -1.054, 0.164, -0.451}, 0.533},
    // happy
    {{0.967, 0.878, 0.586, 0.239, 0.609, -0.235, 0.268, 1.443, 0.396}, -0.946},
    // relaxed
    {{-0.373, -1.815, -0.329, -0.298, -0.511, 0.000, 0.000, -1.339, -0.349}, -0.953},
    // sad
    {{-0.932, -1.236, 0.000, -1.372, 0.388, 1.055, 0.293, -1.385, -0.426}, -1.790},
}};

}  // namespace audiomuse::analyse
