// JSON in and out.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "response.h"

namespace audiomuse::api {

namespace json = boost::json;

/// Parses a whole text. Throws Error(invalid_argument) for anything that is not JSON, nested deeper than 32, or not
/// UTF-8.
json::value parse_json(std::string_view text);
/// A stored JSON object; {} when the text is something else.
json::object parse_stored_object(std::string_view text);
/// The text under a name; empty where it is missing or something else.
std::string_view text_field(const json::object& object, std::string_view name);

/// Compact text. Numbers are the shortest that read back the same, never NaN (null instead); strings are valid UTF-8.
std::string to_text(const json::value& value);

/// `value` as the double with the shortest decimal text that still names this float: 0.1f gives 0.1.
double shortest(float value);
/// `value` rounded to `digits` decimals, for numbers that people look at.
double rounded(double value, int digits);

Response json_response(int status, const json::value& value);

}  // namespace audiomuse::api
