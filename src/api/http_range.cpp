#include "http_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "audiomuse/base/text.h"

namespace audiomuse::api {
namespace {

/// Digits only; nothing for an empty text or a number that does not fit.
std::optional<std::uint64_t> parse_position(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

ByteRange parse_range(std::string_view header, std::uint64_t size) {
    constexpr std::string_view kUnit = "bytes=";
    if (!header.starts_with(kUnit) || header.find(',') != std::string_view::npos) return {};
    const std::string_view range = trim(header.substr(kUnit.size()));
    const std::size_t dash = range.find('-');
    if (dash == std::string_view::npos) return {};
    const auto first = parse_position(range.substr(0, dash));
    const auto last = parse_position(range.substr(dash + 1));
    if (dash == 0) {  // "-500": the last 500
        if (!last) return {};
        if (*last == 0 || size == 0) return {ByteRange::Kind::unsatisfiable};
        const std::uint64_t length = std::min(*last, size);
        return {ByteRange::Kind::part, size - length, length};
    }
    if (!first || (dash + 1 < range.size() && (!last || *last < *first))) return {};
    if (*first >= size) return {ByteRange::Kind::unsatisfiable};
    return {ByteRange::Kind::part, *first, std::min(last.value_or(size - 1), size - 1) - *first + 1};
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
    for (const std::string& item : split(if_none_match, ',')) {
        std::string_view tag = trim(item);
        if (tag == "*") return true;
        if (tag.starts_with("W/")) tag.remove_prefix(2);
        if (!tag.empty() && tag == etag) return true;
    }
    return false;
}

std::string make_etag(std::uint64_t bits) {
    return fmt::format("\"{:016x}\"", bits);
}

std::uint64_t hash64(std::string_view bytes) {
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : bytes)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    return hash;
}

}  // namespace audiomuse::api
