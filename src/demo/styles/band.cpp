// Styles of bands: rock, jazz, dub, hip hop.
#include <algorithm>
#include <cmath>

#include "styles/styles.h"
#include "synth/composer.h"
#include "synth/drums.h"
#include "synth/instruments.h"

namespace audiomuse::demo {

namespace {

/// A guitar amplifier and its loudspeaker, after all strings are on the bus.
void amplify(Bus& bus, double drive) {
    for (Samples* channel : {&bus.samples().left, &bus.samples().right}) {
        high_pass(*channel, 110);
        overdrive(*channel, drive);
        peak(*channel, 2400, 1.1, 5);
        low_pass(*channel, 4800, 0.8);
        low_pass(*channel, 5600, 0.7);
        high_pass(*channel, 80);
    }
}

/// Off-beats come late: a beat's second eighth at two thirds.
double swung(double beat, double amount) {
    const double whole = std::floor(beat);
    return whole + (beat - whole >= 0.5 ? (beat - whole - 0.5) + amount : beat - whole);
}

}  // namespace

StereoSamples rock(Random& random) {
    const Song song = compose_song({.bpm_low = 118,
                                    .bpm_high = 152,
                                    .modes = {Mode::minor, Mode::pentatonic_minor, Mode::mixolydian},
                                    .progressions = {{0, 5, 6, 0}, {0, 6, 5, 6}, {0, 0, 3, 4}, {0, 3, 5, 6}}},
                                   random);
    const double end = song.music_s() + 1.5;
    Bus left_guitar(end);
    Bus right_guitar(end);
    Bus solo(end);
    Bus drums(end);
    const PluckShape string = {.decay_s = 5, .brightness = 0.8, .position = 0.13, .damping_after_s = 0.04};
    const PluckShape bass_string = {.decay_s = 3, .brightness = 0.45, .position = 0.1, .damping_after_s = 0.05};
    const Samples boom = kick({.start_hz = 130, .end_hz = 58, .sweep_s = 0.04, .decay_s = 0.24, .click = 0.7}, random);
    const Samples crack = snare({.tone_hz = 185, .tone = 0.4, .decay_s = 0.25, .bright_hz = 1500}, random);
    const Samples hat = cymbal({.decay_s = 0.12, .high_pass_hz = 6000, .metal = 0.3}, random);
    const Samples crash = cymbal({.decay_s = 1.6, .high_pass_hz = 3500, .metal = 0.2}, random);
    const Samples low_tom = tom(95, 0.35, random);
    const bool double_kick = random.uniform() < 0.5;
    for (std::size_t bar = 0; bar < song.bars.size(); ++bar) {
        const Bar& now = song.bars[bar];
        const int root = root_above(song.key, now.degree, 40);
        const bool open = now.part == Part::chorus || now.part == Part::outro;
        for (int eighth = 0; eighth < 8; ++eighth) {
            const double at = song.at(bar, eighth * 0.5);
            const bool accent = eighth == 0 || eighth == 3 || eighth == 6;
            const double held = open ? song.beat_s() * 0.49 : song.beat_s() * (accent ? 0.45 : 0.2);
            for (const int interval : {0, 7, 12}) {
                const Note note = {double(root + interval), held, accent ? 0.95 : 0.75};
                left_guitar.add(plucked_string(note, string, random), at + 0.004 * interval / 12, 0.5);
                right_guitar.add(plucked_string(note, string, random), at + 0.007, 0.5);
            }
            drums.add(plucked_string({double(root - 12), song.beat_s() * 0.47, 0.9}, bass_string, random), at, 0.55);
            drums.add(open ? crash : hat, at, open ? 0.16 : 0.3, -0.3);
        }
        for (const double beat : {0.0, 2.0})
            drums.add(boom, song.at(bar, beat), 0.95);
        if (double_kick) drums.add(boom, song.at(bar, 2.5), 0.85);
        for (const double beat : {1.0, 3.0})
            drums.add(crack, song.at(bar, beat), 0.9);
        if (bar % 4 == 0) drums.add(crash, song.at(bar, 0), 0.5, 0.3);
        if (now.ends_section) {
            for (int i = 0; i < 4; ++i)
                drums.add(i < 2 ? crack : low_tom, song.at(bar, 3 + i * 0.25), 0.7, i * 0.2 - 0.3);
        }
    }
    Song blues = song;
    blues.key.mode = Mode::pentatonic_minor;
    for (const MelodyNote& note :
         compose_melody(blues, {.low = 64, .high = 86, .lengths = {0.25, 0.25, 0.5, 0.5, 1}, .leaps = 0.3}, random)) {
        if (song.bars[note.bar].part == Part::verse) continue;
        solo.add(plucked_string({double(note.pitch), note.beats * song.beat_s(), note.velocity}, string, random),
                 song.at(note.bar, note.beat), 0.9);
    }
    amplify(left_guitar, 14);
    amplify(right_guitar, 14);
    amplify(solo, 10);
    echo(solo, {.seconds = song.beat_s() * 0.75, .feedback = 0.3, .mix = 0.25});
    Bus band(end);
    band.add(left_guitar.samples().left, 0, 0.3, -0.8);
    band.add(right_guitar.samples().left, 0, 0.3, 0.8);
    band.add(solo, 0.22);
    band.add(drums, 0.75);
    reverb(band, {.seconds = 0.9, .damping_hz = 5500, .mix = 0.08});
    return master(band, 0.23, 1.2, random);
}

StereoSamples jazz(Random& random) {
    const Song song = compose_song({.bpm_low = 126,
                                    .bpm_high = 176,
                                    .modes = {Mode::major, Mode::dorian},
                                    .progressions = {{1, 4, 0, 5}, {0, 5, 1, 4}, {2, 5, 1, 4}, {0, 3, 1, 4}}},
                                   random);
    constexpr double kSwing = 0.64;
    const double end = song.music_s() + 2;
    Bus room(end);
    enum class Lead { saxophone, vibraphone, piano };
    const Lead lead = random.uniform() < 0.55  ? Lead::saxophone
                      : random.uniform() < 0.5 ? Lead::vibraphone
                                               : Lead::piano;
    const double sticks = random.uniform(0.5, 1.3);
    const double brushes = random.uniform(0, 0.2);
    const PluckShape upright = {
        .decay_s = 2.2, .brightness = 0.3, .position = 0.28, .damping_after_s = 0.08, .body_hz = 105};
    const Samples ride = cymbal({.decay_s = 0.75, .high_pass_hz = 5200, .metal = 0.55}, random);
    const Samples foot = cymbal({.decay_s = 0.05, .high_pass_hz = 6000, .metal = 0.3}, random);
    const Samples brush = brush_sweep(song.beat_s() * 0.9, random);
    const Samples tap = snare({.tone_hz = 210, .tone = 0.25, .decay_s = 0.1, .bright_hz = 1700}, random);
    for (std::size_t bar = 0; bar < song.bars.size(); ++bar) {
        const Bar& now = song.bars[bar];
        const int next = song.bars[(bar + 1) % song.bars.size()].degree;
        const int root = root_above(song.key, now.degree, 31);
        const int target = root_above(song.key, next, 31);
        // Walking bass: root, two tones of the chord, a half step into the next root.
        const auto tones = chord_near(song.key, now.degree, 4, 40);
        const int walk[] = {root, tones[static_cast<std::size_t>(random.integer(1, 2))],
                            tones[static_cast<std::size_t>(random.integer(0, 3))],
                            target + (random.uniform() < 0.5 ? 1 : -1)};
        for (int beat = 0; beat < 4; ++beat) {
            room.add(
                plucked_string({double(walk[beat]), song.beat_s() * 0.9, random.uniform(0.75, 0.9)}, upright, random),
                song.at(bar, beat) + random.uniform(0, 0.008), 0.85, 0.1);
            room.add(ride, song.at(bar, beat), (beat % 2 == 1 ? 0.3 : 0.22) * sticks, 0.35);
            if (beat % 2 == 1) {
                room.add(ride, song.at(bar, beat + kSwing), 0.18 * sticks, 0.35);
                room.add(foot, song.at(bar, beat), 0.3, -0.2);
            }
            room.add(brush, song.at(bar, beat), brushes, -0.3);
        }
        if (random.uniform() < 0.5)
            room.add(tap, song.at(bar, swung(static_cast<double>(random.integer(1, 7)) * 0.5, kSwing)), 0.25, -0.1);
        // The piano answers in short seventh chords off the beat.
        const auto chord = chord_near(song.key, now.degree, 4, 60);
        const double comps[] = {random.uniform() < 0.5 ? 0.0 : 0.5, random.uniform() < 0.5 ? 1.5 : 2.5};
        for (const double beat : comps) {
            for (const int pitch : chord) {
                room.add(grand_piano({double(pitch), song.beat_s() * 0.5, 0.5 * now.level}, random),
                         song.at(bar, swung(beat, kSwing)), 0.35, -0.35);
            }
        }
    }
    const MelodyShape line = {
        .low = 56, .high = 79, .lengths = {0.5, 0.5, 0.5, 0.5, 1, 1.5}, .rests = 0.22, .leaps = 0.3};
    for (const MelodyNote& note : compose_melody(song, line, random)) {
        const double from = swung(note.beat, kSwing);
        const double to = swung(note.beat + note.beats, kSwing);
        Note played = {double(note.pitch), (to - from) * song.beat_s() * 0.92, note.velocity};
        if (lead != Lead::saxophone) played.pitch += 12;
        const Samples sound = lead == Lead::saxophone    ? saxophone(played, random)
                              : lead == Lead::vibraphone ? vibraphone(played)
                                                         : grand_piano(played, random);
        room.add(sound, song.at(note.bar, from), lead == Lead::piano ? 0.8 : 0.6, 0.05);
    }
    reverb(room, {.seconds = 1.0, .damping_hz = 4500, .mix = 0.16});
    return master(room, 0.1, 1.5, random);
}

StereoSamples dub(Random& random) {
    const Song song = compose_song({.bpm_low = 68,
                                    .bpm_high = 80,
                                    .section_bars = 2,
                                    .modes = {Mode::minor, Mode::minor, Mode::dorian},
                                    .progressions = {{0, 3, 0, 3}, {0, 6, 0, 6}, {0, 0, 3, 4}, {0, 5, 0, 6}}},
                                   random);
    const double end = song.music_s() + 3;
    Bus dry(end);
    Bus thrown(end);
    const Samples boom = kick({.start_hz = 110, .end_hz = 46, .sweep_s = 0.05, .decay_s = 0.34, .click = 0.2}, random);
    const Samples rim = rim_shot(random);
    const Samples hat = cymbal({.decay_s = 0.06, .high_pass_hz = 7500, .metal = 0.3}, random);
    const Samples crack = snare({.tone_hz = 240, .tone = 0.45, .decay_s = 0.18, .bright_hz = 1700}, random);
    const PluckShape muted = {
        .decay_s = 1.2, .brightness = 0.7, .position = 0.2, .damping_after_s = 0.04, .body_hz = 600};
    // One bass riff of two bars: long notes, with room between.
    struct RiffNote {
        double beat;
        double beats;
        int interval;
    };
    std::vector<RiffNote> riff;
    constexpr int kIntervals[] = {0, 0, 7, 12, 10, 3, 5};
    for (double beat = 0; beat < 4;) {
        const double length = random.uniform() < 0.4 ? 1 : 0.5;
        if (random.uniform() < 0.75 || beat == 0)
            riff.push_back({beat, length, beat == 0 ? 0 : kIntervals[random.integer(0, 6)]});
        beat += length;
    }
    for (std::size_t bar = 0; bar < song.bars.size(); ++bar) {
        const Bar& now = song.bars[bar];
        const int root = root_above(song.key, now.degree, 31);
        dry.add(boom, song.at(bar, 2), 1.0);  // one drop: nothing on the one
        dry.add(rim, song.at(bar, 2), 0.6, 0.1);
        if (now.ends_section) thrown.add(crack, song.at(bar, 3.5), 0.7);
        for (int i = 0; i < 8; ++i)
            dry.add(hat, song.at(bar, swung(i * 0.5, 0.58)), i % 2 == 1 ? 0.3 : 0.14, 0.25);
        for (const RiffNote& note : riff) {
            dry.add(sine_bass({double(root + note.interval), note.beats * song.beat_s() * 0.9, 0.95}, 1.8),
                    song.at(bar, note.beat), 0.85);
        }
        const auto chord = chord_near(song.key, now.degree, 3, 62);
        for (int beat = 0; beat < 4; ++beat) {
            for (const int pitch : chord) {
                // Guitar chop and organ bubble, both between the beats.
                const double off = song.at(bar, beat + 0.5);
                dry.add(plucked_string({double(pitch), 0.08, 0.9}, muted, random), off, 0.42, -0.35);
                dry.add(drawbar_organ({double(pitch), 0.12, 0.6 * now.level}, {0.6, 1, 0.5, 0.3, 0.1}), off, 0.35, 0.3);
                if (now.ends_section && beat == 2)
                    thrown.add(drawbar_organ({double(pitch), 0.15, 0.7}, {0.6, 1, 0.5, 0.3, 0.1}), off, 0.5);
            }
        }
    }
    const MelodyShape shape = {.low = 67, .high = 82, .lengths = {0.5, 0.5, 1, 2}, .rests = 0.5};
    for (const MelodyNote& note : compose_melody(song, shape, random)) {
        thrown.add(drawbar_organ({double(note.pitch), note.beats * song.beat_s() * 0.7, 0.6}, {0, 1, 0, 0.5, 0.3}),
                   song.at(note.bar, note.beat), 0.45);
    }
    echo(thrown, {.seconds = song.beat_s() * 0.75, .feedback = 0.62, .mix = 0.8, .low_pass_hz = 2200});
    thrown.high_pass(250);
    dry.add(thrown, 0.6);
    reverb(dry, {.seconds = 2.2, .damping_hz = 3500, .mix = 0.14});
    return master(dry, 0.16, 2.5, random);
}

StereoSamples hip_hop(Random& random) {
    const Song song = compose_song({.bpm_low = 82,
                                    .bpm_high = 95,
                                    .section_bars = 2,
                                    .modes = {Mode::minor, Mode::dorian},
                                    .progressions = {{0, 3, 0, 4}, {1, 4, 0, 5}, {0, 5, 3, 4}, {3, 4, 0, 0}}},
                                   random);
    constexpr double kSwing = 0.57;
    const double end = song.music_s() + 1.5;
    Bus keys(end);
    Bus beat_bus(end);
    const Samples boom =
        kick({.start_hz = 120, .end_hz = 52, .sweep_s = 0.045, .decay_s = 0.32, .click = 0.55}, random);
    const Samples crack = snare({.tone_hz = 175, .tone = 0.35, .decay_s = 0.22, .bright_hz = 1300}, random);
    const Samples hands = clap(random);
    const Samples hat = cymbal({.decay_s = 0.05, .high_pass_hz = 7000, .metal = 0.35}, random);
    const bool second_kick = random.uniform() < 0.5;
    const bool old_piano = random.uniform() < 0.35;
    const double hats = random.uniform(0.5, 1.3);
    const double crackle = 0.03 * std::exp2(random.uniform(0, 2.5));
    for (std::size_t bar = 0; bar < song.bars.size(); ++bar) {
        const Bar& now = song.bars[bar];
        const int root = root_above(song.key, now.degree, 33);
        std::vector<double> kicks = {0, 2.5};
        if (second_kick) kicks.push_back(1.5);
        if (bar % 2 == 1) kicks.push_back(3.5);
        for (const double beat : kicks) {
            beat_bus.add(boom, song.at(bar, swung(beat, kSwing)), 1);
            beat_bus.add(sine_bass({double(root), song.beat_s() * 0.8, 0.9}, 1.5), song.at(bar, swung(beat, kSwing)),
                         0.6);
        }
        for (const double beat : {1.0, 3.0}) {
            beat_bus.add(crack, song.at(bar, beat) + 0.006, 0.9);
            beat_bus.add(hands, song.at(bar, beat) + 0.012, 0.3, 0.1);
        }
        for (int i = 0; i < 8; ++i)
            beat_bus.add(hat, song.at(bar, swung(i * 0.5, kSwing)), random.uniform(0.2, 0.32) * hats, 0.2);
        const auto chord = chord_near(song.key, now.degree, 4, 60);
        for (const double beat : {0.0, 2.5}) {
            double strum = song.at(bar, swung(beat, kSwing));
            for (const int pitch : chord) {
                const Note note = {double(pitch), song.beat_s() * (beat == 0 ? 2.2 : 1.2), 0.75 * now.level};
                keys.add(old_piano ? grand_piano(note, random) : electric_piano(note), strum += 0.01,
                         old_piano ? 0.6 : 0.4, -0.15);
            }
        }
    }
    for (const MelodyNote& note :
         compose_melody(song, {.low = 69, .high = 84, .lengths = {0.5, 0.5, 1}, .rests = 0.45}, random)) {
        keys.add(vibraphone({double(note.pitch), note.beats * song.beat_s(), note.velocity}),
                 song.at(note.bar, swung(note.beat, kSwing)), 0.4, 0.3);
    }
    // The keys sound like a worn record: no treble, slightly wavering.
    keys.low_pass(random.uniform(1500, 4500));
    chorus(keys, 0.6, 0.003, 0.5);
    beat_bus.add(keys, 0.75);
    beat_bus.add(vinyl_crackle(end, random), 0, crackle);
    for (Samples* channel : {&beat_bus.samples().left, &beat_bus.samples().right}) {
        scale(*channel, 0.5);
        overdrive(*channel, 1.3);
        low_pass(*channel, 9000);
    }
    reverb(beat_bus, {.seconds = 0.6, .damping_hz = 4000, .mix = 0.06});
    return master(beat_bus, 0.17, 1.5, random);
}

}  // namespace audiomuse::demo
