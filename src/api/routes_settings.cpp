// Settings and the log, for administrators.
#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <filesystem>

#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "backend.h"
#include "route.h"
#include "settings_json.h"

namespace audiomuse::api {
namespace {

using settings::SettingInfo;
using settings::Type;

Response all_settings(Backend& backend, const Call&) {
    json::array groups;
    for (const SettingInfo& info : settings::table()) {
        if (groups.empty() || groups.back().at("name").as_string() != info.group)
            groups.push_back({{"name", info.group}, {"settings", json::array()}});
        groups.back()
            .at("settings")
            .as_array()
            .push_back(setting_json(info, backend.context.settings, *backend.settings_at_start));
    }
    return json_response(200, {{"groups", std::move(groups)}});
}

const SettingInfo& info_of(std::string_view name) {
    for (const SettingInfo& info : settings::table()) {
        if (info.name == name) return info;
    }
    throw Error(ErrorCode::invalid_argument, fmt::format("{} is not a setting.", name));
}

std::string text_of_value(const SettingInfo& info, const json::value& value) {
    if (value.is_null()) return {};
    if (value.is_string()) return std::string(std::string_view(value.get_string()));
    if (value.is_bool() || value.is_number()) return to_text(value);
    throw Error(ErrorCode::invalid_argument, fmt::format("{} takes one value: a text, a number or a flag.", info.name));
}

/// Folders that are there and can be read: one that is not would be a library that is gone, after the next start.
void check_folders(std::string_view text) {
    namespace fs = std::filesystem;
    for (const std::string& part : split(text, ':')) {
        if (part.empty()) continue;
        const fs::path folder(part);
        if (!folder.is_absolute())
            throw Error(ErrorCode::invalid_argument, fmt::format("{} must begin with '/': the whole path.", part));
        std::error_code error;
        const fs::directory_iterator entries(folder, error);
        if (error) {
            throw Error(ErrorCode::invalid_argument,
                        fmt::format("The folder {} can't be read on the server: {}.", part, error.message()));
        }
    }
}

/// Throws Error(invalid_argument) that names the setting.
void check_value(const SettingInfo& info, const std::string& text, settings::Settings& trial) {
    if (trim(text).empty()) return;  // back to the default
    settings::set(trial, info.name, text);
    if (text.find_first_of("\r\n") != std::string::npos)
        throw Error(ErrorCode::invalid_argument, fmt::format("{} must be one line.", info.name));
    try {
        if (info.name == "AUDIOMUSE_TRUSTED_PROXIES") AddressList::parse(text);
        if (info.name == "MUSIC_FOLDERS") check_folders(text);
    } catch (const Error& error) {
        throw Error(error.code(), fmt::format("{}: {}", info.name, error.what()));
    }
}

std::string who(const Call& call) {
    return call.identity().user ? call.identity().user->name : "Somebody";
}

/// All or none; says what was saved before, so that it can be put back.
Response change_settings(Backend& backend, const Call& call) {
    settings::Live& live = backend.context.settings;
    settings::Settings trial = *live.get();
    settings::Values changes;
    json::object previous;
    for (const auto& [name, value] : call.given_body()) {
        const SettingInfo& info = info_of(name);
        if (const std::string_view where = locked_by(info, live); !where.empty())
            throw Error(ErrorCode::conflict, fmt::format("{} can't be changed here: {}", info.name, where));
        const std::string text = text_of_value(info, value);
        check_value(info, text, trial);
        changes[std::string(info.name)] = trim(text).empty() ? "" : text;
        if (info.type == Type::Secret) continue;
        const std::string before = live.saved(info.name);
        previous[info.name] = before.empty() ? json::value(nullptr) : json::value(before);
    }
    if (changes.empty()) throw Error(ErrorCode::invalid_argument, "Name at least one setting.");
    backend.context.store.save_settings(changes);
    live.change_saved(changes);
    backend.context.queue.publish({"settings", "{}"});  // to other processes, and other pages
    json::array changed;
    for (const auto& [name, text] : changes) {
        const SettingInfo& info = info_of(name);
        const std::string shown = info.type == Type::Secret ? "a new secret" : text;
        log::info("{} sets {} to {}", who(call), name, text.empty() ? "the default" : shown);
        changed.push_back(setting_json(info, live, *backend.settings_at_start));
    }
    return json_response(200, {{"previous", std::move(previous)}, {"settings", std::move(changed)}});
}

/// Every process of the installation starts anew by itself, soon after this.
Response restart(Backend& backend, const Call& call) {
    log::info("{} restarts AudioMuse", who(call));
    backend.context.queue.publish({"restart", "{}"});
    return json_response(202, {{"status", "restarting"}});
}

Response recent_log(Backend&, const Call& call) {
    const std::string least = call.text("level");
    const log::Level level = least.empty() ? log::Level::debug : log::parse_level(least);
    const std::string wanted = fold(call.text("q"));
    json::array lines;
    for (const log::Line& line : log::recent_lines()) {
        if (line.level < level || fold(line.text).find(wanted) == std::string::npos) continue;
        lines.push_back(
            {{"time", line.time}, {"level", log::level_name(line.level)}, {"text", to_valid_utf8(line.text)}});
    }
    return json_response(200, {{"lines", std::move(lines)}, {"kept", log::kKeptLines}});
}

}  // namespace

std::vector<Route> settings_routes() {
    return {
        {Method::get, "/api/settings", "settings", all_settings, Right::admin, {}},
        {Method::patch,
         "/api/settings",
         "change_settings",
         change_settings,
         Right::admin,
         {{.name = "NAME",
           .in = In::body,
           .type = ParamType::any,
           .help = "Any number of settings by their names, with new values; null = the default."}}},
        {Method::post, "/api/restart", "restart", restart, Right::admin, {}},
        {Method::get,
         "/api/log",
         "log",
         recent_log,
         Right::admin,
         {{.name = "level", .help = "The least level: debug, info, warn or error; default debug."},
          {.name = "q", .help = "Only lines that contain this text."}}},
    };
}

}  // namespace audiomuse::api
