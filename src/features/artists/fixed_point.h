// Unit vectors as 16-bit numbers, so that all means of a large library stay small in memory and quick to compare.
#pragma once

#include <cstdint>
#include <span>

namespace audiomuse::features {

/// Steps of 1 / 32767. A dot product of two unit vectors, and every part of it, is at most 32767^2 by Cauchy and
/// Schwarz, whatever the length: sums of 32 bits hold it. Rounding moves a distance by about 0.00001.
inline constexpr float kFixedOne = 32767;

void to_fixed(std::span<const float> unit, std::span<std::int16_t> fixed);
/// 1 - cos, 0..2.
float fixed_distance(const std::int16_t* a, const std::int16_t* b, std::size_t n);

}  // namespace audiomuse::features
