#include "route.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "errors.h"

namespace audiomuse::api {
namespace {

bool same_word(std::string_view a, std::string_view b) {
    return fold(a) == fold(b);
}

/// Whole text as a finite number.
std::optional<double> parse_number(std::string_view text) {
    text = trim(text);
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    text = trim(text);
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

void check_limits(const Param& param, double value) {
    if ((param.minimum && value < *param.minimum) || (param.maximum && value > *param.maximum)) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("'{}' must be between {} and {}, not {}.", param.name,
                                param.minimum.value_or(-std::numeric_limits<double>::infinity()),
                                param.maximum.value_or(std::numeric_limits<double>::infinity()), value));
    }
}

[[noreturn]] void wrong_type(const Param& param, const json::value& value, std::string_view wanted) {
    std::string shown = to_valid_utf8(to_text(value).substr(0, 60));
    throw Error(ErrorCode::invalid_argument, fmt::format("'{}' must be {}, not {}.", param.name, wanted, shown));
}

json::value checked_integer(const Param& param, const json::value& value) {
    std::optional<std::int64_t> number;
    if (value.is_int64()) {
        number = value.get_int64();
    } else if (value.is_double() && std::abs(value.get_double()) < 9e15 &&
               value.get_double() == std::floor(value.get_double())) {
        number = static_cast<std::int64_t>(value.get_double());
    } else if (value.is_string()) {
        number = parse_integer(value.get_string());
    }
    if (!number) wrong_type(param, value, "a whole number");
    check_limits(param, static_cast<double>(*number));
    return *number;
}

json::value checked_number(const Param& param, const json::value& value) {
    std::optional<double> number;
    if (value.is_number()) {
        number = value.to_number<double>();
    } else if (value.is_string()) {
        number = parse_number(value.get_string());
    }
    if (!number) wrong_type(param, value, "a number");
    check_limits(param, *number);
    return *number;
}

json::value checked_boolean(const Param& param, const json::value& value) {
    if (value.is_bool()) return value;
    if (value.is_string() && same_word(value.get_string(), "true")) return true;
    if (value.is_string() && same_word(value.get_string(), "false")) return false;
    wrong_type(param, value, "true or false");
}

json::value checked(const Param& param, const json::value& value) {
    switch (param.type) {
        case ParamType::integer:
            return checked_integer(param, value);
        case ParamType::number:
            return checked_number(param, value);
        case ParamType::boolean:
            return checked_boolean(param, value);
        case ParamType::text:
            if (!value.is_string()) wrong_type(param, value, "a text");
            if (!param.choices.empty() && std::find(param.choices.begin(), param.choices.end(),
                                                    std::string_view(value.get_string())) == param.choices.end()) {
                wrong_type(param, value, join(param.choices, " or "));
            }
            return value;
        case ParamType::array:
            if (!value.is_array()) wrong_type(param, value, "a list");
            return value;
        case ParamType::object:
            if (!value.is_object()) wrong_type(param, value, "an object");
            return value;
        case ParamType::any:
            return value;
    }
    return value;
}

bool is_json_type(std::string_view content_type) {
    const std::string type = fold(content_type.substr(0, content_type.find(';')));
    return type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
}

/// Values of {names} when `path` fits `pattern`.
std::optional<PathValues> fit(std::string_view pattern, std::string_view path) {
    PathValues values;
    while (!pattern.empty() && !path.empty()) {
        if (pattern.front() == '{') {
            const std::size_t close = pattern.find('}');
            const std::string_view segment = path.substr(0, path.find('/'));
            if (segment.empty()) return std::nullopt;
            values.emplace_back(pattern.substr(1, close - 1), percent_decode(segment, false));
            pattern.remove_prefix(close + 1);
            path.remove_prefix(segment.size());
        } else {
            if (pattern.front() != path.front()) return std::nullopt;
            pattern.remove_prefix(1);
            path.remove_prefix(1);
        }
    }
    if (!pattern.empty() || !path.empty()) return std::nullopt;
    return values;
}

}  // namespace

