#include "great_circle.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "audiomuse/numeric/distance.h"

namespace audiomuse::features {
namespace {

constexpr double kTiny = 1e-6;  // angles below are too small for a sine to be divided by

/// A unit vector at a right angle to `a`.
std::vector<float> across(std::span<const float> a) {
    std::vector<float> result(a.size());
    for (std::size_t axis = 0; axis < a.size(); ++axis) {
        for (std::size_t i = 0; i < a.size(); ++i)
            result[i] = (i == axis ? 1.0F : 0.0F) - a[axis] * a[i];
        if (numeric::dot(result, result) > 0.1F && numeric::normalise(result)) return result;
    }
    return {a.begin(), a.end()};  // one dimension: there is nothing across
}

}  // namespace

double angle_of(double cosine_distance) {
    // 1 - cos x = 2 sin^2(x / 2); exact for small angles, where acos is not.
    return 2 * std::asin(std::sqrt(std::clamp(cosine_distance / 2, 0.0, 1.0)));
}

std::vector<float> between(std::span<const float> a, std::span<const float> b, double t) {
    const double angle = angle_of(static_cast<double>(numeric::unit_cosine_distance(a, b)));
    if (angle > std::numbers::pi - 1e-3) {
        const std::vector<float> middle = across(a);
        return t < 0.5 ? between(a, middle, 2 * t) : between(middle, b, 2 * t - 1);
    }
    double weight_a = 1 - t;
    double weight_b = t;
    if (angle > kTiny) {
        weight_a = std::sin((1 - t) * angle) / std::sin(angle);
        weight_b = std::sin(t * angle) / std::sin(angle);
    }
    std::vector<float> result(a.size());
    for (std::size_t i = 0; i < a.size(); ++i)
        result[i] = static_cast<float>(weight_a * static_cast<double>(a[i]) + weight_b * static_cast<double>(b[i]));
    numeric::normalise(result);
    return result;
}

}  // namespace audiomuse::features
