// Filter banks over the bins of a power spectrum.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "kernels.h"

namespace audiomuse::dsp {

struct MelShape {
    int sample_rate = 16000;
    std::size_t fft_size = 2048;
    std::size_t bands = 128;
    double low_hz = 0;
    double high_hz = 8000;
};

/// Triangular filters on Slaney's mel scale (linear below 1 kHz, logarithmic above), each of unit area:
/// librosa.filters.mel with its defaults. Kept sparse. Immutable, so it may be shared between threads.
class MelFilterBank {
public:
    explicit MelFilterBank(const MelShape& shape);
    std::size_t bands() const { return bands_.size(); }
    /// The dense row of one band, fft_size / 2 + 1 weights.
    std::vector<float> row(std::size_t band) const;
    /// out[b] = sum over bins of weight times power; `out` has `bands()` places.
    void apply(std::span<const float> power, std::span<float> out) const;

private:
    std::size_t bins_;
    std::vector<BandWeights> bands_;
    std::vector<float> weights_;
};

/// The filters of 12 pitch classes, C first: librosa.filters.chroma with its defaults (Gaussian per semitone, unit L2
/// norm per bin, octaves weighted around the fifth with a width of two). Immutable.
class ChromaFilterBank {
public:
    /// `tuning` in semitones relative to A4 = 440 Hz.
    ChromaFilterBank(int sample_rate, std::size_t fft_size, double tuning);
    /// fft_size / 2 + 1 weights.
    std::span<const float> row(std::size_t pitch_class) const { return rows_[pitch_class]; }
    /// Each class divided by the largest of the frame; all 0 in silence.
    std::array<float, 12> apply(std::span<const float> power) const;

private:
    std::array<std::vector<float>, 12> rows_;
};

}  // namespace audiomuse::dsp
