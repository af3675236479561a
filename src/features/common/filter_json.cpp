// The fields of a ListFilter from JSON.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "audiomuse/base/error.h"
#include "audiomuse/features/common/list_filter.h"

namespace audiomuse::features {

namespace {

namespace json = boost::json;

/// A value as set_field reads it.
std::string text_of(std::string_view name, const json::value& value) {
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_bool()) return value.get_bool() ? "true" : "false";
    if (value.is_int64()) return fmt::format("{}", value.get_int64());
    if (value.is_uint64()) return fmt::format("{}", value.get_uint64());
    if (value.is_double()) return fmt::format("{}", value.get_double());
    if (value.is_null()) return "";
    if (!value.is_array()) {
        throw Error(ErrorCode::invalid_argument, fmt::format("'{}' of the filter must not be an object.", name));
    }
    std::string names;
    for (const json::value& part : value.get_array()) {
        for (const char c : text_of(name, part)) {
            if (c == ',') names += '\\';
            names += c;
        }
        names += ',';
    }
    return names;
}

}  // namespace

void set_fields(store::Store& store, ListFilter& filter, std::string_view text) {
    boost::system::error_code error;
    const json::value given = json::parse(text, error);
    if (!error && given.is_null()) return;
    if (error || !given.is_object()) throw Error(ErrorCode::invalid_argument, "'filter' must be an object.");
    for (const auto& [name, value] : given.get_object())
        set_field(store, filter, name, text_of(name, value));
}

}  // namespace audiomuse::features
