// Instruments that are struck or plucked.
#include <algorithm>
#include <cmath>

#include "synth/instruments.h"

namespace audiomuse::demo {

namespace {

/// A decaying sine by rotation of a complex number: no sine per sample.
struct Partial {
    double re, im, turn_re, turn_im, level, factor;
    Partial(double hz, double level_in, double decay_s, double phase)
        : re(std::cos(phase)),
          im(std::sin(phase)),
          turn_re(std::cos(kTau * hz / kSampleRate)),
          turn_im(std::sin(kTau * hz / kSampleRate)),
          level(level_in),
          factor(std::exp(-6.9 / (decay_s * kSampleRate))) {}
    double next() {
        const double out = im * level;
        const double turned = re * turn_re - im * turn_im;
        im = re * turn_im + im * turn_re;
        re = turned;
        level *= factor;
        return out;
    }
    void add_to(Samples& sound) {
        for (float& sample : sound) {
            sample += static_cast<float>(next());
            if (level < 2e-5) break;
        }
    }
};

/// The key is let go at `seconds`: what rings on fades within `release_s`.
void release(Samples& sound, double seconds, double release_s) {
    const double factor = std::exp(-6.9 / (release_s * kSampleRate));
    double gain = 1;
    for (std::size_t i = samples_of(seconds); i < sound.size(); ++i) {
        sound[i] *= static_cast<float>(gain);
        gain *= factor;
    }
}

}  // namespace

Samples grand_piano(const Note& note, Random& random) {
    const double f0 = hertz(note.pitch);
    constexpr double kRelease = 0.25;
    Samples sound(samples_of(note.seconds + kRelease));
    const double inharmonicity = 0.0003 * std::exp2((note.pitch - 60) / 14);
    const double ring_s = 9 * std::exp2(-(note.pitch - 48) / 18);
    const double dullness = 1.9 - 0.9 * note.velocity;
    // Two strings per key, a little apart, beat as the note fades.
    for (const double detune : {0.9997, 1.0004}) {
        for (int k = 1; k <= 16; ++k) {
            const double hz = detune * k * f0 * std::sqrt(1 + inharmonicity * k * k);
            if (hz > 12000) break;
            const double struck_at = std::abs(std::sin(std::numbers::pi * k / 7.3)) + 0.05;
            const double level = 0.3 * struck_at * std::pow(k, -dullness);
            Partial(hz, level * note.velocity, ring_s / (1 + 0.45 * (k - 1)), random.uniform(0, kTau)).add_to(sound);
        }
    }
    Noise noise(random);
    StateFilter felt;
    felt.set(1800, 0.8);
    const std::size_t knock = std::min(sound.size(), samples_of(0.03));
    for (std::size_t i = 0; i < knock; ++i) {
        felt.process(noise.next());
        const double left = 1 - static_cast<double>(i) / static_cast<double>(knock);
        sound[i] += static_cast<float>(felt.low() * left * left * 0.12 * note.velocity);
    }
    release(sound, note.seconds, kRelease);
    for (std::size_t i = 0; i < std::min<std::size_t>(60, sound.size()); ++i)
        sound[i] *= static_cast<float>(i) / 60;
    return sound;
}

Samples electric_piano(const Note& note) {
    // Frequency modulation after Chowning: a bell-like tine on a soft tone.
    const double f0 = hertz(note.pitch);
    Samples sound(samples_of(note.seconds + 0.3));
    double phase = 0;
    double tine = 0;
    for (std::size_t i = 0; i < sound.size(); ++i) {
        const double t = static_cast<double>(i) / kSampleRate;
        const double body = 1.4 * note.velocity * std::exp(-t * 2.2);
        const double bell = 0.35 * note.velocity * std::exp(-t * 9);
        phase += f0 / kSampleRate;
        tine += 14 * f0 / kSampleRate;
        const double out = std::sin(kTau * phase + body * std::sin(kTau * phase) + bell * std::sin(kTau * tine));
        const double tremolo = 1 + 0.18 * std::sin(kTau * 4.6 * t);
        sound[i] = static_cast<float>(0.6 * note.velocity * tremolo * std::exp(-t * 1.3) * out);
    }
    release(sound, note.seconds, 0.3);
    for (std::size_t i = 0; i < std::min<std::size_t>(80, sound.size()); ++i)
        sound[i] *= static_cast<float>(i) / 80;
    return sound;
}

Samples vibraphone(const Note& note) {
    const double f0 = hertz(note.pitch);
    Samples sound(samples_of(note.seconds + 0.6));
    Partial(f0, 0.6 * note.velocity, 4.0, 0).add_to(sound);
    Partial(4 * f0, 0.14 * note.velocity, 1.0, 0).add_to(sound);
    Partial(10 * f0, 0.05 * note.velocity, 0.25, 0).add_to(sound);
    for (std::size_t i = 0; i < sound.size(); ++i) {
        const double t = static_cast<double>(i) / kSampleRate;
        sound[i] *= static_cast<float>(1 + 0.35 * std::sin(kTau * 5.2 * t));
    }
    release(sound, note.seconds, 0.6);
    return sound;
}

Samples music_bell(const Note& note) {
    const double f0 = hertz(note.pitch);
    Samples sound(samples_of(note.seconds + 2.5));
    constexpr std::array<std::array<double, 3>, 6> kPartials = {
        {{0.5, 0.25, 5}, {1, 0.5, 4}, {1.19, 0.25, 3}, {1.56, 0.15, 2}, {2, 0.3, 2}, {2.74, 0.12, 1}}};
    for (const auto& [ratio, level, decay] : kPartials) {
        Partial(f0 * ratio, level * note.velocity, decay, 0).add_to(sound);
    }
    fade_out(sound, 0.2);
    return sound;
}

Samples plucked_string(const Note& note, const PluckShape& shape, Random& random) {
    const double f0 = hertz(note.pitch);
    Samples sound(samples_of(note.seconds + shape.damping_after_s * 3));
    // The averaging filter delays by half a sample, the all-pass makes up the fraction.
    const double period = kSampleRate / f0 - 0.5;
    auto whole = static_cast<std::size_t>(period - 0.1);
    const double fraction = period - static_cast<double>(whole);
    const double tune = (1 - fraction) / (1 + fraction);

    Samples line(whole + 1);
    Noise noise(random);
    float smooth = 0;
    const auto pass = static_cast<float>(0.08 + 0.92 * shape.brightness * (0.4 + 0.6 * note.velocity));
    for (float& sample : line) {
        smooth += pass * (noise.next() - smooth);
        sample = smooth;
    }
    const auto pick = static_cast<std::size_t>(shape.position * static_cast<double>(line.size()));
    const Samples raw = line;
    float loudest = 1e-6F;
    for (std::size_t i = 0; i < line.size(); ++i) {
        line[i] = raw[i] - raw[(i + line.size() - pick) % line.size()];
        loudest = std::max(loudest, std::abs(line[i]));
    }
    for (float& sample : line)
        sample *= static_cast<float>(note.velocity) / loudest;

    const double decay_s = shape.decay_s * std::exp2(-(note.pitch - 60) / 20);
    const auto loop = static_cast<float>(std::pow(0.001, 1 / (f0 * decay_s)));
    double all_pass_in = 0;
    double all_pass_out = 0;
    float previous = 0;
    for (std::size_t i = 0, at = 0; i < sound.size(); ++i) {
        const float out = line[at];
        sound[i] = out;
        const double averaged = loop * 0.5 * (out + previous);
        previous = out;
        all_pass_out = tune * averaged + all_pass_in - tune * all_pass_out;
        all_pass_in = averaged;
        line[at] = static_cast<float>(all_pass_out);
        if (++at == whole) at = 0;
    }
    if (shape.body_hz > 0) {
        peak(sound, shape.body_hz, 1.2, 6);
        peak(sound, shape.body_hz * 2.1, 2, 3);
    }
    release(sound, note.seconds, shape.damping_after_s * 3);
    return sound;
}

}  // namespace audiomuse::demo
