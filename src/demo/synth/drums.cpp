#include "synth/drums.h"

#include <array>
#include <cmath>

namespace audiomuse::demo {

namespace {

double falling(std::size_t i, double decay_s) {
    return std::exp(-6.9 * static_cast<double>(i) / (decay_s * kSampleRate));
}

}  // namespace

Samples kick(const KickShape& shape, Random& random) {
    Samples sound(samples_of(shape.decay_s));
    Noise noise(random);
    double phase = 0;
    for (std::size_t i = 0; i < sound.size(); ++i) {
        const double t = static_cast<double>(i) / kSampleRate;
        phase += (shape.end_hz + (shape.start_hz - shape.end_hz) * std::exp(-t / shape.sweep_s * 2)) / kSampleRate;
        const double click = shape.click * noise.next() * std::exp(-t * 400);
        sound[i] = static_cast<float>(std::tanh(1.5 * std::sin(kTau * phase)) * falling(i, shape.decay_s) + click);
    }
    fade_out(sound, 0.02);
    return sound;
}

Samples snare(const SnareShape& shape, Random& random) {
    Samples wires(samples_of(shape.decay_s * 1.2));
    Noise noise(random);
    for (std::size_t i = 0; i < wires.size(); ++i) {
        wires[i] = noise.next() * static_cast<float>(falling(i, shape.decay_s));
    }
    high_pass(wires, shape.bright_hz, 0.8);
    Oscillator skin;
    Oscillator rim;
    for (std::size_t i = 0; i < wires.size(); ++i) {
        const double bend = 1 + 0.5 * falling(i, 0.04);
        const double tone = skin.sine(shape.tone_hz * bend) + 0.5 * rim.sine(shape.tone_hz * 1.73);
        wires[i] =
            static_cast<float>(0.8 * (1 - shape.tone) * wires[i] + shape.tone * tone * falling(i, shape.decay_s * 0.6));
    }
    fade_out(wires, 0.01);
    return wires;
}

Samples cymbal(const CymbalShape& shape, Random& random) {
    constexpr std::array<double, 6> kSquares = {205.3, 304.4, 369.6, 522.7, 540.0, 800.0};
    Samples sound(samples_of(shape.decay_s * 1.1));
    std::array<Oscillator, 6> squares;
    Noise noise(random);
    for (std::size_t i = 0; i < sound.size(); ++i) {
        double metal = 0;
        for (std::size_t k = 0; k < squares.size(); ++k)
            metal += squares[k].pulse(kSquares[k] * 4.1, 0.5);
        const double mixed = shape.metal * metal * 0.25 + (1 - shape.metal) * noise.next();
        sound[i] = static_cast<float>(mixed * falling(i, shape.decay_s));
    }
    high_pass(sound, shape.high_pass_hz, 0.8);
    fade_out(sound, 0.005);
    return sound;
}

Samples clap(Random& random) {
    Samples sound(samples_of(0.25));
    Noise noise(random);
    for (std::size_t i = 0; i < sound.size(); ++i) {
        const double t = static_cast<double>(i) / kSampleRate;
        // Three hands, 11 ms apart, then the room.
        const double hands = t < 0.033 ? std::exp(-std::fmod(t, 0.011) * 250) : std::exp(-(t - 0.033) * 28);
        sound[i] = static_cast<float>(noise.next() * hands);
    }
    low_pass(sound, 5000);
    high_pass(sound, 900);
    scale(sound, 1.3);
    return sound;
}

Samples rim_shot(Random& random) {
    Samples sound(samples_of(0.07));
    Noise noise(random);
    Oscillator wood;
    Oscillator shell;
    for (std::size_t i = 0; i < sound.size(); ++i) {
        const double out = 0.6 * wood.triangle(1720) + 0.4 * shell.triangle(430) + 0.3 * noise.next();
        sound[i] = static_cast<float>(out * falling(i, 0.06));
    }
    high_pass(sound, 300);
    return sound;
}

Samples tom(double hz, double decay_s, Random& random) {
    return kick({hz * 1.6, hz, 0.08, decay_s, 0.15}, random);
}

Samples brush_sweep(double seconds, Random& random) {
    Samples sound(samples_of(seconds));
    Noise noise(random);
    for (std::size_t i = 0; i < sound.size(); ++i) {
        const double place = static_cast<double>(i) / static_cast<double>(sound.size());
        const double arc = std::sin(std::numbers::pi * place);
        sound[i] = static_cast<float>(noise.next() * arc * arc);
    }
    low_pass(sound, 6500);
    high_pass(sound, 1800);
    return sound;
}

Samples chip_noise(double rate_hz, double decay_s, Random& random) {
    Samples sound(samples_of(decay_s));
    auto shift = static_cast<unsigned>(random.integer(1, 0x7fff));
    double phase = 0;
    for (std::size_t i = 0; i < sound.size(); ++i) {
        for (phase += rate_hz / kSampleRate; phase >= 1; phase -= 1) {
            const unsigned bit = (shift ^ (shift >> 1)) & 1U;
            shift = (shift >> 1) | (bit << 14);
        }
        const double level = std::round(15 * falling(i, decay_s)) / 15;
        sound[i] = static_cast<float>((shift & 1U ? 1.0 : -1.0) * level);
    }
    return sound;
}

Samples vinyl_crackle(double seconds, Random& random) {
    Samples sound(samples_of(seconds));
    Noise noise(random);
    Noise dust(random);
    float pop = 0;
    float rumble = 0;
    for (float& sample : sound) {
        const float drawn = dust.next();
        if (drawn > 0.9997F) pop = noise.next();
        pop *= 0.82F;
        rumble += 0.02F * (noise.next() - rumble);
        sample = pop + 0.05F * noise.next() + 0.25F * rumble;
    }
    high_pass(sound, 60);
    low_pass(sound, 7500);
    return sound;
}

}  // namespace audiomuse::demo
