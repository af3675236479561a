#include "sounds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace audiomuse::rendered {

namespace {

constexpr double kTau = 2 * std::numbers::pi;
constexpr std::size_t kPartials = 16;

std::size_t samples_of(double seconds) {
    return static_cast<std::size_t>(std::max(0.0, seconds) * kRate);
}

/// Noise that fades to 1/e in `decay_s`.
Samples noise_burst(double decay_s, Random& random) {
    Samples out(samples_of(5 * decay_s));
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double envelope = std::exp(-static_cast<double>(i) / (decay_s * kRate));
        out[i] = static_cast<float>(envelope * random.uniform(-1, 1));
    }
    return out;
}

void high_pass(Samples& samples, double hz) {
    Samples low = samples;
    low_pass(low, hz);
    for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i] -= low[i];
}

void add_decaying_sine(Samples& out, double hz, double decay_s, double level) {
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double time = static_cast<double>(i) / kRate;
        out[i] += static_cast<float>(level * std::exp(-time / decay_s) * std::sin(kTau * hz * time));
    }
}

Samples kick(Random& random) {
    Samples out(samples_of(0.3));
    const double low = random.uniform(45, 65);
    const double sweep = random.uniform(60, 140);
    const double decay = random.uniform(0.06, 0.14);
    double phase = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double time = static_cast<double>(i) / kRate;
        phase += kTau * (low + sweep * std::exp(-time / 0.03)) / kRate;
        out[i] = static_cast<float>(std::exp(-time / decay) * std::sin(phase));
    }
    Samples click = noise_burst(0.003, random);
    for (std::size_t i = 0; i < click.size(); ++i)
        out[i] += 0.3F * click[i];
    return out;
}

Samples filtered_noise(double decay_s, double high_pass_hz, Random& random) {
    Samples out = noise_burst(decay_s, random);
    high_pass(out, high_pass_hz);
    return out;
}

/// Warps time by a sine so that the pitch swings.
Samples with_vibrato(const Samples& in, double cents, Random& random) {
    constexpr double kHz = 5.5;
    const double depth = (std::exp2(cents / 1200) - 1) / (kTau * kHz) * kRate;
    const double phase = random.uniform(0, kTau);
    Samples out(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
        const double grown = std::min(1.0, static_cast<double>(i) / (0.3 * kRate));
        const double at = std::clamp(
            static_cast<double>(i) + grown * depth * std::sin(kTau * kHz * static_cast<double>(i) / kRate + phase), 0.0,
            static_cast<double>(in.size() - 1));
        const auto below = static_cast<std::size_t>(at);
        const std::size_t above = std::min(below + 1, in.size() - 1);
        out[i] = std::lerp(in[below], in[above], static_cast<float>(at - static_cast<double>(below)));
    }
    return out;
}

}  // namespace

Timbre timbre_of(Instrument instrument, Random& random) {
    const double brighter = random.uniform(-0.2, 0.3);
    switch (instrument) {
        case Instrument::piano:
            return {.rolloff = 1.3 + brighter, .attack_s = 0.004, .release_s = 0.12, .decay_s = 0.9, .stretch = 4e-4};
        case Instrument::electric_piano:
            return {.rolloff = 2.0 + brighter, .even = 0.4, .attack_s = 0.006, .release_s = 0.15, .decay_s = 1.2};
        case Instrument::guitar:
            return {.rolloff = 1.0 + brighter, .attack_s = 0.003, .release_s = 0.06, .decay_s = 0.6, .stretch = 1e-4};
        case Instrument::harp:
            return {.rolloff = 1.6 + brighter, .attack_s = 0.003, .release_s = 0.4, .decay_s = 0.7};
        case Instrument::organ:
            return {.rolloff = 0.9 + brighter, .even = 0.8, .attack_s = 0.02, .release_s = 0.05};
        case Instrument::strings:
            return {.rolloff = 1.1 + brighter,
                    .attack_s = random.uniform(0.05, 0.12),
                    .release_s = 0.2,
                    .vibrato_cents = 15,
                    .breath = 0.02};
        case Instrument::flute:
            return {
                .rolloff = 2.2 + brighter, .attack_s = 0.04, .release_s = 0.08, .vibrato_cents = 12, .breath = 0.06};
        case Instrument::reed:
            return {.rolloff = 1.2 + brighter, .even = 0.3, .attack_s = 0.025, .release_s = 0.05, .vibrato_cents = 10};
        case Instrument::brass:
            return {.rolloff = 0.8 + brighter, .attack_s = 0.03, .release_s = 0.06};
        case Instrument::synth:
            return {.rolloff = 1.0 + brighter, .attack_s = 0.008, .release_s = 0.05, .decay_s = 1.5};
    }
    return {};
}

