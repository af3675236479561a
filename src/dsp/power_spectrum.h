// |FFT|^2 of one windowed frame.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "audiomuse/wrap/fftw/complex_fft.h"

namespace audiomuse::dsp {

/// w[n] = 0.5 - 0.5 cos(2 pi n / size): the periodic Hann window, as scipy's get_window("hann").
std::vector<float> periodic_hann(std::size_t size);

/// A real signal is transformed as a complex one of half the size. One instance per thread.
class PowerSpectrum {
public:
    /// Frames of `size` samples, a multiple of 4, and the Hann window.
    explicit PowerSpectrum(std::size_t size);
    /// Frames as long as `window`, with zeros behind up to `size`.
    PowerSpectrum(std::size_t size, std::vector<float> window);
    std::size_t bins() const { return power_.size(); }
    /// The size / 2 + 1 powers of `frame` times the window; valid until the next call.
    std::span<const float> operator()(std::span<const float> frame);

private:
    std::vector<float> window_;
    wrap::fftw::ComplexFft fft_;
    std::vector<float> turns_;
    std::vector<float> power_;
};

}  // namespace audiomuse::dsp
