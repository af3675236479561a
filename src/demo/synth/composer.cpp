#include "synth/composer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace audiomuse::demo {

namespace {

constexpr std::array<int, 7> kMajor = {0, 2, 4, 5, 7, 9, 11};
constexpr std::array<int, 7> kMinor = {0, 2, 3, 5, 7, 8, 10};
constexpr std::array<int, 7> kDorian = {0, 2, 3, 5, 7, 9, 10};
constexpr std::array<int, 7> kMixolydian = {0, 2, 4, 5, 7, 9, 10};
constexpr std::array<int, 5> kPentatonicMinor = {0, 3, 5, 7, 10};

std::span<const int> scale_of(Mode mode) {
    switch (mode) {
        case Mode::major:
            return kMajor;
        case Mode::minor:
            return kMinor;
        case Mode::dorian:
            return kDorian;
        case Mode::mixolydian:
            return kMixolydian;
        case Mode::pentatonic_minor:
            return kPentatonicMinor;
    }
    return kMajor;
}

// Chords need seven degrees; the pentatonic scale borrows those of natural minor.
Key with_seven_degrees(Key key) {
    if (key.mode == Mode::pentatonic_minor) key.mode = Mode::minor;
    return key;
}

template <class T>
const T& pick(const std::vector<T>& from, Random& random) {
    return from[static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(from.size()) - 1))];
}

Part part_of(int section, int sections) {
    constexpr std::array<Part, 6> kMiddle = {Part::verse,  Part::chorus, Part::verse,
                                             Part::bridge, Part::chorus, Part::chorus};
    if (section == 0) return sections > 3 ? Part::intro : Part::verse;
    if (section == sections - 1) return sections > 3 ? Part::outro : Part::chorus;
    return kMiddle[static_cast<std::size_t>(section - 1) % kMiddle.size()];
}

double level_of(Part part) {
    switch (part) {
        case Part::intro:
            return 0.7;
        case Part::verse:
            return 0.85;
        case Part::chorus:
            return 1;
        case Part::bridge:
            return 0.75;
        case Part::outro:
            return 0.8;
    }
    return 1;
}

struct MotifNote {
    double beat;  // from the begin of two bars
    double beats;
    int step;  // in scale degrees from the note before
    bool rest;
};

std::vector<MotifNote> compose_motif(int beats, const MelodyShape& shape, Random& random) {
    std::vector<MotifNote> motif;
    for (double at = 0; at < beats;) {
        const double length = std::min(pick(shape.lengths, random), beats - at);
        int step = static_cast<int>(random.integer(-1, 1));
        if (random.uniform() < shape.leaps) step = static_cast<int>(random.integer(-4, 4));
        motif.push_back({at, length, step, at > 0 && random.uniform() < shape.rests});
        at += length;
    }
    return motif;
}

bool is_chord_tone(int degree, int chord, int degrees) {
    const int above = ((degree - chord) % degrees + degrees) % degrees;
    return above == 0 || above == 2 || above == 4;
}

}  // namespace

int scale_pitch(const Key& key, int degree, int octave) {
    const auto scale = scale_of(key.mode);
    const int count = static_cast<int>(scale.size());
    const int wraps = degree >= 0 ? degree / count : -((-degree + count - 1) / count);
    return octave * 12 + key.tonic + wraps * 12 + scale[static_cast<std::size_t>(degree - wraps * count)];
}

std::vector<int> chord_near(const Key& key, int degree, int tones, int around) {
    std::vector<int> pitches;
    for (int i = 0; i < tones; ++i) {
        int pitch = scale_pitch(with_seven_degrees(key), degree + 2 * i, 5);
        while (pitch > around + 6)
            pitch -= 12;
        while (pitch <= around - 6)
            pitch += 12;
        pitches.push_back(pitch);
    }
    std::ranges::sort(pitches);
    return pitches;
}

int root_above(const Key& key, int degree, int low) {
    int pitch = scale_pitch(with_seven_degrees(key), degree, 0);
    while (pitch < low)
        pitch += 12;
    while (pitch >= low + 12)
        pitch -= 12;
    return pitch;
}

Song compose_song(const SongShape& shape, Random& random) {
    Song song;
    song.bpm = std::round(random.uniform(shape.bpm_low, shape.bpm_high) * 2) / 2;
    song.beats_per_bar = shape.beats_per_bar;
    song.key = {static_cast<int>(random.integer(0, 11)), pick(shape.modes, random)};
    const auto& verse = pick(shape.progressions, random);
    const auto& chorus = pick(shape.progressions, random);
    const double wanted_s = random.uniform(21, 35);
    const int sections = std::max(2, static_cast<int>(std::lround(wanted_s / (song.bar_s() * shape.section_bars))));
    for (int section = 0; section < sections; ++section) {
        const Part part = part_of(section, sections);
        const auto& degrees = part == Part::chorus || part == Part::bridge ? chorus : verse;
        for (int bar = 0; bar < shape.section_bars; ++bar) {
            // Sections shorter than a progression go on where the one before stopped.
            const auto place = static_cast<std::size_t>(section * shape.section_bars + bar) % degrees.size();
            song.bars.push_back({degrees[place], part, level_of(part), bar == shape.section_bars - 1});
        }
    }
    return song;
}

std::vector<MelodyNote> compose_melody(const Song& song, const MelodyShape& shape, Random& random) {
    const int beats = 2 * song.beats_per_bar;
    std::array<std::vector<MotifNote>, 5> motifs;
    for (auto& motif : motifs)
        motif = compose_motif(beats, shape, random);
    const int degrees = static_cast<int>(scale_of(song.key.mode).size());
    const bool seven = degrees == 7;

    std::vector<MelodyNote> melody;
    int degree = degrees;  // the tonic, an octave up, so that there is room below
    const int octave = (shape.low + shape.high) / 24 - 1;
    for (std::size_t first = 0; first < song.bars.size(); first += 2) {
        for (const MotifNote& note : motifs[static_cast<std::size_t>(song.bars[first].part)]) {
            const auto bar = first + static_cast<std::size_t>(note.beat / song.beats_per_bar);
            if (bar >= song.bars.size()) break;
            if (song.bars[bar].part == Part::intro && !shape.in_intro) continue;
            degree += note.step;
            const double beat = note.beat - static_cast<double>(bar - first) * song.beats_per_bar;
            const bool strong = beat == std::floor(beat) && static_cast<int>(beat) % 2 == 0;
            for (int tries = 0; seven && strong && tries < 3 && !is_chord_tone(degree, song.bars[bar].degree, degrees);
                 ++tries) {
                degree += note.step < 0 ? -1 : 1;
            }
            int pitch = scale_pitch(song.key, degree, octave);
            while (pitch > shape.high)
                pitch = scale_pitch(song.key, degree -= degrees, octave);
            while (pitch < shape.low)
                pitch = scale_pitch(song.key, degree += degrees, octave);
            if (note.rest) continue;
            const double accent = strong ? 0.85 : 0.7;
            melody.push_back({bar, beat, note.beats, pitch, accent + random.uniform(-0.06, 0.1)});
        }
    }
    return melody;
}

}  // namespace audiomuse::demo
