// Instruments that are bowed, blown or sung, and the electronic ones.
#include <algorithm>
#include <cmath>

#include "synth/instruments.h"

namespace audiomuse::demo {

namespace {

double cents(double amount) {
    return std::exp2(amount / 1200);
}

// Vibrato sets in after the note has begun.
double vibrato_factor(double t, double phase, double rate_hz, double semitones) {
    const double depth = semitones * std::clamp((t - 0.15) * 3, 0.0, 1.0);
    return 1 + depth * 0.0578 * std::sin(kTau * rate_hz * t + phase);
}

}  // namespace

Samples bowed_strings(const Note& note, const BowShape& shape, Random& random) {
    const double f0 = hertz(note.pitch);
    const AdsrShape envelope = {shape.attack_s, 0.3, 0.85, 0.22};
    Samples sound(Adsr(envelope, note.seconds).length());
    for (int player = 0; player < shape.players; ++player) {
        Oscillator string(random.uniform());
        Noise noise(random);
        Adsr level(envelope, note.seconds + random.uniform(-0.02, 0.02));
        const double detune = cents(random.uniform(-9, 9));
        const double rate = random.uniform(4.8, 6.0);
        const double phase = random.uniform(0, kTau);
        double hz = f0;
        for (std::size_t i = 0; i < sound.size(); ++i) {
            if (i % 32 == 0) {
                hz = f0 * detune * vibrato_factor(static_cast<double>(i) / kSampleRate, phase, rate, shape.vibrato);
            }
            const float bow = string.saw(hz) + 0.04F * noise.next();
            sound[i] += bow * level.next();
        }
    }
    scale(sound, 0.45 * note.velocity / std::sqrt(shape.players));
    low_pass(sound, shape.bright_hz * (0.6 + 0.5 * note.velocity), 0.6);
    peak(sound, 480, 1.5, 4);   // air in the body
    peak(sound, 2600, 1.2, 3);  // the bridge
    high_pass(sound, f0 * 0.6);
    return sound;
}

Samples saxophone(const Note& note, Random& random) {
    const double f0 = hertz(note.pitch);
    Adsr level({0.04, 0.12, 0.75, 0.09}, note.seconds);
    Samples sound(level.length());
    Oscillator reed(random.uniform());
    Noise breath(random);
    StateFilter horn;
    StateFilter throat;
    throat.set(1250, 2.2);
    const double rate = random.uniform(4.9, 5.6);
    double hz = f0;
    float loudness = 0;
    for (std::size_t i = 0; i < sound.size(); ++i) {
        loudness = level.next();
        if (i % 32 == 0) {
            const double t = static_cast<double>(i) / kSampleRate;
            const double scoop = 1 - 0.03 * std::exp(-t * 25);
            hz = f0 * scoop * vibrato_factor(t, 0, rate, 0.3);
            horn.set(f0 * 2 + 3800 * note.velocity * loudness, 1.1);
        }
        const float wave = 0.7F * reed.saw(hz) + 0.18F * breath.next();
        horn.process(wave);
        throat.process(horn.low());
        sound[i] = (0.55F * horn.low() + 0.6F * throat.band()) * loudness;
    }
    scale(sound, note.velocity);
    return sound;
}

Samples choir(const Note& note, const Vowel& vowel, int singers, Random& random) {
    const double f0 = hertz(note.pitch);
    const AdsrShape envelope = {0.22, 0.3, 0.9, 0.4};
    Samples source(Adsr(envelope, note.seconds).length());
    for (int singer = 0; singer < singers; ++singer) {
        Oscillator folds(random.uniform());
        Noise breath(random);
        Adsr level(envelope, note.seconds + random.uniform(-0.04, 0.04));
        const double detune = cents(random.uniform(-14, 14));
        const double rate = random.uniform(4.6, 6.2);
        const double phase = random.uniform(0, kTau);
        double hz = f0;
        for (std::size_t i = 0; i < source.size(); ++i) {
            if (i % 32 == 0) {
                hz = f0 * detune * vibrato_factor(static_cast<double>(i) / kSampleRate, phase, rate, 0.35);
            }
            source[i] += (folds.saw(hz) + 0.12F * breath.next()) * level.next();
        }
    }
    Samples sound(source.size());
    for (std::size_t formant = 0; formant < vowel.hz.size(); ++formant) {
        StateFilter throat;
        throat.set(vowel.hz[formant], 7);
        const auto level = static_cast<float>(vowel.level[formant] * 0.35);
        for (std::size_t i = 0; i < source.size(); ++i) {
            throat.process(source[i]);
            sound[i] += throat.band() * level;
        }
    }
    scale(sound, 1.1 * note.velocity / std::sqrt(singers));
    return sound;
}

Samples soft_pad(const Note& note, double attack_s, double release_s, double bright_hz, Random& random) {
    const double f0 = hertz(note.pitch);
    const AdsrShape envelope = {attack_s, 1, 0.9, release_s};
    Adsr level(envelope, note.seconds);
    Samples sound(level.length());
    Oscillator first(random.uniform());
    Oscillator second(random.uniform());
    Oscillator octave(random.uniform());
    Oscillator sweep(random.uniform());
    const double apart = cents(random.uniform(5, 9));
    const double sweep_hz = random.uniform(0.07, 0.16);
    StateFilter filter;
    for (std::size_t i = 0; i < sound.size(); ++i) {
        const float moving = sweep.sine(sweep_hz);
        if (i % 32 == 0) filter.set(bright_hz * std::exp2(0.8 * moving), 0.9);
        filter.process(0.4F * first.saw(f0 * apart) + 0.4F * second.saw(f0 / apart) + 0.3F * octave.sine(f0 / 2));
        sound[i] = filter.low() * level.next();
    }
    scale(sound, 0.6 * note.velocity);
    return sound;
}

Samples chip_pulse(const Note& note, double duty, double vibrato) {
    const double f0 = hertz(note.pitch);
    Adsr level({0.001, 0.15, 0.65, 0.02}, note.seconds * 0.92);
    Samples sound(level.length());
    Oscillator wave;
    for (std::size_t i = 0; i < sound.size(); ++i) {
        const double t = static_cast<double>(i) / kSampleRate;
        const float size = std::round(level.next() * 15) / 15;  // 4-bit volume
        sound[i] = wave.pulse(f0 * vibrato_factor(t, 0, 6, vibrato), duty) * size;
    }
    scale(sound, 0.5 * note.velocity);
    return sound;
}

Samples chip_arpeggio(const std::vector<int>& pitches, double seconds, double velocity, double duty) {
    Samples sound(samples_of(seconds));
    Oscillator wave;
    const std::size_t frame = kSampleRate / 50;
    for (std::size_t i = 0; i < sound.size(); ++i) {
        const double hz = hertz(pitches[(i / frame) % pitches.size()]);
        sound[i] = wave.pulse(hz, duty) * static_cast<float>(0.4 * velocity);
    }
    fade_out(sound, 0.01);
    return sound;
}

Samples chip_triangle(const Note& note) {
    const double f0 = hertz(note.pitch);
    Samples sound(samples_of(note.seconds * 0.95));
    Oscillator wave;
    for (float& sample : sound) {
        sample = std::round(wave.triangle(f0) * 7.5F) / 7.5F * static_cast<float>(0.8 * note.velocity);  // 4 bits
    }
    fade_out(sound, 0.004);
    return sound;
}

Samples acid_bass(const Note& note, const AcidShape& shape) {
    const double f0 = hertz(note.pitch);
    Adsr level({0.002, 0.2, 0.6, 0.03}, note.seconds);
    Samples sound(level.length());
    Oscillator wave;
    StateFilter filter;
    for (std::size_t i = 0; i < sound.size(); ++i) {
        if (i % 16 == 0) {
            const double t = static_cast<double>(i) / kSampleRate;
            const double sweep = shape.sweep_octaves * note.velocity * std::exp(-t / shape.decay_s);
            filter.set(shape.cutoff_hz * std::exp2(sweep), shape.resonance);
        }
        filter.process(wave.saw(f0));
        sound[i] = std::tanh(1.6F * filter.low()) * level.next();
    }
    scale(sound, 0.7 * note.velocity);
    return sound;
}

Samples reese_bass(const Note& note, double wobble_hz, double bright_hz, Random& random) {
    const double f0 = hertz(note.pitch);
    Adsr level({0.01, 0.3, 0.9, 0.06}, note.seconds);
    Samples sound(level.length());
    Oscillator low(random.uniform());
    Oscillator high(random.uniform());
    Oscillator sub;
    Oscillator sweep(random.uniform());
    StateFilter filter;
    for (std::size_t i = 0; i < sound.size(); ++i) {
        const float moving = sweep.sine(wobble_hz);
        if (i % 32 == 0) filter.set(bright_hz * std::exp2(1.1 * moving), 1.4);
        filter.process(0.5F * low.saw(f0 * cents(-22)) + 0.5F * high.saw(f0 * cents(22)));
        sound[i] = (std::tanh(1.8F * filter.low()) * 0.6F + 0.5F * sub.sine(f0)) * level.next();
    }
    scale(sound, 0.8 * note.velocity);
    return sound;
}

Samples sine_bass(const Note& note, double drive) {
    const double f0 = hertz(note.pitch);
    Adsr level({0.008, 0.5, 0.75, 0.07}, note.seconds);
    Samples sound(level.length());
    Oscillator wave;
    for (float& sample : sound) {
        sample = static_cast<float>(std::tanh(drive * wave.sine(f0)) / std::tanh(drive)) * level.next();
    }
    scale(sound, 0.8 * note.velocity);
    return sound;
}

Samples saw_stab(const std::vector<int>& pitches, double seconds, double bright_hz, Random& random) {
    const AdsrShape envelope = {0.003, 0.12, 0.25, 0.12};
    Samples sound(Adsr(envelope, seconds).length());
    for (const int pitch : pitches) {
        for (const double detune : {-11.0, 0.0, 12.0}) {
            Oscillator wave(random.uniform());
            Adsr level(envelope, seconds);
            const double hz = hertz(pitch) * cents(detune);
            for (float& sample : sound)
                sample += wave.saw(hz) * level.next();
        }
    }
    scale(sound, 0.3 / std::sqrt(static_cast<double>(pitches.size())));
    low_pass(sound, bright_hz, 1.2);
    return sound;
}

Samples drawbar_organ(const Note& note, const std::array<double, 5>& drawbars) {
    constexpr std::array<double, 5> kFootage = {0.5, 1, 1.5, 2, 4};
    const double f0 = hertz(note.pitch);
    Adsr level({0.004, 0.05, 0.95, 0.04}, note.seconds);
    Samples sound(level.length());
    std::array<Oscillator, 5> wheels;
    for (float& sample : sound) {
        double sum = 0;
        for (std::size_t i = 0; i < wheels.size(); ++i)
            sum += drawbars[i] * wheels[i].sine(f0 * kFootage[i]);
        sample = static_cast<float>(0.3 * sum) * level.next();
    }
    scale(sound, note.velocity);
    return sound;
}

}  // namespace audiomuse::demo
