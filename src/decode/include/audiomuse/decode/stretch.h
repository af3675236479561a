// Which part of a long file is listened to.
#pragma once

#include <string_view>
#include <vector>

namespace audiomuse::decode {

enum class Stretch {
    first,   ///< so many seconds from the start, as AudioMuse-AI does
    whole,   ///< all of it
    spread,  ///< as many seconds, in windows spread evenly over the whole length
};

/// "first", "whole" or "spread"; throws Error(invalid_argument) for anything else.
Stretch parse_stretch(std::string_view name);

/// A part of a file, in seconds.
struct Window {
    double start = 0;
    double length = 0;
    bool operator==(const Window&) const = default;
};

/// Windows of `seconds` in all, evenly over a file of `duration` seconds, the first at its start and the last at its
/// end: ten of them, or fewer of at least 10 s each, but two. Empty when the file is no longer than that and can be
/// taken whole, and when one of the two is not known (0).
std::vector<Window> spread_windows(double duration, double seconds);

}  // namespace audiomuse::decode
