#include "server/json_read.h"

#include <boost/json/array.hpp>
#include <charconv>
#include <chrono>
#include <cmath>

#include "audiomuse/base/text.h"

namespace audiomuse::library {

namespace json = boost::json;

namespace {

const json::value kNothing;

template <class Number>
std::optional<Number> parse_whole_text(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// Two or four digits at the start of `text`, which are cut off.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count) return std::nullopt;
    const auto number = parse_whole_text<unsigned>(text.substr(0, count));
    if (!number) return std::nullopt;
    text.remove_prefix(count);
    return static_cast<int>(*number);
}

bool take(std::string_view& text, char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

/// Seconds east of Greenwich of "", "Z" or "+01:30"; nothing for another text.
std::optional<int> parse_zone(std::string_view text) {
    if (text.empty() || text == "Z" || text == "z") return 0;
    const int sign = text.front() == '-' ? -1 : 1;
    if (!take(text, '+') && !take(text, '-')) return std::nullopt;
    const auto hours = take_digits(text, 2);
    take(text, ':');
    const auto minutes = take_digits(text, 2);
    if (!hours || !minutes || !text.empty()) return std::nullopt;
    return sign * (*hours * 3600 + *minutes * 60);
}

}  // namespace

const json::value& member(const json::value& value, std::string_view path) {
    const json::value* at = &value;
    while (!path.empty()) {
        const std::string_view name = path.substr(0, path.find('.'));
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        const json::object* object = at->if_object();
        at = object == nullptr ? nullptr : object->if_contains(name);
        if (at == nullptr) return kNothing;
    }
    return *at;
}

std::string text_at(const json::value& value, std::string_view path) {
    const json::value& at = member(value, path);
    if (const auto* text = at.if_string()) return to_valid_utf8(std::string_view(*text));
    if (const auto* number = at.if_int64()) return std::to_string(*number);
    if (const auto* number = at.if_uint64()) return std::to_string(*number);
    return {};
}

std::optional<std::int64_t> integer_at(const json::value& value, std::string_view path) {
    const auto number = number_at(value, path);
    constexpr double kLargest = 9e15;  // that a double still tells from its neighbours
    if (!number || std::abs(*number) > kLargest) return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

std::optional<double> number_at(const json::value& value, std::string_view path) {
    const json::value& at = member(value, path);
    if (at.is_number()) return at.to_number<double>();
    if (const auto* flag = at.if_bool()) return *flag ? 1 : 0;
    if (const auto* text = at.if_string()) {
        const auto number = parse_whole_text<double>(trim(std::string_view(*text)));
        if (number && std::isfinite(*number)) return number;
    }
    return std::nullopt;
}

bool flag_at(const json::value& value, std::string_view path) {
    if (const auto* text = member(value, path).if_string()) return *text == "true" || *text == "1";
    return number_at(value, path).value_or(0) != 0;
}

std::size_t each_at(const json::value& value, std::string_view path,
                    const std::function<void(const json::value&)>& body) {
    const json::value& at = member(value, path);
    if (at.is_object()) {
        body(at);
        return 1;
    }
    const json::array* array = at.if_array();
    if (array == nullptr) return 0;
    for (const json::value& element : *array)
        body(element);
    return array->size();
}

std::optional<double> parse_time(std::string_view text) {
    const auto year = take_digits(text, 4);
    if (!year || !take(text, '-')) return std::nullopt;
    const auto month = take_digits(text, 2);
    if (!month || !take(text, '-')) return std::nullopt;
    const auto day = take_digits(text, 2);
    if (!day || !(take(text, 'T') || take(text, ' '))) return std::nullopt;
    const auto hour = take_digits(text, 2);
    if (!hour || !take(text, ':')) return std::nullopt;
    const auto minute = take_digits(text, 2);
    if (!minute || !take(text, ':')) return std::nullopt;
    const auto second = take_digits(text, 2);
    if (!second) return std::nullopt;
    double fraction = 0;
    if (take(text, '.')) {
        double unit = 1;
        while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
            unit /= 10;
            fraction += unit * (text.front() - '0');
            text.remove_prefix(1);
        }
    }
    const auto zone = parse_zone(text);
    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!zone || !date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    const auto days = std::chrono::sys_days(date).time_since_epoch().count();
    return static_cast<double>(days) * 86400 + *hour * 3600 + *minute * 60 + *second - *zone + fraction;
}

}  // namespace audiomuse::library
