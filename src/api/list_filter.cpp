#include "list_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "who_asks.h"

namespace audiomuse::api {

namespace {

constexpr std::string_view kFilter = "filter";

/// "filter_artist"; lives as long as the program, as names of parameters do.
std::string_view prefixed(std::string_view name) {
    static const std::map<std::string_view, std::string> kNames = [] {
        std::map<std::string_view, std::string> names;
        for (const features::FilterField& field : features::filter_fields())
            names.emplace(field.name, fmt::format("filter_{}", field.name));
        return names;
    }();
    return kNames.at(name);
}

ParamType param_type(features::FieldType type) {
    switch (type) {
        case features::FieldType::integer:
            return ParamType::integer;
        case features::FieldType::number:
            return ParamType::number;
        case features::FieldType::boolean:
            return ParamType::boolean;
        case features::FieldType::text:
            break;
    }
    return ParamType::text;
}

/// `wanted` of the fields.
std::vector<Param> with_fields(std::vector<Param> params, bool (*wanted)(const features::FilterField&)) {
    const auto taken = [&, own = params.size()](std::string_view name) {
        return std::any_of(params.begin(), params.begin() + static_cast<std::ptrdiff_t>(own),
                           [&](const Param& param) { return param.name == name; });
    };
    std::vector<Param> fields;
    for (const features::FilterField& field : features::filter_fields()) {
        if (!wanted(field) || (field.name == "server" && taken(field.name))) continue;
        fields.push_back({.name = taken(field.name) ? prefixed(field.name) : field.name,
                          .type = param_type(field.type),
                          .help = field.help,
                          .fallback = {},
                          .minimum = field.minimum,
                          .maximum = field.maximum,
                          .choices = field.choices});
    }
    params.insert(params.end(), fields.begin(), fields.end());
    return params;
}

}  // namespace

std::vector<Param> with_filter(std::vector<Param> params) {
    return with_fields(std::move(params), [](const features::FilterField&) { return true; });
}

std::vector<Param> with_criteria(std::vector<Param> params) {
    return with_fields(std::move(params), [](const features::FilterField& field) { return !field.of_list; });
}

std::vector<Param> with_body_filter(std::vector<Param> params) {
    params.push_back({.name = kFilter,
                      .in = In::body,
                      .type = ParamType::object,
                      .help = "Which tracks may be chosen; the fields are those of the filter of GET "
                              "/api/library/similar, and names may be a list."});
    return params;
}

features::ListFilter read_criteria(Backend& backend, const Call& call) {
    features::ListFilter filter = features::default_filter(*backend.context.settings.get(), listener_of(call));
    if (call.declares(kFilter, In::body)) {
        const json::object body = call.body();
        const json::value* const given = body.if_contains(kFilter);
        if (given) features::set_fields(backend.context.store, filter, to_text(*given));
        return filter;
    }
    for (const features::FilterField& field : features::filter_fields()) {
        const std::string_view name = call.declares(prefixed(field.name)) ? prefixed(field.name) : field.name;
        if (!call.declares(name)) continue;
        const std::string value = call.text(name);
        if (!value.empty()) features::set_field(backend.context.store, filter, field.name, value);
    }
    return filter;
}

features::ListFilter read_filter(Backend& backend, const Call& call) {
    features::ListFilter filter = read_criteria(backend, call);
    features::leave_out_hidden(backend.context.store, filter);
    return filter;
}

void check_filter(Backend& backend, const Call& call, const json::value& filter) {
    features::ListFilter read = features::default_filter(*backend.context.settings.get(), listener_of(call));
    features::set_fields(backend.context.store, read, to_text(filter));
}

}  // namespace audiomuse::api
