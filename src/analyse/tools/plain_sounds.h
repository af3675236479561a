// Sounds plainer than any music, for fitting: sustained chords, little songs, clicks, noises, tones. 16 kHz mono.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace audiomuse::analyse {

/// 9.3 s of sound `index`; ten in a row are three of chords, three songs, two or three of clicks, and noises and tones.
std::vector<float> plain_sound(std::size_t index, std::uint64_t seed);

}  // namespace audiomuse::analyse
