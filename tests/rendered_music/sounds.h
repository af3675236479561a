// Sounds of the rendered pieces: one additive voice with many timbres, and drums; mono at 16 kHz, peaks about 1.
#pragma once

#include <vector>

#include "audiomuse/base/random.h"

namespace audiomuse::rendered {

inline constexpr int kRate = 16000;
using Samples = std::vector<float>;

/// What a tone is made of: at most 16 partials, each a decaying sine.
struct Timbre {
    double rolloff = 1;        ///< partial n has level n^-rolloff
    double even = 1;           ///< level of the even partials against the odd ones
    double attack_s = 0.005;   ///< linear
    double release_s = 0.08;   ///< linear, after the note's length
    double decay_s = 0;        ///< of the first partial, to 1/e; higher ones fade faster; 0: sustained
    double stretch = 0;        ///< inharmonicity B: partial n lies at n sqrt(1 + B n^2)
    double vibrato_cents = 0;  ///< at 5.5 Hz
    double breath = 0;         ///< level of noise during the attack and after
};
enum class Instrument { piano, electric_piano, guitar, harp, organ, strings, flute, reed, brass, synth };
/// The instrument as this piece's player has it: some of its numbers are drawn.
Timbre timbre_of(Instrument instrument, Random& random);

Samples tone(const Timbre& timbre, double hz, double seconds, Random& random);

enum class Drum { kick, snare, clap, hat, open_hat, ride, shaker, brush, rim, tom };
inline constexpr int kDrums = 10;
Samples stroke(Drum drum, Random& random);

/// A short room: four damped combs in parallel (Schroeder), added at `level`.
void add_room(Samples& samples, double seconds, double level);
/// One pole at `hz`.
void low_pass(Samples& samples, double hz);

}  // namespace audiomuse::rendered
