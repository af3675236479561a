// Cuts a stream of samples into overlapping frames.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace audiomuse::dsp {

/// Frames start at samples 0, hop, 2 hop ... of what was pushed; how it was cut into blocks makes no difference.
class Framer {
public:
    Framer(std::size_t frame_size, std::size_t hop)
        : frame_size_(frame_size), hop_(hop), buffer_(frame_size + kHopsAhead * hop) {}

    /// Calls `take(std::span<const float> frame)` for every frame that became complete.
    template <class Take>
    void push(std::span<const float> samples, const Take& take) {
        while (!samples.empty()) {
            const std::size_t count = std::min(samples.size(), buffer_.size() - filled_);
            std::copy_n(samples.begin(), count, buffer_.begin() + static_cast<std::ptrdiff_t>(filled_));
            filled_ += count;
            samples = samples.subspan(count);
            std::size_t start = 0;
            for (; start + frame_size_ <= filled_; start += hop_) {
                take(std::span<const float>(buffer_).subspan(start, frame_size_));
            }
            std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(start),
                      buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.begin());
            filled_ -= start;
        }
    }

private:
    static constexpr std::size_t kHopsAhead = 16;  // moves the overlap to the front once per so many frames
    std::size_t frame_size_;
    std::size_t hop_;
    std::vector<float> buffer_;
    std::size_t filled_ = 0;
};

}  // namespace audiomuse::dsp
