// Styles made by machines: techno, ambient, chiptune, drum and bass.
#include <cmath>

#include "styles/styles.h"
#include "synth/composer.h"
#include "synth/drums.h"
#include "synth/instruments.h"

namespace audiomuse::demo {

StereoSamples techno(Random& random) {
    const Song song = compose_song({.bpm_low = 124,
                                    .bpm_high = 136,
                                    .modes = {Mode::minor},
                                    .progressions = {{0, 0, 0, 0}, {0, 0, 5, 5}, {0, 0, 3, 3}, {0, 0, 6, 6}}},
                                   random);
    const double end = song.music_s() + 1.5;
    Bus drums(end);
    Bus bass(end);
    Bus stabs(end);
    const Samples boom = kick({.start_hz = 240,
                               .end_hz = random.uniform(42, 54),
                               .sweep_s = 0.06,
                               .decay_s = random.uniform(0.24, 0.4),
                               .click = 0.5},
                              random);
    const Samples closed = cymbal({.decay_s = 0.045, .high_pass_hz = 8000, .metal = 0.45}, random);
    const Samples open = cymbal({.decay_s = 0.22, .high_pass_hz = 7000, .metal = 0.45}, random);
    const Samples hands = clap(random);

    // One bar of sixteenths is the riff for the whole piece.
    struct Sixteenth {
        bool plays;
        int step;
        double accent;
    };
    std::vector<Sixteenth> riff;
    constexpr int kSteps[] = {0, 0, 0, 12, 0, 3, -2, 7};
    for (int i = 0; i < 16; ++i) {
        riff.push_back({random.uniform() < 0.72, kSteps[random.integer(0, 7)], random.uniform() < 0.35 ? 1.0 : 0.6});
    }
    std::vector<bool> stab_at;
    for (int i = 0; i < 16; ++i)
        stab_at.push_back(i % 4 != 0 && random.uniform() < 0.3);
    stab_at[random.uniform() < 0.5 ? 3 : 6] = true;

    const double sixteenth = song.beat_s() / 4;
    const double open_filter = 200 * std::exp2(random.uniform(0, 1.8));
    const bool rolling = random.uniform() < 0.35;  // a round bass instead of the resonant one
    const double hats = random.uniform(0.4, 1.3);
    const double stab_level = random.uniform(0, 1.1);
    std::vector<double> kicks;
    for (std::size_t bar = 0; bar < song.bars.size(); ++bar) {
        const Bar& now = song.bars[bar];
        const bool breakdown = now.part == Part::bridge;
        const int root = root_above(song.key, now.degree, 33);
        const double rising = static_cast<double>(bar) / static_cast<double>(song.bars.size());
        for (int beat = 0; beat < 4; ++beat) {
            if (!breakdown || beat == 0) {
                kicks.push_back(song.at(bar, beat));
                drums.add(boom, song.at(bar, beat), 0.95);
            }
            drums.add(open, song.at(bar, beat + 0.5), 0.33 * hats, 0.1);
            if (beat % 2 == 1) drums.add(hands, song.at(bar, beat), 0.45, -0.05);
        }
        for (std::size_t i = 0; i < 16; ++i) {
            const double at = song.at(bar, 0) + sixteenth * static_cast<double>(i);
            drums.add(closed, at, (i % 4 == 2 ? 0.1 : 0.22 + 0.05 * random.uniform()) * hats, -0.2);
            if (riff[i].plays) {
                const AcidShape acid = {.cutoff_hz = open_filter * std::exp2(1.3 * rising),
                                        .sweep_octaves = 2.6,
                                        .resonance = 7,
                                        .decay_s = 0.13};
                const Note note = {double(root + riff[i].step), sixteenth * 0.85, riff[i].accent};
                bass.add(rolling ? sine_bass(note, 3) : acid_bass(note, acid), at, 0.6);
            }
            if (stab_at[i] && now.part != Part::intro) {
                const auto chord = chord_near(song.key, now.degree, 3, 60);
                stabs.add(saw_stab(chord, sixteenth, 1500 + 2500 * rising, random), at, 0.4 * stab_level, 0.3);
            }
        }
    }
    echo(stabs, {.seconds = sixteenth * 3, .feedback = 0.45, .mix = 0.4});
    duck(bass, kicks, 0.6, song.beat_s() * 0.6);
    duck(stabs, kicks, 0.6, song.beat_s() * 0.7);
    drums.add(bass, 0.7);
    drums.add(stabs, 0.7);
    reverb(drums, {.seconds = 0.7, .damping_hz = 6000, .mix = 0.05});
    return master(drums, 0.21, 1, random);
}

StereoSamples ambient(Random& random) {
    const Song song = compose_song({.bpm_low = 48,
                                    .bpm_high = 60,
                                    .section_bars = 2,
                                    .modes = {Mode::dorian, Mode::major, Mode::minor},
                                    .progressions = {{0, 0, 3, 3}, {0, 0, 5, 5}, {3, 3, 0, 0}, {0, 0, 1, 1}}},
                                   random);
    const double end = song.music_s() + 4;
    Bus air(end);
    const double bright_hz = 380 * std::exp2(random.uniform(0, 2.2));
    const int around = static_cast<int>(random.integer(48, 64));
    const double wind_level = 0.012 * std::exp2(random.uniform(0, 3.3));
    const double bell_level = random.uniform(0, 0.2);
    const bool voices = random.uniform() < 0.3;
    for (std::size_t bar = 0; bar < song.bars.size(); bar += 2) {
        const int degree = song.bars[bar].degree;
        const double held = 2 * song.bar_s() - 0.5;
        double pan = -0.6;
        for (const int pitch : chord_near(song.key, degree, 4, around)) {
            air.add(soft_pad({double(pitch), held, 0.7}, 2.2, 3, bright_hz, random), song.at(bar, 0), 0.5, pan);
            if (voices) air.add(choir({double(pitch), held, 0.6}, kVowelU, 2, random), song.at(bar, 0.5), 0.16, -pan);
            pan += 0.4;
        }
        air.add(soft_pad({double(root_above(song.key, degree, 36)), held, 0.8}, 1.6, 3, 260, random), song.at(bar, 0),
                0.6);
    }
    // Wind: noise through a slowly moving band.
    Samples wind(samples_of(end));
    Noise noise(random);
    StateFilter band;
    Oscillator sweep(random.uniform());
    for (std::size_t i = 0; i < wind.size(); ++i) {
        const float moving = sweep.sine(0.06);
        if (i % 64 == 0) band.set(700 * std::exp2(1.2 * moving), 2.5);
        band.process(noise.next());
        wind[i] = band.band() * (0.6F + 0.4F * moving);
    }
    air.add(wind, 0, wind_level, 0.2);
    // A few bells, far away.
    for (double at = random.uniform(1.5, 3); at < song.music_s() - 2; at += random.uniform(2, 4.5)) {
        const int degree = static_cast<int>(random.integer(0, 4)) * 2;
        air.add(music_bell({double(scale_pitch(song.key, degree, 6)), 1.5, random.uniform(0.3, 0.6)}), at, bell_level,
                random.uniform(-0.7, 0.7));
    }
    chorus(air, 0.23, 0.004, 0.5);
    reverb(air, {.seconds = 7, .damping_hz = 3000, .mix = 0.7, .predelay_s = 0.04});
    air.low_pass(random.uniform(3000, 8000));
    return master(air, 0.06, 4, random);
}

StereoSamples chiptune(Random& random) {
    const Song song = compose_song({.bpm_low = 138,
                                    .bpm_high = 168,
                                    .modes = {Mode::major, Mode::minor},
                                    .progressions = {{0, 3, 4, 0}, {0, 5, 3, 4}, {5, 3, 0, 4}, {0, 6, 5, 4}}},
                                   random);
    const double end = song.music_s() + 0.4;
    Bus chip(end);
    const Samples hiss = chip_noise(22000, 0.05, random);
    const Samples snap = chip_noise(9000, 0.14, random);
    const Samples thud = chip_noise(1800, 0.09, random);
    const double duty = random.uniform() < 0.5 ? 0.25 : 0.125;
    for (std::size_t bar = 0; bar < song.bars.size(); ++bar) {
        const Bar& now = song.bars[bar];
        const int bass = root_above(song.key, now.degree, 40);
        const auto chord = chord_near(song.key, now.degree, 3, 67);
        for (int eighth = 0; eighth < 8; ++eighth) {
            const double at = song.at(bar, eighth * 0.5);
            const double pitch = bass + (eighth % 2 == 1 ? 12 : 0);
            chip.add(chip_triangle({pitch, song.beat_s() * 0.45, 1}), at, 0.5);
            chip.add(eighth % 4 == 2 ? snap : eighth % 4 == 0 ? thud : hiss, at, eighth % 2 == 0 ? 0.3 : 0.17);
            if (now.ends_section && eighth >= 6) chip.add(snap, at + song.beat_s() * 0.25, 0.25);
        }
        for (int beat = 0; beat < 4; ++beat) {
            chip.add(chip_arpeggio(chord, song.beat_s() * 0.9, now.level, 0.5), song.at(bar, beat), 0.3, -0.3);
        }
    }
    const MelodyShape shape = {.low = 72,
                               .high = 95,
                               .lengths = {0.25, 0.25, 0.5, 0.5, 0.5, 1},
                               .rests = 0.08,
                               .leaps = 0.35,
                               .in_intro = true};
    for (const MelodyNote& note : compose_melody(song, shape, random)) {
        const double at = song.at(note.bar, note.beat);
        const Samples tone = chip_pulse({double(note.pitch), note.beats * song.beat_s(), note.velocity}, duty, 0.2);
        chip.add(tone, at, 0.5, 0.3);
        chip.add(tone, at + song.beat_s() * 0.75, 0.14, -0.4);  // the classic echo on a spare channel
    }
    return master(chip, 0.15, 0.2, random);
}

StereoSamples drum_and_bass(Random& random) {
    const Song song =
        compose_song({.bpm_low = 168,
                      .bpm_high = 178,
                      .section_bars = 8,
                      .modes = {Mode::minor, Mode::dorian},
                      .progressions = {{0, 0, 5, 5, 3, 3, 4, 4}, {0, 0, 0, 0, 5, 5, 6, 6}, {0, 0, 3, 3, 0, 0, 6, 6}}},
                     random);
    const double end = song.music_s() + 2;
    Bus drums(end);
    Bus bass(end);
    Bus pads(end);
    const Samples boom = kick({.start_hz = 190, .end_hz = 58, .sweep_s = 0.035, .decay_s = 0.2, .click = 0.6}, random);
    const Samples crack = snare({.tone_hz = 215, .tone = 0.42, .decay_s = 0.17, .bright_hz = 2200}, random);
    const Samples hat = cymbal({.decay_s = 0.05, .high_pass_hz = 8500, .metal = 0.3}, random);
    const Samples ride = cymbal({.decay_s = 0.3, .high_pass_hz = 6500, .metal = 0.5}, random);
    const Samples crash = cymbal({.decay_s = 1.5, .high_pass_hz = 4500, .metal = 0.25}, random);
    const double wobble = song.bpm / 60 / (random.uniform() < 0.5 ? 2 : 1.5);
    for (std::size_t bar = 0; bar < song.bars.size(); ++bar) {
        const Bar& now = song.bars[bar];
        const bool odd = bar % 2 == 1;
        for (const double beat : {0.0, odd ? 2.25 : 2.5})
            drums.add(boom, song.at(bar, beat), 0.95);
        for (const double beat : {1.0, 3.0})
            drums.add(crack, song.at(bar, beat), 0.9);
        // Ghost strokes between the back beats make the break roll.
        for (const double beat : {1.75, 2.25, 3.75}) {
            if (random.uniform() < 0.7) drums.add(crack, song.at(bar, beat), random.uniform(0.15, 0.28), 0.1);
        }
        for (int i = 0; i < 8; ++i)
            drums.add(hat, song.at(bar, i * 0.5), i % 2 == 0 ? 0.32 : 0.42, -0.25);
        if (now.part == Part::chorus) {
            for (int i = 0; i < 4; ++i)
                drums.add(ride, song.at(bar, i), 0.25, 0.3);
        }
        if (bar % 8 == 0) drums.add(crash, song.at(bar, 0), 0.4, 0.2);
        if (bar % 2 == 0) {
            const double root = root_above(song.key, now.degree, 29);
            if (now.part != Part::intro || bar % 4 == 2) {
                bass.add(reese_bass({root, song.bar_s() * 1.4, 0.9}, wobble, 480, random), song.at(bar, 0), 0.75);
                bass.add(reese_bass({root + 7, song.bar_s() * 0.5, 0.8}, wobble, 480, random), song.at(bar, 6), 0.7);
            }
            double pan = -0.5;
            for (const int pitch : chord_near(song.key, now.degree, 4, 64)) {
                pads.add(soft_pad({double(pitch), song.bar_s() * 1.9, 0.7}, 0.25, 0.6, 2200, random), song.at(bar, 0),
                         0.3, pan);
                pan += 0.33;
            }
        }
    }
    reverb(pads, {.seconds = 2.2, .damping_hz = 6000, .mix = 0.4});
    drums.add(bass, 0.75);
    drums.add(pads, 0.45);
    reverb(drums, {.seconds = 0.5, .damping_hz = 7000, .mix = 0.05});
    return master(drums, 0.19, 1.5, random);
}

}  // namespace audiomuse::demo
