#include "settings_json.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <cctype>
#include <deque>

#include "audiomuse/base/analysis.h"

namespace audiomuse::api {
namespace {

constexpr std::string_view kMethodKey = "clustering_method";
constexpr std::string_view kMethodName = "CLUSTER_ALGORITHM";
// AudioMuse-AI's page sends it, by another scale, and AudioMuse-AI does not read it.
constexpr std::string_view kIgnored = "MAX_DISTANCE";

/// Whether a clustering start may say otherwise. Keys of language models would be kept with the task, and an address
/// would let anybody who may start one make this server send requests to any machine: these are settings only.
bool may_be_asked(const settings::SettingInfo& info) {
    if (info.group == "clustering") return info.name != kIgnored;
    return info.name == "TOP_N_MOODS" || info.name == "AI_MODEL_PROVIDER" ||
           (info.group == "language" && info.name.ends_with("_MODEL_NAME"));
}

std::string changed_case(std::string_view text, int (*change)(int)) {
    std::string result(text);
    for (char& c : result)
        c = static_cast<char>(change(static_cast<unsigned char>(c)));
    return result;
}

json::value typed_value(const settings::Settings& settings, const settings::SettingInfo& info) {
    const std::string text = settings::get(settings, info.name);
    switch (info.type) {
        case settings::Type::Integer:
            return std::stoll(text);
        case settings::Type::Real:
            return std::stod(text);
        case settings::Type::Boolean:
            return text == "true";
        case settings::Type::Text:
        case settings::Type::Secret:
        case settings::Type::Hours:
            break;
    }
    return json::string(text);
}

ParamType param_type(settings::Type type) {
    switch (type) {
        case settings::Type::Integer:
            return ParamType::integer;
        case settings::Type::Real:
            return ParamType::number;
        case settings::Type::Boolean:
            return ParamType::boolean;
        case settings::Type::Text:
        case settings::Type::Secret:
        case settings::Type::Hours:
            break;
    }
    return ParamType::text;
}

}  // namespace

std::string body_key(const settings::SettingInfo& info) {
    return info.name == kMethodName ? std::string(kMethodKey) : changed_case(info.name, std::tolower);
}

std::string setting_name(std::string_view body_key) {
    return body_key == kMethodKey ? std::string(kMethodName) : changed_case(body_key, std::toupper);
}

std::vector<Param> clustering_params() {
    // Params hold views; the names made here live as long as the route table, which is made once.
    static const std::deque<std::string> names = [] {
        std::deque<std::string> made;
        for (const settings::SettingInfo& info : settings::table())
            made.push_back(body_key(info));
        return made;
    }();
    std::vector<Param> params;
    const auto table = settings::table();
    for (std::size_t i = 0; i < table.size(); ++i) {
        const settings::SettingInfo& info = table[i];
        if (!may_be_asked(info)) continue;
        Param param{.name = names[i], .in = In::body, .type = param_type(info.type), .help = info.help};
        if (info.type == settings::Type::Integer || info.type == settings::Type::Real) {
            param.minimum = info.minimum;
            param.maximum = info.maximum;
        }
        params.push_back(std::move(param));
    }
    params.push_back({.name = "publish",
                      .in = In::body,
                      .type = ParamType::boolean,
                      .help = "Whether what is found becomes the automatic playlists, here and on the media servers; "
                              "default true. With false it stays a draft, see /api/clustering/draft."});
    return params;
}

/// Groups of settings that tell addresses, users and folders.
constexpr std::array<std::string_view, 4> kNotOfMusic = {"server", "players", "distributed", "media_servers"};

json::object config_json(const settings::Settings& settings) {
    json::object config;
    for (const settings::SettingInfo& info : settings::table()) {
        if (std::find(kNotOfMusic.begin(), kNotOfMusic.end(), info.group) != kNotOfMusic.end() ||
            info.type == settings::Type::Secret || info.name.starts_with("AUDIOMUSE_"))
            continue;
        config[changed_case(info.name, std::tolower)] = typed_value(settings, info);
    }
    // AudioMuse-AI's pages look for these two as well. There is one distance, whatever it is used for.
    config["path_distance_metric"] = "angular";
    config["alchemy_subtract_distance"] = settings.subtract_distance;
    json::array moods;
    for (const std::string_view name : kMoodNames)
        moods.emplace_back(name);
    config["mood_labels"] = std::move(moods);
    return config;
}

std::string_view locked_by(const settings::SettingInfo& info, const settings::Live& live) {
    switch (live.origin(info.name)) {
        case settings::Origin::flag:
            return "it is set on the command line.";
        case settings::Origin::environment:
            return "it is set by an environment variable.";
        case settings::Origin::env_file:
            return "it is set in the file .env.";
        case settings::Origin::standard:
        case settings::Origin::saved:
            break;
    }
    if (info.takes == settings::Takes::never)
        return "it is read before the program starts, from the command line, the environment or the file .env.";
    return {};
}

json::object setting_json(const settings::SettingInfo& info, const settings::Live& live,
                          const settings::Settings& at_start) {
    constexpr std::array<std::string_view, 6> kTypes = {"text", "secret", "integer", "number", "boolean", "hours"};
    constexpr std::array<std::string_view, 5> kOrigins = {"default", "saved", ".env", "environment", "flag"};
    const auto now = live.get();
    const bool secret = info.type == settings::Type::Secret;
    const bool at_restart = info.takes == settings::Takes::at_start;
    json::object made = {
        {"name", info.name},
        {"type", kTypes[static_cast<std::size_t>(info.type)]},
        {"help", info.help},
        {"origin", kOrigins[static_cast<std::size_t>(live.origin(info.name))]},
        {"locked", !locked_by(info, live).empty()},
        {"needs_restart", at_restart},
        {"waits_for_restart", at_restart && settings::get(*now, info.name) != settings::get(at_start, info.name)}};
    if (secret) {
        made["is_set"] = !settings::get(*now, info.name).empty();
        return made;
    }
    made["value"] = typed_value(*now, info);
    made["default"] = typed_value(settings::Settings(), info);
    if (!info.choices.empty()) {
        json::array choices;
        for (const std::string& choice : info.choices)
            choices.emplace_back(choice);
        made["choices"] = std::move(choices);
    }
    if (info.type == settings::Type::Integer || info.type == settings::Type::Real) {
        made["minimum"] = info.minimum;
        made["maximum"] = info.maximum;
    }
    return made;
}

}  // namespace audiomuse::api
