// Numbers that describe the shape of one frame's spectrum, as librosa.feature.spectral_* define them.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace audiomuse::dsp {

struct SpectralShape {
    double centroid_hz = 0;
    double bandwidth_hz = 0;
    double rolloff_hz = 0;
    double flatness = 0;  ///< geometric over arithmetic mean of the powers, each at least 1e-10
};

inline constexpr std::size_t kMostBins = 4096;

/// Of the magnitudes, at most kMostBins, which are the square roots of `power`. Silence has all but the flatness 0.
SpectralShape spectral_shape(std::span<const float> power, std::span<const float> magnitude, double bin_hz);

/// Spectral contrast: for the bands 0-200, 200-400 ... 3200-6400 Hz and the rest, the mean magnitude of the strongest
/// and of the weakest 2 % of the bins. Immutable. An FFT of 2048 at most: no band has more extremes than a kernel adds
/// up.
class ContrastBands {
public:
    static constexpr std::size_t kBands = 7;
    struct Extremes {
        std::array<float, kBands> peak{};
        std::array<float, kBands> valley{};
    };

    ContrastBands(int sample_rate, std::size_t fft_size);
    Extremes operator()(std::span<const float> magnitude) const;

private:
    struct Band {
        std::size_t first;
        std::size_t end;
        std::size_t extreme_count;
    };
    std::array<Band, kBands> bands_{};
};

}  // namespace audiomuse::dsp
