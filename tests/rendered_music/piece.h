// Short pieces of music whose tempo and key are known because they were composed: ground truth for tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "audiomuse/base/analysis.h"
#include "sounds.h"

namespace audiomuse::rendered {

enum class Drumming { none, soft, full };

struct Piece {
    double bpm = 120;  ///< mean over the piece; the beat is the one the groove is written in
    int beats_per_bar = 4;
    bool swing = false;  ///< eighths are long and short, or the beat has three parts
    Drumming drumming = Drumming::none;
    int tonic = 0;
    Scale scale = Scale::major;
    std::string groove;       ///< its name, for messages
    std::string progression;  ///< of chords, in Roman numerals
    Samples samples;          ///< mono, 16 kHz, 22 to 28 s
};

/// Piece `index` of a collection: its key is index modulo 24, all else is drawn from `seed` and `index`. Pure.
/// Grooves, accompaniments, progressions (major, minor, blues, modal), instruments, melodies, timing, dynamics, tuning,
/// rooms and noise vary; a groove is only drawn at tempi at which musicians count it that way.
Piece render_piece(std::uint64_t seed, std::size_t index);

}  // namespace audiomuse::rendered
