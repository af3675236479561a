// Puts windows of a file one behind the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "audiomuse/decode/decoder.h"

namespace audiomuse::decode {

/// Passes samples on to a sink; at a seam the end of one window fades into the beginning of the next over
/// `fade_samples`, with equal power, since a jump from one place of the music to another would be heard as an onset.
class Joiner {
public:
    Joiner(const SampleSink& sink, std::size_t fade_samples) : sink_(sink), fade_samples_(fade_samples) {}

    void push(std::span<const float> samples);
    /// What was pushed so far is the end of a window.
    void start_window();
    /// Hands out what is left; call once, last.
    void finish();
    /// Handed to the sink.
    std::int64_t samples() const { return samples_; }

private:
    void hand_out(std::size_t count);

    const SampleSink& sink_;
    const std::size_t fade_samples_;
    std::vector<float> waiting_;  // of this window; its end may have to fade
    std::vector<float> ending_;   // of the window before
    std::size_t faded_ = 0;       // samples of `ending_` that were mixed in
    std::int64_t samples_ = 0;
};

}  // namespace audiomuse::decode
