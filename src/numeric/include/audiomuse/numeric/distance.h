// Distances between vectors of floats. The instruction set is chosen at run time, so that one program runs on every
// CPU; sums are therefore equal between machines only up to rounding.
#pragma once

#include <cstddef>
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

/// The kernel behind dot(), for libraries that want a function pointer: sum over n pairs.
using DotFunction = float (*)(const float* a, const float* b, std::size_t n);
DotFunction dot_function();

}  // namespace audiomuse::numeric
