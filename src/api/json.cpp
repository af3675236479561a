#include "json.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"

namespace audiomuse::api {
namespace {

constexpr std::size_t kMaxDepth = 32;

void write_string(std::string_view text, std::string& out) {
    const bool plain =
        std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c != '"' && c != '\\' && c != 127; });
    if (plain) {
        out += '"';
        out += text;
        out += '"';
    } else {
        out += json::serialize(json::string_view(to_valid_utf8(text)));
    }
}

template <class Number>
void write_number(Number number, std::string& out) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, number).ptr;
    out.append(text, end);
}

void write(const json::value& value, std::string& out) {
    switch (value.kind()) {
        case json::kind::null:
            out += "null";
            break;
        case json::kind::bool_:
            out += value.get_bool() ? "true" : "false";
            break;
        case json::kind::int64:
            write_number(value.get_int64(), out);
            break;
        case json::kind::uint64:
            write_number(value.get_uint64(), out);
            break;
        case json::kind::double_:
            if (std::isfinite(value.get_double())) {
                write_number(value.get_double(), out);
            } else {
                out += "null";
            }
            break;
        case json::kind::string:
            write_string(value.get_string(), out);
            break;
        case json::kind::array: {
            char separator = '[';
            for (const json::value& item : value.get_array()) {
                out += separator;
                write(item, out);
                separator = ',';
            }
            out += separator == '[' ? "[]" : "]";
            break;
        }
        case json::kind::object: {
            char separator = '{';
            for (const auto& [key, item] : value.get_object()) {
                out += separator;
                write_string(key, out);
                out += ':';
                write(item, out);
                separator = ',';
            }
            out += separator == '{' ? "{}" : "}";
            break;
        }
    }
}

/// Of a list, or of the list that an object holds under one of the usual names.
std::size_t item_count(const json::value& value) {
    if (const json::array* list = value.if_array()) return list->size();
    const json::object* object = value.if_object();
    for (const std::string_view name : {"tracks", "path", "results"}) {
        const json::value* list = object ? object->if_contains(name) : nullptr;
        if (list && list->is_array()) return list->get_array().size();
    }
    return 0;
}

}  // namespace

json::value parse_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = kMaxDepth;
    boost::system::error_code error;
    json::value value = json::parse(text, error, {}, options);
    if (error) throw Error(ErrorCode::invalid_argument, "The body is not valid JSON: " + error.message() + ".");
    return value;
}

json::object parse_stored_object(std::string_view text) {
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    return !error && value.is_object() ? std::move(value.get_object()) : json::object();
}

std::string_view text_field(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

std::string to_text(const json::value& value) {
    std::string out;
    write(value, out);
    return out;
}

double shortest(float value) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    double number = value;
    std::from_chars(text, end, number);
    return number;
}

double rounded(double value, int digits) {
    const double scale = std::pow(10.0, digits);
    return std::round(value * scale) / scale;
}

Response json_response(int status, const json::value& value) {
    Response response;
    response.items = item_count(value);
    response.status = status;
    response.headers = {{"Content-Type", "application/json"}};
    response.body = to_text(value) + "\n";
    return response;
}

}  // namespace audiomuse::api
