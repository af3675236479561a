#include "audiomuse/radios/refresh.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <functional>

#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"

namespace audiomuse::radios {

namespace {

namespace json = boost::json;

/// The member `name` of a JSON object; null when there is none.
json::value member(std::string_view text, std::string_view name) {
    boost::system::error_code error;
    const json::value whole = json::parse(text, error);
    const json::value* found = !error && whole.is_object() ? whole.get_object().if_contains(name) : nullptr;
    return found != nullptr ? *found : json::value();
}

std::int64_t integer_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

void refresh_one(Ingredients from, const store::Radio& radio, features::ListFilter filter,
                 const features::BlendCaches& caches) {
    from.listener = radio.owner;
    filter.criteria.listener = radio.owner;
    features::set_fields(from.store, filter, radio.filter);
    features::leave_out_hidden(from.store, filter);
    const features::Refreshed made = features::refresh_radio(
        from.store, from.index, radio, features::mixture_of(recipe_sources(from), radio), std::move(filter), caches);
    if (made.tracks == 0) throw Error(ErrorCode::empty, "no track fits, so the list stays as it was");
}

}  // namespace

std::string refresh_params(const std::optional<std::vector<RadioId>>& radios) {
    json::object params;
    if (radios) {
        json::array ids;
        for (const RadioId id : *radios)
            ids.emplace_back(id.value);
        params["radios"] = std::move(ids);
    }
    return json::serialize(params);
}

std::string taste_params() {
    return features::kTasteRecipe;
}

std::vector<store::Radio> wanted_radios(store::Store& store, std::string_view params) {
    std::vector<store::Radio> radios = store.radios().list();
    if (features::plays_what_is_liked(std::string(params))) {
        const auto by_taste = [](const store::Radio& radio) { return features::plays_what_is_liked(radio.recipe); };
        std::erase_if(radios, std::not_fn(by_taste));
        if (std::ranges::none_of(radios, [](const store::Radio& radio) { return !radio.owner; })) {
            store.radios().add({.id = {}, .name = kTasteRadio, .recipe = features::kTasteRecipe});
            return wanted_radios(store, params);
        }
        std::erase_if(radios, [](const store::Radio& radio) { return !radio.enabled; });
        return radios;
    }
    const json::value ids = member(params, "radios");
    std::erase_if(radios, [&](const store::Radio& radio) {
        if (!ids.is_array()) return !radio.enabled;
        return std::ranges::find(ids.get_array(), json::value(radio.id.value)) == ids.get_array().end();
    });
    return radios;
}

std::string report_text(const Report& report) {
    return json::serialize(json::object{{"radios", report.radios},
                                        {"made", report.made},
                                        {"failed", json::array(report.failed.begin(), report.failed.end())}});
}

std::optional<Report> read_report(std::string_view details) {
    const json::value kept = member(details, kReport);
    const json::object* fields = kept.if_object();
    if (fields == nullptr) return std::nullopt;
    Report report{.radios = integer_in(*fields, "radios"), .made = integer_in(*fields, "made")};
    const json::value* failed = fields->if_contains("failed");
    for (const json::value& each : failed != nullptr && failed->is_array() ? failed->get_array() : json::array()) {
        if (each.is_string()) report.failed.emplace_back(std::string_view(each.get_string()));
    }
    return report;
}

Report refresh(const Ingredients& from, std::span<const store::Radio> radios, const features::ListFilter& defaults,
               const features::BlendCaches& caches, const CancelToken& cancel) {
    Report report{.radios = std::ssize(radios)};
    for (const store::Radio& radio : radios) {
        cancel.check();
        try {
            refresh_one(from, radio, defaults, caches);
            ++report.made;
        } catch (const Error& error) {
            log::warn("The radio \"{}\" was not made anew: {}", radio.name, error.what());
            report.failed.push_back(fmt::format("{}: {}", radio.name, error.what()));
        }
    }
    return report;
}

}  // namespace audiomuse::radios
