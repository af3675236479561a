// The discrete Fourier transform of a real signal, in single precision.
#pragma once

#include <complex>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace audiomuse::wrap::fftw {

/// E.g. "3.3.10".
std::string library_version();

/// Owns a signal of `size` floats and a spectrum of size / 2 + 1 bins; aligned, so that the planner may use SIMD. Plans
/// are estimated, never measured: the same machine gives the same bits every time. One instance per thread; making one
/// locks a process-wide mutex, as FFTW's planner demands. Throws Error: invalid_argument (size 0), internal.
class RealFft {
public:
    explicit RealFft(std::size_t size);
    ~RealFft();
    RealFft(RealFft&&) noexcept;
    RealFft& operator=(RealFft&&) noexcept;

    std::size_t size() const;
    std::span<float> signal();
    std::span<std::complex<float>> spectrum();

    /// signal -> spectrum: X[k] = sum x[n] exp(-2 pi i k n / size). Keeps the signal.
    void forward();
    /// spectrum -> signal, not scaled: inverse after forward gives size * x. Destroys the spectrum.
    void inverse();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace audiomuse::wrap::fftw
