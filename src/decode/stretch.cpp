#include "audiomuse/decode/stretch.h"

#include <fmt/format.h>

#include <algorithm>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"

namespace audiomuse::decode {

Stretch parse_stretch(std::string_view name) {
    if (name == "first") return Stretch::first;
    if (name == "whole") return Stretch::whole;
    if (name == "spread") return Stretch::spread;
    throw Error(ErrorCode::invalid_argument,
                fmt::format("Unknown stretch '{}': choose first, whole or spread.", to_valid_utf8(name)));
}

std::vector<Window> spread_windows(double duration, double seconds) {
    constexpr double kShortestWindow = 10;
    if (seconds <= 0 || duration <= seconds) return {};
    const int count = static_cast<int>(std::clamp(seconds / kShortestWindow, 2.0, 10.0));
    const double length = seconds / count;
    const double step = (duration - length) / (count - 1);
    std::vector<Window> windows;
    for (int i = 0; i < count; ++i)
        windows.push_back({i * step, length});
    return windows;
}

}  // namespace audiomuse::decode
