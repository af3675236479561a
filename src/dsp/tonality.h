// Which pitch classes sound, from the low part of the spectrum where chords lie, finely enough for the key.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "audiomuse/base/analysis.h"
#include "decimator.h"
#include "framer.h"
#include "power_spectrum.h"

namespace audiomuse::dsp {

/// Strength of each pitch class, C first.
using PitchClasses = std::array<double, 12>;

struct PitchProfile {
    PitchClasses chords{};        ///< from 100 Hz up, harmonics attributed to their fundamentals
    PitchClasses bass{};          ///< the lowest voice
    PitchClasses opening{};       ///< how the piece begins: `chords` under weights that fall to 1/e in 4 s
    PitchClasses opening_bass{};  ///< and `bass`
    double tuning = 0;            ///< in semitones, -0.5..0.5
};

/// Harmonic pitch class profile (Gómez, "Tonal description of polyphonic audio", 2006): 16 kHz mono is decimated to 4
/// kHz, so that 2048 samples tell semitones apart from 130 Hz up; the peaks of each spectrum, interpolated, are counted
/// into tenths of a semitone. Memory does not grow; blocks of any size give the same result.
class PitchProfiler {
public:
    PitchProfiler();
    void push(std::span<const float> samples);
    /// Call once, after the last push.
    PitchProfile finish();

private:
    static constexpr std::size_t kBinsPerOctave = 120;
    using Histogram = std::array<double, kBinsPerOctave>;

    struct Peak {
        double hz;
        double octaves;  // above a C far below
        double weight;
    };

    void add_spectrum(std::span<const float> power);
    void count_peaks(double total);

    Decimator decimator_;
    Framer framer_;
    PowerSpectrum spectrum_;
    std::vector<float> magnitude_;
    std::vector<float> sums_;
    std::vector<Peak> peaks_;
    Histogram chords_{};
    Histogram bass_{};
    Histogram opening_{};
    Histogram opening_bass_{};
    double opening_weight_ = 1;
};

struct KeyEstimate {
    int key = 0;  ///< index into kPitchClassNames
    Scale scale = Scale::major;
    double strength = 0;    ///< correlation of the chords with the profile of the key, -1..1; 0 without any pitch
    double confidence = 0;  ///< 0 (no pitch, or all keys fit as well) .. 1
};
/// The key whose profile fits chords, bass and beginning best; major and minor can both win. The confidence is the
/// winner's share when each key's likelihood is an exponential of its score.
KeyEstimate estimate_key(const PitchProfile& heard);

}  // namespace audiomuse::dsp
