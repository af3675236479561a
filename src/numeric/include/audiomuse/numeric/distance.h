// Distances between vectors of floats. The instruction set is chosen at run time, so that one program runs on every
// CPU; sums are therefore equal between machines only up to rounding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace audiomuse::numeric {

/// Sum of a[i] * b[i]. Both have the same length, here and below.
float dot(std::span<const float> a, std::span<const float> b);
/// Sum of (a[i] - b[i])^2.
float squared_l2(std::span<const float> a, std::span<const float> b);
/// 1 - cos of the angle between a and b, 0..2; 1 when one of them is zero. Need not be unit vectors.
float cosine_distance(std::span<const float> a, std::span<const float> b);
/// cosine_distance for vectors that are unit vectors already.
float unit_cosine_distance(std::span<const float> a, std::span<const float> b);
/// Scales to length 1. False, and nothing changed, when the vector is zero or a value is not finite.
bool normalise(std::span<float> vector);

/// Sum of a[i] * b[i] of at most 65,536 pairs; exact, and so the same on every machine.
std::int32_t dot(std::span<const std::int8_t> a, std::span<const std::int8_t> b);

/// The kernels behind the functions above, for inner loops that choose one once: sums over n pairs.
using DotFunction = float (*)(const float* a, const float* b, std::size_t n);
DotFunction dot_function();
DotFunction squared_l2_function();
using ByteDotFunction = std::int32_t (*)(const std::int8_t* a, const std::int8_t* b, std::size_t n);
ByteDotFunction byte_dot_function();

}  // namespace audiomuse::numeric
