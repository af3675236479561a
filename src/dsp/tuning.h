// How far a recording lies from A4 = 440 Hz: librosa's estimate_tuning on power spectra.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace audiomuse::dsp {

/// Collects spectral peaks frame by frame: local maxima between 150 and 4000 Hz above a tenth of the frame's maximum,
/// refined by a parabola.
class TuningEstimator {
public:
    TuningEstimator(int sample_rate, std::size_t fft_size);
    void add(std::span<const float> power);
    /// In semitones, -0.5..0.49: the fullest of 100 bins of the distance to the nearest semitone, over the stronger
    /// half of the peaks; the left edge of the bin, the first of equals; 0 without peaks.
    double estimate() const;

private:
    struct Peak {
        float hz;
        float power;
    };
    double bin_hz_;
    std::size_t first_bin_;
    std::size_t end_bin_;
    std::vector<Peak> peaks_;
};

}  // namespace audiomuse::dsp
