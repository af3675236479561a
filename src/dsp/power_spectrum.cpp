#include "power_spectrum.h"

#include <cmath>
#include <numbers>
#include <utility>

#include "kernels.h"

namespace audiomuse::dsp {

std::vector<float> periodic_hann(std::size_t size) {
    std::vector<float> window(size);
    for (std::size_t i = 0; i < size; ++i) {
        const double angle = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(size);
        window[i] = static_cast<float>(0.5 - 0.5 * std::cos(angle));
    }
    return window;
}

PowerSpectrum::PowerSpectrum(std::size_t size) : PowerSpectrum(size, periodic_hann(size)) {}

PowerSpectrum::PowerSpectrum(std::size_t size, std::vector<float> window)
    : window_(std::move(window)), fft_(size / 2), turns_(2 * (size / 4 + 1)), power_(size / 2 + 1) {
    const std::size_t count = size / 4 + 1;
    for (std::size_t k = 0; k < count; ++k) {
        const double angle = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(size);
        turns_[k] = static_cast<float>(std::cos(angle));
        turns_[count + k] = static_cast<float>(std::sin(angle));
    }
}

std::span<const float> PowerSpectrum::operator()(std::span<const float> frame) {
    const Kernels& kernels = best_kernels();
    // The standard lets arrays of complex numbers be read as real and imaginary parts in turn.
    auto* const signal = reinterpret_cast<float*>(fft_.input().data());
    kernels.multiply(frame.data(), window_.data(), window_.size(), signal);
    fft_.forward();
    kernels.real_powers(reinterpret_cast<const float*>(fft_.output().data()), turns_.data(), fft_.output().size(),
                        power_.data());
    return power_;
}

}  // namespace audiomuse::dsp
