// The styles of the demo library. Each renders one piece from the numbers it draws and nothing else.
#pragma once

#include <span>
#include <string_view>

#include "synth/mix.h"

namespace audiomuse::demo {

// acoustic.cpp
StereoSamples piano_ballad(Random& random);
StereoSamples folk(Random& random);
StereoSamples string_waltz(Random& random);
StereoSamples choral(Random& random);
// electronic.cpp
StereoSamples techno(Random& random);
StereoSamples ambient(Random& random);
StereoSamples chiptune(Random& random);
StereoSamples drum_and_bass(Random& random);
// band.cpp
StereoSamples rock(Random& random);
StereoSamples jazz(Random& random);
StereoSamples dub(Random& random);
StereoSamples hip_hop(Random& random);

struct Style {
    std::string_view genre;  ///< as the genre tag says it
    StereoSamples (*render)(Random& random);
};
std::span<const Style> styles();

}  // namespace audiomuse::demo
