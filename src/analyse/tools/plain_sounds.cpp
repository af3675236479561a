#include "plain_sounds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "audiomuse/base/random.h"

namespace audiomuse::analyse {
namespace {

constexpr double kRate = 16000;
constexpr double kSeconds = 9.3;
constexpr double kHighest = 7600;

bool chance(Random& random, double probability) {
    return random.uniform(0, 1) < probability;
}

int whole(Random& random, double low, double high) {
    return static_cast<int>(std::floor(random.uniform(low, high)));
}

std::vector<float> silence() {
    return std::vector<float>(static_cast<std::size_t>(kSeconds * kRate));
}

struct Timbre {
    int partials = 4;
    double slope = 1.2;  ///< the k-th partial has the level k^-slope
    double decay = 0;    ///< per second
    double attack = 0.01;
};

void add_note(std::vector<float>& y, double start, double seconds, double midi, double level, const Timbre& timbre) {
    const auto first = static_cast<std::size_t>(start * kRate);
    const auto count = static_cast<std::size_t>(seconds * kRate);
    for (int k = 1; k <= timbre.partials; ++k) {
        const double hz = k * 440 * std::exp2((midi - 69) / 12);
        if (hz > kHighest) break;
        const double partial = level * std::pow(k, -timbre.slope);
        for (std::size_t i = 0; i < count && first + i < y.size(); ++i) {
            const double t = static_cast<double>(i) / kRate;
            const double shape = std::min({1.0, t / timbre.attack, (seconds - t) / 0.02}) * std::exp(-timbre.decay * t);
            y[first + i] += static_cast<float>(partial * shape * std::sin(2 * std::numbers::pi * hz * t));
        }
    }
}

/// `colour` 0 is white noise, towards 1 darker, below 0 brighter.
void add_noise(std::vector<float>& y, double start, double level, double decay, double colour, Random& random) {
    const auto first = static_cast<std::size_t>(start * kRate);
    const auto count = static_cast<std::size_t>(8 / decay * kRate);
    double dark = 0;
    double last = 0;
    for (std::size_t i = 0; i < count && first + i < y.size(); ++i) {
        const double white = random.normal();
        dark = colour * dark + (1 - colour) * white;
        const double value = colour < 0 ? white - last : dark;
        last = white;
        y[first + i] += static_cast<float>(level * std::exp(-decay * static_cast<double>(i) / kRate) * value);
    }
}

std::vector<float> chords(Random& random) {
    std::vector<float> y = silence();
    const int root = whole(random, 45, 58);
    const double third = chance(random, 0.5) ? 3 : 4;
    const std::array<int, 4> degrees = {0, chance(random, 0.5) ? 5 : 9, chance(random, 0.5) ? 7 : 3, 0};
    Timbre timbre{.partials = whole(random, 2, 9), .slope = random.uniform(1, 2.2)};
    timbre.decay = chance(random, 0.7) ? random.uniform(0, 0.3) : random.uniform(0.5, 3);
    const double seconds = random.uniform(0.8, 3);
    for (std::size_t chord = 0; static_cast<double>(chord) * seconds < kSeconds; ++chord) {
        timbre.attack = random.uniform(0.005, 0.1);
        for (const double step : {-12.0, 0.0, third, 7.0})
            add_note(y, static_cast<double>(chord) * seconds, seconds, root + degrees[chord % 4] + step, 0.14, timbre);
    }
    return y;
}

void normalise(std::vector<float>& y, double drive) {
    float peak = 1e-6F;
    for (const float value : y)
        peak = std::max(peak, std::abs(value));
    for (float& value : y)
        value = static_cast<float>(std::clamp(0.8 * drive * static_cast<double>(value / peak), -1.0, 1.0));
}

void add_drums(std::vector<float>& y, double t, double beat, bool snare, double level, Random& random) {
    if (snare) {
        add_noise(y, t, 0.35 * level, 22, 0.3, random);
    } else {
        add_note(y, t, 0.25, 33, 0.8 * level, {.partials = 2, .slope = 2, .decay = 18, .attack = 0.002});
    }
    for (const double half : {0.0, 0.5})
        add_noise(y, t + half * beat, 0.12 * level, 60, -1, random);
}

std::vector<float> song(Random& random) {
    constexpr std::array<int, 4> kProgression = {0, 9, 5, 7};
    std::vector<float> y = silence();
    const double beat = 60 / random.uniform(60, 185);
    const int meter = chance(random, 0.25) ? 3 : 4;
    const int root = whole(random, 48, 60);
    const bool minor = chance(random, 0.5);
    const std::array<int, 7> scale = {0, 2, minor ? 3 : 4, 5, 7, minor ? 8 : 9, minor ? 10 : 11};
    const double drums = chance(random, 0.15) ? 0 : random.uniform(0.3, 1);
    const double pad = random.uniform(0.02, 0.09);
    const double bass = random.uniform(0.05, 0.25);
    const double lead = random.uniform(0, 0.2);
    Timbre timbre{.partials = whole(random, 2, 8), .slope = random.uniform(0.8, 2)};
    int step = 0;
    for (int b = 0; b * beat < kSeconds; ++b) {
        const double t = b * beat;
        const double chord = root + kProgression[static_cast<std::size_t>(b / meter % 4)];
        timbre.decay = 0.4;
        if (b % meter == 0) {
            for (const double interval : {0.0, minor ? 3.0 : 4.0, 7.0})
                add_note(y, t, meter * beat, chord + interval, pad, timbre);
        }
        add_note(y, t, 0.9 * beat, chord - (chance(random, 0.2) ? 12 : 24), bass, {.decay = 2});
        timbre.decay = 3;
        for (const double half : {0.0, 0.5}) {
            if (!chance(random, 0.7)) continue;
            step = std::clamp(step + whole(random, -2, 3), -4, 10);
            const int octave = (step + 7) / 7 - 1;
            const double midi = root + 12 * (octave + 1) + scale[static_cast<std::size_t>((step + 7) % 7)];
            add_note(y, t + half * beat, 0.5 * beat, midi, lead, timbre);
        }
        if (drums > 0) add_drums(y, t, beat, b % meter % 2 == 1, drums, random);
    }
    normalise(y, chance(random, 0.3) ? random.uniform(2, 12) : 1);
    return y;
}

std::vector<float> clicks(Random& random) {
    std::vector<float> y = silence();
    double period = 60 / random.uniform(50, 200);
    const double midi = random.uniform(60, 100);
    const double decay = random.uniform(20, 120);
    const bool noisy = chance(random, 0.4);
    const double faster = chance(random, 0.4) ? random.uniform(0.93, 0.99) : 1;
    for (double t = 0.1; t < 9; t += period, period = std::max(0.06, period * faster)) {
        if (noisy) {
            add_noise(y, t, random.uniform(0.2, 0.4), decay / 3, 0.2, random);
        } else {
            add_note(y, t, 0.2, midi, 0.6, {.partials = 1, .decay = decay, .attack = 0.001});
        }
    }
    return y;
}

std::vector<float> noise(Random& random) {
    std::vector<float> y = silence();
    const double kind = random.uniform(0, 1);
    const double colour = kind < 0.3 ? 0 : kind < 0.45 ? -1 : random.uniform(0.3, 0.98);
    add_noise(y, 0, random.uniform(0.05, 0.4), random.uniform(0.13, 0.23), colour, random);
    return y;
}

std::vector<float> tone(Random& random) {
    std::vector<float> y = silence();
    if (chance(random, 0.5)) {
        add_note(y, 0, kSeconds, random.uniform(40, 95), 0.5, {.partials = whole(random, 1, 5), .slope = 1.5});
        return y;
    }
    const double low = random.uniform(30, 300);
    const double high = random.uniform(1500, 7800);
    double phase = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
        const double hz = low * std::pow(high / low, static_cast<double>(i) / static_cast<double>(y.size()));
        phase += 2 * std::numbers::pi * hz / kRate;
        y[i] = static_cast<float>(0.5 * std::sin(phase));
    }
    return y;
}

std::vector<float> sound_of_kind(std::size_t kind, Random& random) {
    switch (kind) {
        case 0:
        case 1:
        case 2:
            return chords(random);
        case 6:
            return clicks(random);
        case 7:
            return chance(random, 0.5) ? clicks(random) : noise(random);
        case 8:
            return noise(random);
        case 9:
            return tone(random);
        default:
            return song(random);
    }
}

}  // namespace

std::vector<float> plain_sound(std::size_t index, std::uint64_t seed) {
    Random random(seed * 1000003 + index);
    std::vector<float> y = sound_of_kind(index % 10, random);
    const double gain = chance(random, 0.7) ? 1 : random.uniform(0.1, 1);
    for (float& value : y)
        value = static_cast<float>(gain * static_cast<double>(value));
    return y;
}

}  // namespace audiomuse::analyse
