#include "audiomuse/settings/hours.h"

#include <fmt/format.h>

#include <charconv>

#include "audiomuse/base/text.h"

namespace audiomuse::settings {

namespace {

std::optional<int> parse_hour(std::string_view text, int last) {
    const std::string_view trimmed = trim(text);
    int hour = 0;
    const auto [end, error] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), hour);
    if (error != std::errc() || end != trimmed.data() + trimmed.size() || hour < 0 || hour > last) return std::nullopt;
    return hour;
}

}  // namespace

std::optional<HoursOfDay> parse_hours(std::string_view text) {
    if (trim(text).empty()) return HoursOfDay{};
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const std::optional<int> from = parse_hour(text.substr(0, dash), 23);
    const std::optional<int> to = parse_hour(text.substr(dash + 1), 24);
    if (!from || !to || *from == *to) return std::nullopt;
    // "22-24" and "22-0" are the same stretch; only "0-24" needs the 24.
    return HoursOfDay{*from, *to == 24 && *from > 0 ? 0 : *to};
}

std::string to_text(const HoursOfDay& hours) {
    return hours.always() ? "" : fmt::format("{}-{}", hours.from, hours.to);
}

}  // namespace audiomuse::settings
