#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "audiomuse/store/analyses.h"

namespace audiomuse::store {

std::string mood_vector_text(std::span<const float> moods, int top) {
    std::vector<std::size_t> order(std::min(moods.size(), kMoodNames.size()));
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return moods[a] > moods[b]; });
    order.resize(std::min(order.size(), static_cast<std::size_t>(std::max(top, 0))));
    std::string text;
    for (const std::size_t i : order)
        text += fmt::format("{}{}:{:.3f}", text.empty() ? "" : ",", kMoodNames[i], moods[i]);
    return text;
}

std::string other_features_text(const std::array<float, 6>& features) {
    std::string text;
    for (std::size_t i = 0; i < features.size(); ++i) {
        text += fmt::format("{}{}:{:.2f}", text.empty() ? "" : ",", kOtherFeatureNames[i], features[i]);
    }
    return text;
}

}  // namespace audiomuse::store
