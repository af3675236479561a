// Drums: one stroke each as mono samples, peaks about 1. Render a stroke once and place it often.
#pragma once

#include "synth/dsp.h"

namespace audiomuse::demo {

struct KickShape {
    double start_hz = 160;
    double end_hz = 50;
    double sweep_s = 0.05;
    double decay_s = 0.35;
    double click = 0.3;
};
Samples kick(const KickShape& shape, Random& random);

struct SnareShape {
    double tone_hz = 190;
    double tone = 0.5;  ///< level of the skin against the wires
    double decay_s = 0.2;
    double bright_hz = 1800;  ///< wires are heard above
};
Samples snare(const SnareShape& shape, Random& random);

/// Noise through square waves of inharmonic ratios, as analogue drum machines do.
struct CymbalShape {
    double decay_s = 0.06;
    double high_pass_hz = 7000;
    double metal = 0.5;  ///< metallic partials against noise
};
Samples cymbal(const CymbalShape& shape, Random& random);

Samples clap(Random& random);
Samples rim_shot(Random& random);
Samples tom(double hz, double decay_s, Random& random);
/// A brush drawn over the snare for `seconds`.
Samples brush_sweep(double seconds, Random& random);
/// Noise of a shift register at `rate_hz`, as early sound chips made it.
Samples chip_noise(double rate_hz, double decay_s, Random& random);
/// Dust and surface noise of a record.
Samples vinyl_crackle(double seconds, Random& random);

}  // namespace audiomuse::demo
