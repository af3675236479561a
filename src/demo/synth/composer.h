// What is played: keys, chords, sections and melodies, before any sound.
#pragma once

#include <vector>

#include "audiomuse/base/random.h"

namespace audiomuse::demo {

enum class Mode { major, minor, dorian, mixolydian, pentatonic_minor };

struct Key {
    int tonic = 0;  ///< pitch class, 0 is C
    Mode mode = Mode::major;
};

/// MIDI pitch of a scale degree (0 is the tonic, any integer) in the octave that begins at `octave` * 12.
int scale_pitch(const Key& key, int degree, int octave);
/// `tones` stacked thirds on `degree`, in the close position nearest to the MIDI pitch `around`, ascending.
std::vector<int> chord_near(const Key& key, int degree, int tones, int around);
/// The chord's root at or above MIDI pitch `low`.
int root_above(const Key& key, int degree, int low);

enum class Part { intro, verse, chorus, bridge, outro };

struct Bar {
    int degree = 0;  ///< of the chord
    Part part = Part::verse;
    double level = 1;  ///< how full the section sounds, 0..1
    bool ends_section = false;
};

/// What songs of a style have in common.
struct SongShape {
    double bpm_low = 100;
    double bpm_high = 120;
    int beats_per_bar = 4;
    int section_bars = 4;
    std::vector<Mode> modes = {Mode::major};
    std::vector<std::vector<int>> progressions;  ///< degrees, one per bar
};

struct Song {
    double bpm = 120;
    int beats_per_bar = 4;
    Key key;
    std::vector<Bar> bars;

    double beat_s() const { return 60 / bpm; }
    double bar_s() const { return beat_s() * beats_per_bar; }
    double bar_at(std::size_t bar) const { return bar_s() * static_cast<double>(bar); }
    /// Seconds of `beat` (from 0) of a bar.
    double at(std::size_t bar, double beat) const { return bar_at(bar) + beat * beat_s(); }
    double music_s() const { return bar_at(bars.size()); }
};

/// A song of about 20 to 37 seconds: tempo, key and progressions drawn, verses and choruses laid out.
Song compose_song(const SongShape& shape, Random& random);

struct MelodyNote {
    std::size_t bar = 0;
    double beat = 0;   ///< within the bar
    double beats = 1;  ///< length
    int pitch = 60;
    double velocity = 0.8;
};
struct MelodyShape {
    int low = 60;
    int high = 79;
    std::vector<double> lengths = {0.5, 0.5, 1, 1, 2};  ///< in beats, drawn at random
    double rests = 0.15;                                ///< share of notes left out
    double leaps = 0.2;                                 ///< share of steps larger than a second
    bool in_intro = false;
};
/// One motif of two bars per part of the song, repeated with its contour and fitted to each bar's chord: strong beats
/// fall on chord tones. In order of time.
std::vector<MelodyNote> compose_melody(const Song& song, const MelodyShape& shape, Random& random);

}  // namespace audiomuse::demo
