#include "joiner.h"

#include <cmath>
#include <numbers>
#include <utility>

namespace audiomuse::decode {

void Joiner::push(std::span<const float> samples) {
    const std::size_t first_new = waiting_.size();
    waiting_.insert(waiting_.end(), samples.begin(), samples.end());
    const auto length = static_cast<double>(ending_.size());
    for (std::size_t i = first_new; i < waiting_.size() && faded_ < ending_.size(); ++i, ++faded_) {
        const double angle = std::numbers::pi / 2 * (static_cast<double>(faded_) + 0.5) / length;
        waiting_[i] = static_cast<float>(static_cast<double>(waiting_[i]) * std::sin(angle) +
                                         static_cast<double>(ending_[faded_]) * std::cos(angle));
    }
    if (waiting_.size() > fade_samples_) hand_out(waiting_.size() - fade_samples_);
}

void Joiner::start_window() {
    // A window that gave less than a fade leaves the end of the one before it waiting.
    if (waiting_.empty()) return;
    ending_ = std::exchange(waiting_, {});
    faded_ = 0;
}

void Joiner::finish() {
    if (faded_ == 0) waiting_.insert(waiting_.begin(), ending_.begin(), ending_.end());
    hand_out(waiting_.size());
}

void Joiner::hand_out(std::size_t count) {
    if (count == 0) return;
    samples_ += static_cast<std::int64_t>(count);
    sink_(std::span<const float>(waiting_).first(count));
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace audiomuse::decode
