#include "fixed_point.h"

#include <algorithm>
#include <cmath>

namespace audiomuse::features {

void to_fixed(std::span<const float> unit, std::span<std::int16_t> fixed) {
    for (std::size_t i = 0; i < unit.size(); ++i)
        fixed[i] = static_cast<std::int16_t>(std::lround(std::clamp(unit[i], -1.0F, 1.0F) * kFixedOne));
}

// This file is compiled so that the loop becomes multiplications and additions of pairs (pmaddwd and its like).
float fixed_distance(const std::int16_t* a, const std::int16_t* b, std::size_t n) {
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < n; ++i)
        sum += static_cast<std::int32_t>(a[i]) * static_cast<std::int32_t>(b[i]);
    return std::clamp(1.0F - static_cast<float>(sum) / (kFixedOne * kFixedOne), 0.0F, 2.0F);
}

}  // namespace audiomuse::features
