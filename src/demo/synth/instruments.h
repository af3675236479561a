// Instruments: each renders one note to mono samples, peaks about 1 at full velocity.
#pragma once

#include <array>

#include "synth/dsp.h"

namespace audiomuse::demo {

struct Note {
    double pitch = 60;     ///< MIDI, fractions allowed
    double seconds = 0.5;  ///< until the key is let go; the sound may ring longer
    double velocity = 0.8;
};

// Struck and plucked
Samples grand_piano(const Note& note, Random& random);
Samples electric_piano(const Note& note);
Samples vibraphone(const Note& note);
Samples music_bell(const Note& note);

/// A string after Karplus and Strong (1983), tuned by an all-pass as by Jaffe and Smith.
struct PluckShape {
    double decay_s = 3;             ///< of a string at middle C; higher strings fade faster
    double brightness = 0.6;        ///< 0..1, of the pick
    double position = 0.2;          ///< where it is picked, as a fraction of its length
    double damping_after_s = 0.08;  ///< how fast the sound ends when let go
    double body_hz = 0;             ///< a resonance of the body, 0: none
};
Samples plucked_string(const Note& note, const PluckShape& shape, Random& random);

// Bowed, blown, sung
struct BowShape {
    int players = 4;
    double attack_s = 0.12;
    double bright_hz = 3200;
    double vibrato = 0.25;  ///< in semitones
};
Samples bowed_strings(const Note& note, const BowShape& shape, Random& random);
Samples saxophone(const Note& note, Random& random);
/// Vowels by their first three formants and levels (Peterson and Barney, 1952, rounded).
struct Vowel {
    std::array<double, 3> hz;
    std::array<double, 3> level;
};
inline constexpr Vowel kVowelA = {{730, 1090, 2440}, {1.0, 0.5, 0.12}};
inline constexpr Vowel kVowelO = {{570, 840, 2410}, {1.0, 0.45, 0.06}};
inline constexpr Vowel kVowelU = {{320, 870, 2240}, {1.0, 0.25, 0.04}};
Samples choir(const Note& note, const Vowel& vowel, int singers, Random& random);

// Electronic
Samples soft_pad(const Note& note, double attack_s, double release_s, double bright_hz, Random& random);
Samples chip_pulse(const Note& note, double duty, double vibrato);
/// Pitches follow each other so fast that they sound as one chord.
Samples chip_arpeggio(const std::vector<int>& pitches, double seconds, double velocity, double duty);
Samples chip_triangle(const Note& note);
struct AcidShape {
    double cutoff_hz = 400;
    double sweep_octaves = 3;
    double resonance = 6;
    double decay_s = 0.18;
};
Samples acid_bass(const Note& note, const AcidShape& shape);
Samples reese_bass(const Note& note, double wobble_hz, double bright_hz, Random& random);
Samples sine_bass(const Note& note, double drive);
Samples saw_stab(const std::vector<int>& pitches, double seconds, double bright_hz, Random& random);
Samples drawbar_organ(const Note& note, const std::array<double, 5>& drawbars);

}  // namespace audiomuse::demo
