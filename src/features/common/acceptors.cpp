#include "audiomuse/features/common/acceptors.h"

#include <cmath>

#include "audiomuse/numeric/distance.h"

namespace audiomuse::features {
namespace {

// Other encodings and releases of a recording differ by less, by padding and trimmed silence.
constexpr double kDurationTolerance = 1;

}  // namespace

bool NearDuplicates::may_take(const Recording& recording) const {
    for (const Recording& other : window_) {
        const bool durations_known = recording.duration_s > 0 && other.duration_s > 0;
        if (durations_known && std::abs(recording.duration_s - other.duration_s) > kDurationTolerance) continue;
        const float distance = numeric::unit_cosine_distance(recording.vector, other.vector);
        if (static_cast<double>(distance) < params_.distance) return false;
    }
    return true;
}

void NearDuplicates::take(const Recording& recording) {
    if (params_.lookback <= 0) return;
    window_.push_back(recording);
    if (window_.size() > static_cast<std::size_t>(params_.lookback)) window_.pop_front();
}

bool similar_mood(std::span<const float, 6> a, std::span<const float, 6> b, double threshold) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    return sum / static_cast<double>(a.size()) <= threshold;
}

}  // namespace audiomuse::features
