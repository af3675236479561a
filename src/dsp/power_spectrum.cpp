#include "power_spectrum.h"

#include <cmath>
#include <numbers>

namespace audiomuse::dsp {

std::vector<float> periodic_hann(std::size_t size) {
    std::vector<float> window(size);
    for (std::size_t i = 0; i < size; ++i) {
        const double angle = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(size);
        window[i] = static_cast<float>(0.5 - 0.5 * std::cos(angle));
    }
    return window;
}

PowerSpectrum::PowerSpectrum(std::size_t size) : window_(periodic_hann(size)), fft_(size), power_(size / 2 + 1) {}

std::span<const float> PowerSpectrum::operator()(std::span<const float> frame) {
    float* const signal = fft_.signal().data();
    const float* const window = window_.data();
    for (std::size_t i = 0; i < frame.size(); ++i)
        signal[i] = frame[i] * window[i];
    fft_.forward();
    const std::complex<float>* const bins = fft_.spectrum().data();
    for (std::size_t k = 0; k < power_.size(); ++k) {
        power_[k] = bins[k].real() * bins[k].real() + bins[k].imag() * bins[k].imag();
    }
    return power_;
}

}  // namespace audiomuse::dsp
