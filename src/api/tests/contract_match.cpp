#include "contract_match.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <cctype>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

namespace audiomuse::api::testing {
namespace {

bool all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
}

/// The form that Jellyfin's plugin reads as a GUID: 32 hexadecimal digits without dashes.
bool is_guid(std::string_view text) {
    return text.size() == 32 && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c); });
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !std::isxdigit(static_cast<unsigned char>(text[i]))) return false;
    }
    return true;
}

/// Whether `value` is of the kind that `mark` names; nothing when `mark` names none.
std::optional<bool> of_kind(std::string_view mark, const json::value& value) {
    const std::string_view text = value.is_string() ? std::string_view(value.get_string()) : std::string_view();
    if (mark == "<any>") return true;
    if (mark == "<string>") return value.is_string();
    if (mark == "<text or null>") return value.is_string() || value.is_null();
    if (mark == "<number>") return value.is_number();
    if (mark == "<number or null>") return value.is_number() || value.is_null();
    if (mark == "<share>") return value.is_number() && value.to_number<double>() >= 0 && value.to_number<double>() <= 1;
    if (mark == "<integer>") return value.is_int64() || value.is_uint64();
    if (mark == "<boolean>") return value.is_bool();
    if (mark == "<object>") return value.is_object();
    if (mark == "<list>") return value.is_array();
    if (mark == "<point>") {
        const json::array* point = value.if_array();
        return point && point->size() == 2 && (*point)[0].is_number() && (*point)[1].is_number();
    }
    if (mark == "<uuid>") return is_uuid(text);
    if (mark == "<guid>") return is_guid(text);
    if (mark == "<digits>") return all_digits(text);
    return std::nullopt;
}

std::string object_difference(const json::object& expected, const json::object& actual, const Saved& saved,
                              const std::string& at) {
    for (const auto& [key, value] : expected) {
        if (key == "$only") continue;
        const json::value* found = actual.if_contains(key);
        if (!found) return at + "/" + std::string(key) + " is missing";
        if (auto text = difference(value, *found, saved, at + "/" + std::string(key)); !text.empty()) return text;
    }
    if (expected.contains("$only")) {
        for (const auto& item : actual) {
            if (!expected.contains(item.key())) return at + "/" + std::string(item.key()) + " should not be there";
        }
    }
    return "";
}

/// Whether the numbers under `key` rise (`sign` 1) or fall (-1) from item to item.
std::string order_difference(std::string_view key, int sign, const json::array& items, const std::string& at) {
    for (std::size_t i = 1; i < items.size(); ++i) {
        const double before = items[i - 1].at(key).to_number<double>();
        const double after = items[i].at(key).to_number<double>();
        if (sign * (after - before) < 0) return at + "/" + std::to_string(i) + " is out of order";
    }
    return "";
}

std::string rule_difference(const json::object& rule, const json::array& actual, const Saved& saved,
                            const std::string& at) {
    const std::string size = at + " has " + std::to_string(actual.size()) + " items";
    const auto bound = [&](std::string_view name, std::size_t fallback) {
        return rule.contains(name) ? rule.at(name).to_number<std::size_t>() : fallback;
    };
    if (actual.size() != bound("$count", actual.size())) return size;
    if (actual.size() < bound("$least", 0) || actual.size() > bound("$most", actual.size())) return size;
    for (std::size_t i = 0; i < actual.size(); ++i) {
        const std::string place = at + "/" + std::to_string(i);
        if (auto text = difference(rule.at("$each"), actual[i], saved, place); !text.empty()) return text;
        if (rule.contains("$none") && difference(rule.at("$none"), actual[i], saved).empty())
            return place + " should not be there";
    }
    for (const auto& [name, sign] : {std::pair("$rising", 1), std::pair("$falling", -1)}) {
        if (!rule.contains(name)) continue;
        const auto text = order_difference(std::string_view(rule.at(name).as_string()), sign, actual, at);
        if (!text.empty()) return text;
    }
    return "";
}

std::string list_difference(const json::array& expected, const json::array& actual, const Saved& saved,
                            const std::string& at) {
    if (actual.size() != expected.size()) return at + " has " + std::to_string(actual.size()) + " items";
    for (std::size_t i = 0; i < actual.size(); ++i) {
        if (auto text = difference(expected[i], actual[i], saved, at + "/" + std::to_string(i)); !text.empty())
            return text;
    }
    return "";
}

/// "" when no id in `value` is a number.
std::string number_for_an_id(const json::value& value, const std::string& at) {
    static constexpr std::array<std::string_view, 4> kIds = {"item_id", "artist_id", "task_id", "playlist_id"};
    if (const json::object* object = value.if_object()) {
        for (const auto& [key, item] : *object) {
            const std::string place = at + "/" + std::string(key);
            const bool is_id = std::find(kIds.begin(), kIds.end(), std::string_view(key)) != kIds.end();
            if (is_id && item.is_number()) return place + " is a number";
            if (auto text = number_for_an_id(item, place); !text.empty()) return text;
        }
    } else if (const json::array* array = value.if_array()) {
        for (std::size_t i = 0; i < array->size(); ++i) {
            if (auto text = number_for_an_id((*array)[i], at + "/" + std::to_string(i)); !text.empty()) return text;
        }
    }
    return "";
}

}  // namespace

std::string fill_in(std::string text, const Saved& saved) {
    for (const auto& [name, value] : saved) {
        const std::string mark = "{{" + name + "}}";
        for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark)) {
            text.replace(at, mark.size(), value);
        }
    }
    return text;
}

std::string difference(const json::value& expected, const json::value& actual, const Saved& saved,
                       const std::string& at) {
    if (const json::object* pattern = expected.if_object()) {
        if (!pattern->contains("$each")) {
            return actual.is_object() ? object_difference(*pattern, actual.get_object(), saved, at)
                                      : at + " is no object";
        }
        return actual.is_array() ? rule_difference(*pattern, actual.get_array(), saved, at) : at + " is no list";
    }
    if (const json::array* pattern = expected.if_array()) {
        return actual.is_array() ? list_difference(*pattern, actual.get_array(), saved, at) : at + " is no list";
    }
    bool same = false;
    if (expected.is_string()) {
        const std::string text = fill_in(std::string(std::string_view(expected.get_string())), saved);
        const std::optional<bool> kind = of_kind(text, actual);
        same = kind ? *kind : actual.is_string() && std::string_view(actual.get_string()) == text;
    } else if (expected.is_number() && actual.is_number()) {
        same = std::abs(expected.to_number<double>() - actual.to_number<double>()) < 1e-6;
    } else {
        same = expected == actual;
    }
    return same ? "" : at + " is " + to_text(actual) + " instead of " + to_text(expected);
}

std::string broken_rule(const json::value& answer, int status) {
    if (auto text = number_for_an_id(answer, ""); !text.empty()) return text;
    const json::object* object = answer.if_object();
    const auto says = [&](std::string_view key) {
        const json::value* value = object ? object->if_contains(key) : nullptr;
        return value && value->is_string() && !value->get_string().empty();
    };
    // A try of a media server answers 200 with "ok": false, as AudioMuse-AI's does.
    const bool tried_in_vain = object && object->contains("ok") && object->at("ok") == json::value(false);
    if (status < 300) return says("error") && !tried_in_vain ? "a success has an \"error\"" : "";
    if (status < 400 || says("error") || says("message") || says("state")) return "";
    if (object && object->contains("subsonic-response")) return "";  // it has errors of its own
    return "a failure says nothing";
}

}  // namespace audiomuse::api::testing
