// The discrete Fourier transform of complex numbers, in single precision.
#pragma once

#include <complex>
#include <cstddef>
#include <memory>
#include <span>

namespace audiomuse::wrap::fftw {

/// Owns an input and an output of `size` complex numbers; aligned, so that the planner may use SIMD, and all zero at
/// first. Plans are estimated, never measured: the same machine gives the same bits every time. One instance per
/// thread; making one locks a process-wide mutex, as FFTW's planner demands. Throws Error: invalid_argument (size 0),
/// internal.
class ComplexFft {
public:
    explicit ComplexFft(std::size_t size);
    ~ComplexFft();
    ComplexFft(ComplexFft&&) noexcept;
    ComplexFft& operator=(ComplexFft&&) noexcept;

    std::span<std::complex<float>> input();
    std::span<const std::complex<float>> output() const;
    /// output[k] = sum input[n] exp(-2 pi i k n / size). Keeps the input.
    void forward();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace audiomuse::wrap::fftw
