// Directions on the unit sphere.
#pragma once

#include <span>
#include <vector>

namespace audiomuse::features {

/// The angle of two unit vectors, 0..pi, from their distance 1 - cos.
double angle_of(double cosine_distance);
/// The unit vector at the share t of the way from `a` to `b`, two unit vectors, on the great circle (Shoemake, 1985).
/// Where they are opposite every way is as short; the one through the first axis that lies across is taken.
std::vector<float> between(std::span<const float> a, std::span<const float> b, double t);

}  // namespace audiomuse::features
