// Styles of acoustic instruments: piano, plucked strings, bowed strings, voices.
#include <algorithm>

#include "styles/styles.h"
#include "synth/composer.h"
#include "synth/drums.h"
#include "synth/instruments.h"

namespace audiomuse::demo {

namespace {

// A player is never quite on the beat.
double human(Random& random, double seconds) {
    return std::max(0.0, random.normal() * seconds);
}

}  // namespace

StereoSamples piano_ballad(Random& random) {
    const Song song = compose_song({.bpm_low = 62,
                                    .bpm_high = 82,
                                    .section_bars = 2,
                                    .modes = {Mode::major, Mode::major, Mode::minor},
                                    .progressions = {{0, 4, 5, 3}, {0, 5, 3, 4}, {3, 4, 0, 5}, {5, 3, 0, 4}}},
                                   random);
    Bus piano(song.music_s() + 4);
    // Left hand: broken chords in eighths, the same twice as wide, or plain chords on the beats.
    const auto left_hand = random.integer(0, 2);
    const double touch = random.uniform(0.65, 1.2);
    const int high = static_cast<int>(random.integer(0, 1)) * 7;
    for (std::size_t bar = 0; bar < song.bars.size(); ++bar) {
        const Bar& now = song.bars[bar];
        const int bass = root_above(song.key, now.degree, 36);
        piano.add(grand_piano({double(bass), song.bar_s(), 0.62 * now.level}, random), song.at(bar, 0), 0.5, -0.25);
        const auto chord = chord_near(song.key, now.degree, 3, 55);
        const int narrow[] = {0, 1, 2, 3, 2, 1, 2, 1};
        const int wide[] = {0, 2, 3, 4, 5, 4, 3, 2};
        for (int eighth = 0; eighth < 8; ++eighth) {
            const double at = song.at(bar, eighth * 0.5) + human(random, 0.008);
            const double held = song.bar_s() - eighth * 0.5 * song.beat_s();  // the pedal is down for the bar
            const double velocity = (eighth % 4 == 0 ? 0.52 : 0.42) * now.level * touch;
            if (left_hand < 2) {
                const int step = left_hand == 0 ? narrow[eighth] : wide[eighth];
                const int octave = step / 3;
                const double pitch = chord[static_cast<std::size_t>(step % 3)] + 12 * octave;
                piano.add(grand_piano({pitch, held, velocity}, random), at, 0.4, -0.1);
            } else if (eighth % 2 == 0) {
                for (const int pitch : chord)
                    piano.add(grand_piano({double(pitch), song.beat_s(), velocity}, random), at, 0.3, -0.1);
            }
        }
    }
    for (const MelodyNote& note : compose_melody(
             song,
             {.low = 62 + high, .high = 79 + high, .lengths = {0.5, 1, 1, 1.5, 2}, .rests = 0.2, .in_intro = true},
             random)) {
        const double at = song.at(note.bar, note.beat) + human(random, 0.012);
        piano.add(grand_piano({double(note.pitch), note.beats * song.beat_s() + 0.25, note.velocity * touch}, random),
                  at, 0.6, 0.2);
    }
    reverb(piano, {.seconds = random.uniform(1, 2.8), .damping_hz = 4500, .mix = random.uniform(0.1, 0.4)});
    return master(piano, 0.065, 2.5, random);
}

StereoSamples folk(Random& random) {
    const Song song = compose_song({.bpm_low = 92,
                                    .bpm_high = 116,
                                    .modes = {Mode::major, Mode::major, Mode::mixolydian},
                                    .progressions = {{0, 3, 0, 4}, {0, 4, 3, 0}, {0, 5, 3, 4}, {0, 0, 3, 4}}},
                                   random);
    const PluckShape steel = {
        .decay_s = 3.2, .brightness = 0.75, .position = 0.18, .damping_after_s = 0.08, .body_hz = 190};
    const PluckShape mandolin = {
        .decay_s = 1.3, .brightness = 0.9, .position = 0.12, .damping_after_s = 0.05, .body_hz = 420};
    const BowShape fiddle = {.players = 1, .attack_s = 0.06, .bright_hz = 4200, .vibrato = 0.2};
    const bool bowed = random.uniform() < 0.4;
    const bool strummed = random.uniform() < 0.35;
    Bus guitar(song.music_s() + 2.5);
    Bus lead(song.music_s() + 2.5);
    for (std::size_t bar = 0; bar < song.bars.size(); ++bar) {
        const Bar& now = song.bars[bar];
        const int bass = root_above(song.key, now.degree, 40);
        const auto chord = chord_near(song.key, now.degree, 3, 60);
        // Travis picking: the thumb alternates on the beats, fingers answer between.
        for (int eighth = 0; eighth < 8; ++eighth) {
            const double at = song.at(bar, eighth * 0.5) + human(random, 0.006);
            if (eighth % 2 == 0) {
                const double pitch = bass + (eighth % 4 == 0 ? 0 : 7);
                guitar.add(plucked_string({pitch, 1.3, 0.85 * now.level}, steel, random), at, 0.55, -0.2);
            }
            const std::size_t finger[] = {2, 1, 0, 2, 2, 1, 0, 1};
            if (eighth != 0 && eighth != 4) {
                const double pitch = chord[finger[eighth]];
                guitar.add(plucked_string({pitch, 1.1, random.uniform(0.6, 0.75) * now.level}, steel, random), at, 0.5,
                           -0.25);
            }
        }
        for (int beat = 0; beat < 4; ++beat) {
            if (!(strummed && beat % 2 == 1) && !(now.ends_section && beat == 3)) continue;
            double strum = song.at(bar, beat);
            for (const int octave : {0, 12}) {
                for (const int pitch : chord) {
                    guitar.add(plucked_string({double(pitch + octave), 0.6, 0.75}, steel, random), strum += 0.011, 0.34,
                               -0.15);
                }
            }
        }
    }
    for (const MelodyNote& note :
         compose_melody(song, {.low = 67, .high = 88, .lengths = {0.5, 0.5, 0.5, 1, 1}, .rests = 0.1}, random)) {
        const double at = song.at(note.bar, note.beat) + human(random, 0.008);
        const double held = note.beats * song.beat_s();
        if (bowed) {
            lead.add(bowed_strings({double(note.pitch), held * 0.95, note.velocity}, fiddle, random), at, 0.5, 0.35);
            continue;
        }
        // Long notes are played as a tremolo, as there is no bow.
        const int strokes = held > 0.55 ? static_cast<int>(held / 0.11) : 1;
        for (int stroke = 0; stroke < strokes; ++stroke) {
            const double part = held / strokes;
            lead.add(plucked_string({double(note.pitch), part + 0.05, note.velocity * (stroke == 0 ? 1 : 0.7)},
                                    mandolin, random),
                     at + stroke * part, 0.55, 0.35);
        }
    }
    guitar.add(lead, 0.8);
    reverb(guitar, {.seconds = 0.8, .damping_hz = 5000, .mix = 0.12});
    return master(guitar, 0.09, 1.5, random);
}

StereoSamples string_waltz(Random& random) {
    const Song song =
        compose_song({.bpm_low = 150,
                      .bpm_high = 184,
                      .beats_per_bar = 3,
                      .section_bars = 8,
                      .modes = {Mode::major, Mode::major, Mode::minor},
                      .progressions = {{0, 0, 4, 4, 4, 4, 0, 0}, {0, 5, 1, 4, 0, 3, 4, 0}, {3, 3, 0, 0, 4, 4, 0, 0}}},
                     random);
    Bus orchestra(song.music_s() + 3);
    const BowShape basses = {.players = 3, .attack_s = 0.03, .bright_hz = 1500, .vibrato = 0.05};
    const BowShape violas = {.players = 3, .attack_s = 0.03, .bright_hz = 2800, .vibrato = 0.1};
    const BowShape violins = {.players = 6, .attack_s = 0.08, .bright_hz = 5200, .vibrato = 0.3};
    const BowShape cellos = {.players = 3, .attack_s = 0.12, .bright_hz = 2400, .vibrato = 0.25};
    const PluckShape pizzicato = {
        .decay_s = 0.5, .brightness = 0.4, .position = 0.25, .damping_after_s = 0.1, .body_hz = 280};
    const bool plucked = random.uniform() < 0.4;
    const bool alone = random.uniform() < 0.4;  // a soloist before the orchestra
    const BowShape leader =
        alone ? BowShape{.players = 1, .attack_s = 0.06, .bright_hz = 6000, .vibrato = 0.4} : violins;
    const int high = static_cast<int>(random.integer(0, 1)) * 5;
    for (std::size_t bar = 0; bar < song.bars.size(); ++bar) {
        const Bar& now = song.bars[bar];
        const int bass = root_above(song.key, now.degree, 38) + (bar % 2 == 1 ? -5 : 0);
        orchestra.add(bowed_strings({double(bass), song.beat_s() * 0.6, 0.85 * now.level}, basses, random),
                      song.at(bar, 0), 0.6, 0.35);
        for (const double beat : {1.0, 2.0}) {
            for (const int pitch : chord_near(song.key, now.degree, 3, 62)) {
                const Note note = {double(pitch), song.beat_s() * 0.38, 0.6 * now.level};
                orchestra.add(plucked ? plucked_string(note, pizzicato, random) : bowed_strings(note, violas, random),
                              song.at(bar, beat) + human(random, 0.006), plucked ? 0.5 : 0.27, 0.1);
            }
        }
        if (now.part == Part::chorus && bar % 2 == 0) {
            const int tenor = root_above(song.key, now.degree + 2, 52);
            orchestra.add(bowed_strings({double(tenor), 2 * song.bar_s() - 0.1, 0.6}, cellos, random), song.at(bar, 0),
                          0.4, 0.25);
        }
    }
    for (const MelodyNote& note : compose_melody(song,
                                                 {.low = 64 + high,
                                                 .high = 84 + high,
                                                 .lengths = {1, 1, 2, 3, 0.5},
                                                 .rests = 0.05,
                                                 .leaps = 0.3,
                                                 .in_intro = true},
                                                 random)) {
        const double held = note.beats * song.beat_s() * 0.97;
        const double at = song.at(note.bar, note.beat);
        orchestra.add(bowed_strings({double(note.pitch), held, note.velocity}, leader, random), at, 0.62, -0.4);
        if (alone) continue;
        orchestra.add(bowed_strings({double(note.pitch - 12), held, note.velocity * 0.7}, violins, random), at, 0.3,
                      -0.15);
    }
    reverb(orchestra, {.seconds = random.uniform(1.2, 2.4),
                       .damping_hz = 5000,
                       .mix = random.uniform(0.12, 0.4),
                       .predelay_s = 0.02});
    return master(orchestra, 0.085, 2, random);
}

StereoSamples choral(Random& random) {
    const Song song = compose_song({.bpm_low = 58,
                                    .bpm_high = 74,
                                    .section_bars = 2,
                                    .modes = {Mode::minor, Mode::dorian, Mode::major},
                                    .progressions = {{0, 3, 4, 0}, {0, 5, 3, 4}, {0, 6, 5, 4}, {0, 3, 0, 4}}},
                                   random);
    Bus voices(song.music_s() + 5);
    const Vowel vowels[] = {kVowelA, kVowelO, kVowelU};
    // A mixed choir, men alone or high voices alone.
    constexpr int kRegisters[] = {0, -9, 7};
    const int shift = kRegisters[random.integer(0, 2)];
    const auto singers = static_cast<int>(random.integer(2, 5));
    const bool soloist = random.uniform() < 0.6;
    const double brightest = random.uniform(0, 1);
    for (std::size_t bar = 0; bar < song.bars.size(); ++bar) {
        const Bar& now = song.bars[bar];
        const double half = song.bar_s() / 2;
        // Four parts in half notes; the second half moves to a neighbour chord and back.
        for (int step = 0; step < 2; ++step) {
            const int degree = step == 0 ? now.degree : now.degree + (now.ends_section ? 0 : 4);
            const Vowel& vowel = random.uniform() < brightest ? vowels[0] : vowels[random.integer(1, 2)];
            const auto upper = chord_near(song.key, degree, 3, 66 + shift);
            const double at = song.at(bar, 0) + step * half;
            const double held = half * 0.96;
            voices.add(choir({double(root_above(song.key, degree, 43 + std::max(shift, -3))), held, 0.8 * now.level},
                             vowel, singers, random),
                       at, 0.55, 0.4);
            voices.add(choir({double(upper[0] - 12), held, 0.7 * now.level}, vowel, singers, random), at, 0.5, 0.15);
            voices.add(choir({double(upper[1]), held, 0.7 * now.level}, vowel, singers, random), at, 0.45, -0.15);
            voices.add(choir({double(upper[2]), held, 0.75 * now.level}, vowel, singers, random), at, 0.45, -0.4);
        }
    }
    for (const MelodyNote& note :
         compose_melody(song, {.low = 69 + shift, .high = 82 + shift, .lengths = {1, 1, 2}, .rests = 0.1}, random)) {
        if (!soloist) break;
        voices.add(choir({double(note.pitch), note.beats * song.beat_s(), note.velocity}, kVowelA, 1, random),
                   song.at(note.bar, note.beat), 0.5, -0.25);
    }
    reverb(voices, {.seconds = random.uniform(2.2, 4.5),
                    .damping_hz = 3600,
                    .mix = random.uniform(0.25, 0.6),
                    .predelay_s = 0.03});
    return master(voices, 0.08, 3, random);
}

}  // namespace audiomuse::demo
