#include "decimator.h"

#include <cmath>
#include <numbers>
#include <numeric>

namespace audiomuse::dsp {

Decimator::Decimator() : input_(kFactor * kBlock), output_(kBlock) {
    constexpr double kCutoff = 1900.0 / 16000;
    for (std::size_t i = 0; i < kTaps; ++i) {
        const double x = static_cast<double>(i) - (kTaps - 1) / 2.0;
        const double sinc = std::sin(2 * std::numbers::pi * kCutoff * x) / (std::numbers::pi * x);
        const double hann = 0.5 + 0.5 * std::cos(2 * std::numbers::pi * x / kTaps);
        taps_[i] = static_cast<float>(sinc * hann);
    }
    const float total = std::accumulate(taps_.begin(), taps_.end(), 0.0F);
    for (float& tap : taps_)
        tap /= total;
    for (auto& phase : phases_)
        phase.resize(kReach + kBlock);
}

const std::vector<float>& Decimator::filter() {
    const float* const input = input_.data();
    for (std::size_t p = 0; p < kFactor; ++p) {
        float* const phase = phases_[p].data() + kReach;
        for (std::size_t i = 0; i < kBlock; ++i)
            phase[i] = input[kFactor * i + p];
    }
    // Neighbouring outputs side by side, so that sixteen of them fit into registers.
    constexpr std::size_t kTogether = 16;
    static_assert(kBlock % kTogether == 0);
    for (std::size_t first = 0; first < kBlock; first += kTogether) {
        std::array<float, kTogether> sums{};
        for (std::size_t tap = 0; tap < kTaps; ++tap) {
            const float* const in = phases_[tap % kFactor].data() + first + tap / kFactor;
            for (std::size_t i = 0; i < kTogether; ++i)
                sums[i] += taps_[tap] * in[i];
        }
        std::copy(sums.begin(), sums.end(), output_.begin() + static_cast<std::ptrdiff_t>(first));
    }
    for (auto& phase : phases_)
        std::copy(phase.end() - kReach, phase.end(), phase.begin());
    return output_;
}

}  // namespace audiomuse::dsp
