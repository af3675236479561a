// Reading answers of servers that write a number as text, an array of one as its element, and leave out what is empty.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace audiomuse::library {

/// The member at `path` ("a.b.c"); null where any part of it is missing or of another kind.
const boost::json::value& member(const boost::json::value& value, std::string_view path);

/// A text, or a number in its decimal digits; else "". Valid UTF-8.
std::string text_at(const boost::json::value& value, std::string_view path);
/// A number, a text of one, or true as 1; else nothing.
std::optional<std::int64_t> integer_at(const boost::json::value& value, std::string_view path);
std::optional<double> number_at(const boost::json::value& value, std::string_view path);
bool flag_at(const boost::json::value& value, std::string_view path);

/// Calls `body` for each element of the array at `path`; an object there counts as an array of it, nothing as an empty
/// one. Returns how many there were.
std::size_t each_at(const boost::json::value& value, std::string_view path,
                    const std::function<void(const boost::json::value&)>& body);

/// Unix seconds of "2026-11-20T19:04:11.1234567Z": a fraction of any length, then nothing (as Z), Z or +hh:mm. Nothing
/// for any other text.
std::optional<double> parse_time(std::string_view text);

}  // namespace audiomuse::library
