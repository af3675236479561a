// |FFT|^2 of one windowed frame.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "audiomuse/wrap/fftw/real_fft.h"

namespace audiomuse::dsp {

/// w[n] = 0.5 - 0.5 cos(2 pi n / size): the periodic Hann window, as scipy's get_window("hann").
std::vector<float> periodic_hann(std::size_t size);

/// One instance per thread.
class PowerSpectrum {
public:
    /// `size` samples per frame, a multiple of 2.
    explicit PowerSpectrum(std::size_t size);
    std::size_t bins() const { return power_.size(); }
    /// The size / 2 + 1 powers of `frame` times the Hann window; valid until the next call.
    std::span<const float> operator()(std::span<const float> frame);

private:
    std::vector<float> window_;
    wrap::fftw::RealFft fft_;
    std::vector<float> power_;
};

}  // namespace audiomuse::dsp