const std::vector<Route>& route_table() {
    static const std::vector<Route> table = [] {
        std::vector<Route> all;
        for (auto part :
             {auth_routes,    account_routes, analysis_routes, track_routes,    artist_routes,      path_routes,
              library_routes, list_routes,    draft_routes,    chat_routes,     text_search_routes, order_routes,
              alchemy_routes, anchor_routes,  play_routes,     map_routes,      server_routes,      player_routes,
              rest_routes,    system_routes,  worker_routes,   schedule_routes, backup_routes,      settings_routes}) {
            for (Route& route : part())
                all.push_back(std::move(route));
        }
        return all;
    }();
    return table;
}

RouteMatch match_route(std::span<const Route> routes, Method method, std::string_view path) {
    if (method == Method::head) method = Method::get;
    RouteMatch match;
    for (const Route& route : routes) {
        std::optional<PathValues> values = fit(route.pattern, path);
        if (!values) continue;
        match.allowed.push_back(route.method);
        if (route.method == method && !match.route) {
            match.route = &route;
            match.values = std::move(*values);
        }
    }
    return match;
}

Call::Call(const Request& request, const Route& route, PathValues path_values, const Identity& identity,
           const Origin& origin)
    : request_(request), route_(route), identity_(identity), origin_(origin), values_(std::move(path_values)) {
    for (auto& value : parse_query(request.query))
        values_.push_back(std::move(value));
    for (const Param& param : route.params) {
        if (param.in == In::query && param.required && text(param.name).empty()) {
            throw Error(ErrorCode::invalid_argument, fmt::format("Missing '{}' parameter.", param.name));
        }
    }
}

const Param& Call::declared(std::string_view name) const {
    for (const Param& param : route_.params) {
        if (param.name == name) return param;
    }
    throw std::logic_error(fmt::format("route {} does not declare '{}'", route_.name, name));
}

bool Call::declares(std::string_view name, In in) const {
    return std::ranges::any_of(route_.params, [&](const Param& param) { return param.in == in && param.name == name; });
}

std::string Call::text(std::string_view name) const {
    declared(name);
    for (const auto& [key, value] : values_) {
        if (key == name) return value;
    }
    return "";
}

std::int64_t Call::integer(std::string_view name) const {
    const Param& param = declared(name);
    std::int64_t value = parse_integer(text(name)).value_or(static_cast<std::int64_t>(param.fallback.value_or(0)));
    if (param.minimum) value = std::max(value, static_cast<std::int64_t>(*param.minimum));
    if (param.maximum) value = std::min(value, static_cast<std::int64_t>(*param.maximum));
    return value;
}

std::optional<bool> Call::boolean(std::string_view name) const {
    const std::string value = text(name);
    if (value.empty()) return std::nullopt;
    return same_word(value, "true");
}

json::object Call::given_body() const {
    json::object given;
    if (!trim(request_.body).empty()) {
        // A form or plain text can be sent from a foreign page without asking; JSON can't, so nothing else is taken for
        // it.
        if (request_.has_header("content-type") && !is_json_type(request_.header("content-type"))) {
            throw HttpError(415, ErrorCode::unsupported_format, "The body must be sent as application/json.");
        }
        json::value value = parse_json(request_.body);
        if (value.is_object()) {
            given = std::move(value.get_object());
        } else if (!value.is_null() && !(value.is_array() && value.get_array().empty())) {
            throw Error(ErrorCode::invalid_argument, "The body must be a JSON object.");
        }
    }
    return given;
}

json::object Call::body() const {
    const json::object given = given_body();
    json::object fields;
    for (const Param& param : route_.params) {
        if (param.in != In::body) continue;
        const json::value* value = given.if_contains(param.name);
        if (value && !value->is_null()) {
            fields[param.name] = checked(param, *value);
        } else if (param.required) {
            throw Error(ErrorCode::invalid_argument,
                        given.empty() ? "Invalid JSON payload" : fmt::format("Missing '{}'", param.name));
        }
    }
    return fields;
}

}  // namespace audiomuse::api
