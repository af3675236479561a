#include "audiomuse/numeric/distance.h"

#include <algorithm>
#include <cmath>

#include "kernels.h"

namespace audiomuse::numeric {

float dot(std::span<const float> a, std::span<const float> b) {
    return best_kernels().dot(a.data(), b.data(), a.size());
}

float squared_l2(std::span<const float> a, std::span<const float> b) {
    return best_kernels().squared_l2(a.data(), b.data(), a.size());
}

float cosine_distance(std::span<const float> a, std::span<const float> b) {
    const double lengths = std::sqrt(static_cast<double>(dot(a, a)) * static_cast<double>(dot(b, b)));
    if (!(lengths > 0)) return 1;
    return static_cast<float>(std::clamp(1.0 - static_cast<double>(dot(a, b)) / lengths, 0.0, 2.0));
}

float unit_cosine_distance(std::span<const float> a, std::span<const float> b) {
    return std::clamp(1.0F - dot(a, b), 0.0F, 2.0F);
}

bool normalise(std::span<float> vector) {
    double squares = 0;
    for (const float value : vector)
        squares += static_cast<double>(value) * static_cast<double>(value);
    const double scale = 1.0 / std::sqrt(squares);
    if (!(squares > 0) || !std::isfinite(squares) || !std::isfinite(scale)) return false;
    for (float& value : vector)
        value = static_cast<float>(static_cast<double>(value) * scale);
    return true;
}

std::int32_t dot(std::span<const std::int8_t> a, std::span<const std::int8_t> b) {
    return best_kernels().dot_bytes(a.data(), b.data(), a.size());
}

DotFunction dot_function() {
    return best_kernels().dot;
}

DotFunction squared_l2_function() {
    return best_kernels().squared_l2;
}

ByteDotFunction byte_dot_function() {
    return best_kernels().dot_bytes;
}

}  // namespace audiomuse::numeric
