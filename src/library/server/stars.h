// Ratings of several scales as stars.
#pragma once

#include <algorithm>

namespace audiomuse::library {

/// Whole stars, 1 to 5, of a rating above 0 on a scale that ends at `best`; 0, which is none, for any other. Half a
/// star is not given: who asks for four stars gets nothing that has three and a half. The least there is is one star.
inline int stars_of(double rating, double best) {
    constexpr double kMost = 5;
    if (!(rating > 0)) return 0;
    return static_cast<int>(std::clamp(kMost * rating / best, 1.0, kMost));
}

}  // namespace audiomuse::library
