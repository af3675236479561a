// How numbers and lists are kept in columns.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/base/text.h"

namespace audiomuse::store::sql {

static_assert(std::endian::native == std::endian::little, "vectors are kept as little-endian floats");

inline std::span<const std::byte> float_bytes(std::span<const float> values) {
    return std::as_bytes(values);
}

/// Whole floats only; a torn tail is left out.
inline std::vector<float> floats(std::span<const std::byte> bytes) {
    std::vector<float> values(bytes.size() / sizeof(float));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
    return values;
}

template <std::size_t N>
void read_floats(std::span<const std::byte> bytes, std::array<float, N>& out) {
    std::memcpy(out.data(), bytes.data(), std::min(bytes.size(), sizeof out));
}

/// Engines disagree about NaN and infinity in number columns: they are kept as 0.
inline double finite(double value) {
    return std::isfinite(value) ? value : 0.0;
}

/// Lists are kept as one text, the parts parted by U+001F (unit separator), which to_valid_utf8 text may hold but music
/// tags do not use: there it becomes a blank.
inline constexpr char kListSeparator = '\x1f';

inline std::string pack(const std::vector<std::string>& parts) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        std::string part = to_valid_utf8(parts[i]);
        std::ranges::replace(part, kListSeparator, ' ');
        if (i > 0) text += kListSeparator;
        text += part;
    }
    return text;
}

inline std::vector<std::string> unpack(const std::string& text) {
    return text.empty() ? std::vector<std::string>() : split(text, kListSeparator);
}

}  // namespace audiomuse::store::sql
