#include "synth/dsp.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace audiomuse::demo {

namespace {

// Correction around a step of a waveform at phase 0, `step` is the phase's advance per sample.
double poly_blep(double phase, double step) {
    if (phase < step) {
        const double t = phase / step;
        return t + t - t * t - 1;
    }
    if (phase > 1 - step) {
        const double t = (phase - 1) / step;
        return t * t + t + t + 1;
    }
    return 0;
}

// The factor per sample that takes an exponential from 1 to 0.001 in `seconds`.
double decay_factor(double seconds) {
    return std::exp(-6.9 / (std::max(seconds, 1e-4) * kSampleRate));
}

/// Direct form I; coefficients of increasing delay.
void biquad(Samples& sound, const std::array<double, 3>& b, const std::array<double, 3>& a) {
    double x1 = 0;
    double x2 = 0;
    double y1 = 0;
    double y2 = 0;
    for (float& sample : sound) {
        const double x = sample;
        const double y = (b[0] * x + b[1] * x1 + b[2] * x2 - a[1] * y1 - a[2] * y2) / a[0];
        x2 = x1;
        x1 = x;
        y2 = y1;
        y1 = y;
        sample = static_cast<float>(y);
    }
}

}  // namespace

std::size_t samples_of(double seconds) {
    return static_cast<std::size_t>(std::lround(std::max(0.0, seconds) * kSampleRate));
}

double hertz(double pitch) {
    return 440 * std::exp2((pitch - 69) / 12);
}

double Oscillator::advance(double hz) {
    const double now = phase_;
    phase_ += hz / kSampleRate;
    phase_ -= std::floor(phase_);
    return now;
}

float Oscillator::sine(double hz) {
    return static_cast<float>(std::sin(kTau * advance(hz)));
}

float Oscillator::triangle(double hz) {
    return static_cast<float>(4 * std::abs(advance(hz) - 0.5) - 1);
}

float Oscillator::saw(double hz) {
    const double phase = advance(hz);
    return static_cast<float>(2 * phase - 1 - poly_blep(phase, hz / kSampleRate));
}

float Oscillator::pulse(double hz, double duty) {
    const double phase = advance(hz);
    const double step = hz / kSampleRate;
    double fallen = phase - duty;
    if (fallen < 0) fallen += 1;
    return static_cast<float>((phase < duty ? 1.0 : -1.0) + poly_blep(phase, step) - poly_blep(fallen, step));
}

Adsr::Adsr(const AdsrShape& shape, double hold_s)
    : shape_(shape),
      attack_end_(std::max<std::size_t>(1, samples_of(shape.attack))),
      hold_end_(std::max(attack_end_, samples_of(hold_s))),
      length_(hold_end_ + samples_of(shape.release)),
      decay_factor_(decay_factor(shape.decay * 2)),
      release_factor_(decay_factor(shape.release)) {}

float Adsr::next() {
    if (at_ < attack_end_) {
        level_ = static_cast<double>(at_ + 1) / static_cast<double>(attack_end_);
    } else if (at_ < hold_end_) {
        level_ = shape_.sustain + (level_ - shape_.sustain) * decay_factor_;
    } else {
        level_ *= release_factor_;
    }
    ++at_;
    return static_cast<float>(level_);
}

void StateFilter::set(double hz, double resonance_q) {
    const double g = std::tan(std::numbers::pi * std::clamp(hz, 5.0, kSampleRate * 0.45) / kSampleRate);
    k_ = 1 / resonance_q;
    a1_ = 1 / (1 + g * (g + k_));
    a2_ = g * a1_;
    a3_ = g * a2_;
}

void StateFilter::process(float input) {
    const double v3 = input - state2_;
    const double v1 = a1_ * state1_ + a2_ * v3;
    const double v2 = state2_ + a2_ * state1_ + a3_ * v3;
    state1_ = 2 * v1 - state1_;
    state2_ = 2 * v2 - state2_;
    low_ = static_cast<float>(v2);
    band_ = static_cast<float>(v1);
    high_ = static_cast<float>(input - k_ * v1 - v2);
}

float Noise::next() {
    // xorshift64 (Marsaglia, 2003); the top bits are good enough to hear.
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<float>(static_cast<double>(state_ >> 11) * 0x1.0p-52 - 1);
}

void low_pass(Samples& sound, double hz, double resonance_q) {
    StateFilter filter;
    filter.set(hz, resonance_q);
    for (float& sample : sound) {
        filter.process(sample);
        sample = filter.low();
    }
}

void high_pass(Samples& sound, double hz, double resonance_q) {
    StateFilter filter;
    filter.set(hz, resonance_q);
    for (float& sample : sound) {
        filter.process(sample);
        sample = filter.high();
    }
}

void peak(Samples& sound, double hz, double resonance_q, double gain_db) {
    const double amplitude = std::pow(10, gain_db / 40);
    const double w = kTau * hz / kSampleRate;
    const double alpha = std::sin(w) / (2 * resonance_q);
    biquad(sound, {1 + alpha * amplitude, -2 * std::cos(w), 1 - alpha * amplitude},
           {1 + alpha / amplitude, -2 * std::cos(w), 1 - alpha / amplitude});
}

void shelf(Samples& sound, double hz, double gain_db, bool low) {
    const double A = std::pow(10, gain_db / 40);
    const double w = kTau * hz / kSampleRate;
    // A low shelf is a high shelf with the sign of every cosine changed and, in the middle, of the coefficient.
    const double c = low ? -std::cos(w) : std::cos(w);
    const double middle = low ? -1 : 1;
    const double root = std::sqrt(A) * std::sin(w) * std::numbers::sqrt2;
    biquad(
        sound,
        {A * (A + 1 + (A - 1) * c + root), -2 * middle * A * (A - 1 + (A + 1) * c), A * (A + 1 + (A - 1) * c - root)},
        {A + 1 - (A - 1) * c + root, 2 * middle * (A - 1 - (A + 1) * c), A + 1 - (A - 1) * c - root});
}

void fade_out(Samples& sound, double seconds) {
    const std::size_t count = std::min(sound.size(), samples_of(seconds));
    for (std::size_t i = 0; i < count; ++i) {
        sound[sound.size() - 1 - i] *= static_cast<float>(i) / static_cast<float>(count);
    }
}

void scale(Samples& sound, double gain) {
    for (float& sample : sound)
        sample *= static_cast<float>(gain);
}

void overdrive(Samples& sound, double drive) {
    float last = 0;
    for (float& sample : sound) {
        const float now = sample;
        double sum = 0;
        for (int step = 1; step <= 4; ++step) {
            const double between = last + (now - last) * 0.25 * step;
            // Shifted, because tubes and diodes bend the two half-waves differently; that gives even overtones.
            sum += std::tanh(drive * between + 0.15) - 0.1489;
        }
        last = now;
        sample = static_cast<float>(sum * 0.25);
    }
}

}  // namespace audiomuse::demo
