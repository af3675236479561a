// Building blocks of sound: oscillators, envelopes, filters and effects on buffers of samples at 44.1 kHz.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

#include "audiomuse/base/random.h"

namespace audiomuse::demo {

inline constexpr int kSampleRate = 44100;
inline constexpr double kTau = 2 * std::numbers::pi;

/// One channel.
using Samples = std::vector<float>;

std::size_t samples_of(double seconds);
/// Frequency of a MIDI pitch; 69 is 440 Hz, fractions are allowed.
double hertz(double pitch);

/// A phase that produces the classic waveforms, each in -1..1. Saw and pulse are band-limited by the polynomial step
/// correction of Välimäki and Huovilainen (2007).
class Oscillator {
public:
    explicit Oscillator(double phase = 0) : phase_(phase) {}
    float sine(double hz);
    float triangle(double hz);
    float saw(double hz);
    float pulse(double hz, double duty);

private:
    double advance(double hz);
    double phase_;
};

/// Attack, decay, sustain and release in seconds and as a level; `next` starts the release after `hold` seconds.
struct AdsrShape {
    double attack = 0.005;
    double decay = 0.1;
    double sustain = 0.7;
    double release = 0.1;
};
class Adsr {
public:
    Adsr(const AdsrShape& shape, double hold_s);
    float next();
    /// Samples until the release has faded.
    std::size_t length() const { return length_; }

private:
    AdsrShape shape_;
    std::size_t attack_end_;
    std::size_t hold_end_;
    std::size_t length_;
    std::size_t at_ = 0;
    double level_ = 0;
    double decay_factor_;
    double release_factor_;
};

/// State variable filter in trapezoidal form (Simper, 2013): stable while its cutoff moves.
class StateFilter {
public:
    void set(double hz, double resonance_q);
    void process(float input);
    float low() const { return low_; }
    float band() const { return band_; }
    float high() const { return high_; }

private:
    double a1_ = 1, a2_ = 0, a3_ = 0, k_ = 1;
    double state1_ = 0, state2_ = 0;
    float low_ = 0, band_ = 0, high_ = 0;
};

/// Uniform white noise in -1..1, cheap and seeded.
class Noise {
public:
    explicit Noise(Random& random) : state_(random.bits() | 1) {}
    float next();

private:
    std::uint64_t state_;
};

void low_pass(Samples& sound, double hz, double resonance_q = 0.707);
void high_pass(Samples& sound, double hz, double resonance_q = 0.707);
/// A bell of `gain_db` around `hz` (Bristow-Johnson's cookbook).
void peak(Samples& sound, double hz, double resonance_q, double gain_db);
/// Everything above `hz` (or with `low`, below) by `gain_db`.
void shelf(Samples& sound, double hz, double gain_db, bool low);
/// Linear fade at the end, against clicks.
void fade_out(Samples& sound, double seconds);
void scale(Samples& sound, double gain);
/// Soft saturation by the hyperbolic tangent, 4 times oversampled by linear interpolation.
void overdrive(Samples& sound, double drive);

}  // namespace audiomuse::demo
