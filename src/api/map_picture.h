// The map as the page reads it: columns of numbers, a few bytes a track.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "json.h"

namespace audiomuse::api {

/// A track of the map with what it can be coloured by.
struct MapPoint {
    std::uint32_t number = 0;  ///< the track's own; rising from point to point
    float x = 0;               ///< -1..1, a little more for tracks that were placed later
    float y = 0;
    std::uint32_t artist = 0;  ///< place in the names
    std::uint16_t year = 0;    ///< 0: not known
    std::uint8_t style = kUnknown;
    std::uint8_t key = kUnknown;  ///< 0..11 C to B major, 12..23 minor
    std::uint8_t tempo = 0;       ///< beats a minute; 0: none
    std::uint8_t energy = 0;      ///< 0..255
    std::uint8_t mood = kUnknown;

    static constexpr std::uint8_t kUnknown = 255;
};

/// Coordinates are sent as 0..65535 for -kMapReach..kMapReach; what lies beyond is moved to the edge.
inline constexpr float kMapReach = 1.2F;

/// Little-endian, every column begun at a multiple of four bytes:
///
///     4  "AMMP"
///     4  1, the version of this form
///     4  number of points n
///     4  number of artists
///     4  bytes of `about`, a JSON object with the names of styles and moods
///     4  bytes of the artists' names, each ended by a zero
///        about; the names
///    4n  track numbers, each as the difference to the one before
///    2n  x    2n  y    4n  artist    2n  year    n  style    n  key    n  tempo    n  energy    n  mood
///
/// A track takes 19 bytes, and about half of that compressed.
std::string map_picture(std::span<const MapPoint> points, const std::vector<std::string>& artists,
                        const json::object& about);

}  // namespace audiomuse::api
