// What the rendered pieces are composed of: chords by their names, progressions, and grooves on a grid.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audiomuse/base/analysis.h"
#include "piece.h"
#include "sounds.h"

namespace audiomuse::rendered {

struct Chord {
    int root = 0;                ///< semitones above the tonic
    std::vector<int> intervals;  ///< above the root, root first

    /// MIDI pitches in the octave and a half around `around`, ascending.
    std::vector<int> voiced(int tonic, int around) const;
    /// Whether a melody may sound `semitones` above the tonic over this chord: a chord tone when `strong`, else also
    /// the tones of the scale that don't rub against a chord tone.
    bool allows(int semitones, bool strong, Scale scale) const;
};
/// Roman numerals as in "ii7", "bVII", "viio"; upper case is major. Throws std::out_of_range for others.
Chord chord_named(const std::string& name);
/// Progressions in a key of this scale, one chord per bar unless played faster or slower.
std::span<const std::string_view> progressions(Scale scale);

enum class Feel { straight, swing, triplet };
enum class Accompaniment { pad, chords, arpeggio, oom_pah };

/// Patterns span one bar in equal steps, a digit is a stroke's strength.
struct Groove {
    std::string name;
    int beats = 4;
    double bpm_low = 60;
    double bpm_high = 140;
    Feel feel = Feel::straight;
    Drumming drumming = Drumming::none;
    Accompaniment accompaniment = Accompaniment::chords;
    std::string_view rhythm;  ///< of the accompaniment
    std::string_view bass;
    bool walking = false;
    std::vector<std::pair<Drum, std::string_view>> drums;
};
std::span<const Groove> grooves();

/// Lengths in beats from which a melody's notes are drawn: slow pieces divide their beats further.
std::vector<double> melody_lengths(double bpm, bool triplets);

}  // namespace audiomuse::rendered
