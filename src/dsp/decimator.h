// A quarter of the sample rate, for what lies low in the spectrum.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace audiomuse::dsp {

/// Keeps every fourth sample after a low-pass of 32 taps (a sinc under a Hann window): from 16 to 4 kHz, flat within 3
/// dB below 1.5 kHz, and what folds back below 1.1 kHz is damped by 40 dB at least. Output comes in blocks of kBlock
/// samples whatever the blocks that are pushed.
class Decimator {
public:
    static constexpr std::size_t kFactor = 4;
    static constexpr std::size_t kTaps = 32;
    static constexpr std::size_t kBlock = 1024;

    Decimator();

    /// Calls `take(std::span<const float> block)` for every kFactor * kBlock samples; a block ends kTaps - 1 samples
    /// behind.
    template <class Take>
    void push(std::span<const float> samples, const Take& take) {
        while (!samples.empty()) {
            const std::size_t count = std::min(samples.size(), kFactor * kBlock - filled_);
            std::copy_n(samples.begin(), count, input_.begin() + static_cast<std::ptrdiff_t>(filled_));
            filled_ += count;
            samples = samples.subspan(count);
            if (filled_ < kFactor * kBlock) return;
            take(std::span<const float>(filter()));
            filled_ = 0;
        }
    }
    /// Samples pushed since the last whole block.
    std::size_t pending() const { return filled_; }

private:
    static constexpr std::size_t kReach = kTaps / kFactor;  // values of each phase kept from the block before

    const std::vector<float>& filter();

    std::array<float, kTaps> taps_{};
    std::vector<float> input_;
    std::array<std::vector<float>, kFactor> phases_;  // every fourth sample, one behind the other
    std::vector<float> output_;
    std::size_t filled_ = 0;
};

}  // namespace audiomuse::dsp
