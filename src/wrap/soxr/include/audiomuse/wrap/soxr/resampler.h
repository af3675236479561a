// Changes the sample rate of one channel, streaming.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace audiomuse::wrap::soxr {

/// E.g. "libsoxr-0.1.3".
std::string version();

/// libsoxr at quality "HQ", so the same samples as librosa's `soxr_hq`. The result does not depend on how the input is
/// cut into blocks; equal rates copy. One instance per stream and thread. Throws Error: invalid_argument (a rate below
/// 1), internal.
class Resampler {
public:
    Resampler(int from_rate, int to_rate);
    ~Resampler();
    Resampler(Resampler&&) noexcept;
    Resampler& operator=(Resampler&&) noexcept;

    /// Appends what is ready to `out`.
    void push(std::span<const float> in, std::vector<float>& out);
    /// Appends the rest: with it, n samples pushed have given exactly ceil(n * to_rate / from_rate). Call once, last.
    void finish(std::vector<float>& out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace audiomuse::wrap::soxr
