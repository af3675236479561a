// Sums over floats, with the instructions of the machine.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "audiomuse/numeric/distance.h"

namespace audiomuse::dsp {

inline constexpr std::size_t kLanes = 8;

/// Of two spans of the same length.
inline float dot(std::span<const float> a, std::span<const float> b) {
    return numeric::dot(a, b);
}

/// Sums in eight lanes, so that the compiler may use SIMD while the order of additions stays fixed.
inline float sum(std::span<const float> values) {
    std::array<float, kLanes> lanes{};
    const float* const v = values.data();
    const std::size_t whole = values.size() - values.size() % kLanes;
    for (std::size_t i = 0; i < whole; i += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            lanes[lane] += v[i + lane];
    }
    for (std::size_t i = whole; i < values.size(); ++i)
        lanes[i - whole] += v[i];
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/// 0 for an empty span; the values must not be negative.
inline float largest(std::span<const float> values) {
    std::array<float, kLanes> lanes{};
    const float* const v = values.data();
    const std::size_t whole = values.size() - values.size() % kLanes;
    for (std::size_t i = 0; i < whole; i += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            lanes[lane] = std::max(lanes[lane], v[i + lane]);
    }
    for (std::size_t i = whole; i < values.size(); ++i)
        lanes[0] = std::max(lanes[0], v[i]);
    return *std::max_element(lanes.begin(), lanes.end());
}

}  // namespace audiomuse::dsp
