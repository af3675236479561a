// Sums over floats in eight lanes, so that the compiler may use SIMD while the order of additions stays fixed.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>

namespace audiomuse::dsp {

inline constexpr std::size_t kLanes = 8;

inline float add_lanes(const std::array<float, kLanes>& lanes) {
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/// Sum over i in [0, count) of term(i).
template <class Term>
float sum_terms(std::size_t count, const Term& term) {
    std::array<float, kLanes> lanes{};
    const std::size_t whole = count - count % kLanes;
    for (std::size_t i = 0; i < whole; i += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            lanes[lane] += term(i + lane);
    }
    for (std::size_t i = whole; i < count; ++i)
        lanes[i - whole] += term(i);
    return add_lanes(lanes);
}

inline float sum(std::span<const float> values) {
    const float* const v = values.data();
    return sum_terms(values.size(), [v](std::size_t i) { return v[i]; });
}

/// Of two spans of the same length.
inline float dot(std::span<const float> a, std::span<const float> b) {
    const float* const x = a.data();
    const float* const y = b.data();
    return sum_terms(a.size(), [x, y](std::size_t i) { return x[i] * y[i]; });
}

/// log10 by way of log2, which takes the C library a third of the time.
inline float fast_log10(float value) {
    return 0.301029995663981195F * std::log2(value);
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