Samples tone(const Timbre& timbre, double hz, double seconds, Random& random) {
    // Each partial is a two-pole resonator that rings: y[n] = a y[n-1] + b y[n-2].
    std::array<float, kPartials> feedback1{};
    std::array<float, kPartials> feedback2{};
    std::array<float, kPartials> last{};
    std::array<float, kPartials> before{};
    double total = 0;
    for (std::size_t p = 0; p < kPartials; ++p) {
        const double n = static_cast<double>(p + 1);
        const double partial_hz = hz * n * std::sqrt(1 + timbre.stretch * n * n);
        if (partial_hz > 0.46 * kRate) break;
        const double level = std::pow(n, -timbre.rolloff) * (p % 2 == 1 ? timbre.even : 1) * random.uniform(0.7, 1.0);
        const double decay = timbre.decay_s * std::pow(220 / hz, 0.3) / std::sqrt(n);
        const double radius = timbre.decay_s > 0 ? std::exp(-1 / (decay * kRate)) : 1;
        const double angle = kTau * partial_hz / kRate;
        const double phase = random.uniform(0, kTau);
        feedback1[p] = static_cast<float>(2 * radius * std::cos(angle));
        feedback2[p] = static_cast<float>(-radius * radius);
        last[p] = static_cast<float>(level * std::sin(phase));
        before[p] = static_cast<float>(level * std::sin(phase - angle) / radius);
        total += level;
    }
    const std::size_t attack = std::max<std::size_t>(1, samples_of(timbre.attack_s));
    const std::size_t release = std::max<std::size_t>(1, samples_of(timbre.release_s));
    const std::size_t held = std::max(samples_of(seconds), attack);
    Samples out(held + release);
    const auto scale = static_cast<float>(1.6 / total);
    for (std::size_t i = 0; i < out.size(); ++i) {
        std::array<float, kPartials> now;
        for (std::size_t p = 0; p < kPartials; ++p)
            now[p] = feedback1[p] * last[p] + feedback2[p] * before[p];
        before = last;
        last = now;
        float sum = 0;
        for (std::size_t p = 0; p < kPartials; ++p)
            sum += now[p];
        float envelope = std::min(1.0F, static_cast<float>(i) / static_cast<float>(attack));
        if (i >= held) envelope *= 1 - static_cast<float>(i - held) / static_cast<float>(release);
        out[i] = envelope * (scale * sum + static_cast<float>(timbre.breath * random.uniform(-1, 1)));
    }
    return timbre.vibrato_cents > 0 ? with_vibrato(out, timbre.vibrato_cents, random) : out;
}

Samples stroke(Drum drum, Random& random) {
    switch (drum) {
        case Drum::kick:
            return kick(random);
        case Drum::snare: {
            Samples out = filtered_noise(random.uniform(0.05, 0.1), 1200, random);
            add_decaying_sine(out, random.uniform(160, 220), 0.05, random.uniform(0.3, 0.7));
            return out;
        }
        case Drum::clap:
            return filtered_noise(random.uniform(0.04, 0.08), 900, random);
        case Drum::hat:
            return filtered_noise(random.uniform(0.01, 0.03), 5000, random);
        case Drum::open_hat:
            return filtered_noise(random.uniform(0.06, 0.12), 5000, random);
        case Drum::ride: {
            Samples out = filtered_noise(random.uniform(0.1, 0.25), 4500, random);
            add_decaying_sine(out, random.uniform(3100, 3900), 0.15, 0.2);
            return out;
        }
        case Drum::shaker: {
            Samples out = filtered_noise(0.03, 4000, random);
            for (std::size_t i = 0; i < std::min(out.size(), samples_of(0.02)); ++i)
                out[i] *= static_cast<float>(i) / static_cast<float>(samples_of(0.02));
            return out;
        }
        case Drum::brush:
            return filtered_noise(0.07, 2500, random);
        case Drum::rim: {
            Samples out = filtered_noise(0.004, 1000, random);
            out.resize(samples_of(0.08));
            add_decaying_sine(out, random.uniform(1500, 2200), 0.015, 0.8);
            return out;
        }
        case Drum::tom: {
            Samples out(samples_of(0.4));
            add_decaying_sine(out, random.uniform(90, 160), 0.1, 1);
            return out;
        }
    }
    return {};
}

void add_room(Samples& samples, double seconds, double level) {
    const Samples dry = samples;
    for (const double delay_s : {0.0297, 0.0371, 0.0411, 0.0437}) {
        const std::size_t delay = samples_of(delay_s);
        const auto feedback = static_cast<float>(std::pow(10.0, -3 * delay_s / seconds));
        Samples line(delay);
        float damped = 0;
        for (std::size_t i = 0; i < dry.size(); ++i) {
            float& slot = line[i % delay];
            damped = 0.6F * slot + 0.4F * damped;
            samples[i] += static_cast<float>(level) * 0.25F * slot;
            slot = dry[i] + feedback * damped;
        }
    }
}

void low_pass(Samples& samples, double hz) {
    const auto share = static_cast<float>(1 - std::exp(-kTau * hz / kRate));
    float state = 0;
    for (float& sample : samples) {
        state += share * (sample - state);
        sample = state;
    }
}

}  // namespace audiomuse::rendered
