#include "audiomuse/settings/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <iterator>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"

namespace audiomuse::settings {

namespace {

std::string to_text(const std::string& value) {
    return value;
}
std::string to_text(std::int64_t value) {
    return std::to_string(value);
}
std::string to_text(double value) {
    return fmt::format("{}", value);
}
std::string to_text(bool value) {
    return value ? "true" : "false";
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
    return out;
}

[[noreturn]] void refuse(const SettingInfo& info, std::string_view text, const std::string& allowed) {
    throw Error(ErrorCode::invalid_argument, fmt::format("{}: '{}' is not allowed; use {}.", info.name,
                                                         info.type == Type::Secret ? "***" : text, allowed));
}

template <class Number>
Number parse_number(const SettingInfo& info, std::string_view text, const char* kind) {
    const std::string_view trimmed = trim(text);
    Number value{};
    const auto [end, error] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), value);
    const bool whole = error == std::errc() && end == trimmed.data() + trimmed.size();
    const auto as_double = static_cast<double>(value);
    if (!whole || !std::isfinite(as_double) || as_double < info.minimum || as_double > info.maximum) {
        refuse(info, text, fmt::format("a {} from {} to {}", kind, info.minimum, info.maximum));
    }
    return value;
}

void parse_into(std::string& value, const SettingInfo& info, std::string_view text) {
    if (!info.choices.empty()) {
        const std::string wanted = lower(trim(text));
        if (std::find(info.choices.begin(), info.choices.end(), wanted) == info.choices.end()) {
            refuse(info, text, join(info.choices, ", "));
        }
        value = wanted;
        return;
    }
    value = text;
}
void parse_into(std::int64_t& value, const SettingInfo& info, std::string_view text) {
    value = parse_number<std::int64_t>(info, text, "whole number");
}
void parse_into(double& value, const SettingInfo& info, std::string_view text) {
    value = parse_number<double>(info, text, "number");
}
void parse_into(bool& value, const SettingInfo& info, std::string_view text) {
    const std::string word = lower(trim(text));
    if (word == "true" || word == "1" || word == "yes" || word == "on") {
        value = true;
    } else if (word == "false" || word == "0" || word == "no" || word == "off") {
        value = false;
    } else {
        refuse(info, text, "true or false");
    }
}
void parse_into(HoursOfDay& value, const SettingInfo& info, std::string_view text) {
    const std::optional<HoursOfDay> hours = parse_hours(text);
    if (!hours) refuse(info, text, "two different hours of the day such as 22-6, or nothing for always");
    value = *hours;
}

// What a running process cannot change: an address it listens on, a folder or a model it has open, the queue.
constexpr std::array<std::string_view, 10> kTakenAtStart = {
    "MUSIC_FOLDERS",       "AUDIOMUSE_HOST", "AUDIOMUSE_PORT",          "REDIS_URL",        "MODEL",
    "AUDIOMUSE_MODEL_DIR", "VOYAGER_M",      "AUDIOMUSE_INDEX_STORAGE", "VOYAGER_QUERY_EF", "VOYAGER_EF_CONSTRUCTION"};
// What is another's on every machine, is needed to open the store, or counts at the very first start only.
constexpr std::array<std::string_view, 8> kNeverTaken = {"AUDIOMUSE_DATA",   "AUDIOMUSE_USER", "AUDIOMUSE_PASSWORD",
                                                         "DATABASE_URL",     "AUDIOMUSE_URL",  "AUDIOMUSE_QUEUES",
                                                         "MEDIASERVER_TYPE", "MUSIC_LIBRARIES"};
// Groups of such names: POSTGRES_HOST, JELLYFIN_URL.
constexpr std::array<std::string_view, 7> kNeverTakenPrefixes = {"POSTGRES_", "JELLYFIN_", "EMBY_", "NAVIDROME_",
                                                                 "LYRION_",   "PLEX_",     "MPD_"};

Takes takes_of(std::string_view name) {
    const auto is_name = [&](std::string_view other) { return name == other; };
    const auto begins = [&](std::string_view prefix) { return name.starts_with(prefix); };
    if (std::ranges::any_of(kNeverTaken, is_name) || std::ranges::any_of(kNeverTakenPrefixes, begins))
        return Takes::never;
    return std::ranges::any_of(kTakenAtStart, is_name) ? Takes::at_start : Takes::at_once;
}

/// A line of the table with the functions that reach its member.
struct Entry {
    SettingInfo info;
    std::function<void(Settings&, const SettingInfo&, std::string_view)> set;
    std::function<std::string(const Settings&)> get;
};

const std::vector<Entry>& entries() {
    static const std::vector<Entry> all = [] {
        const Settings defaults;
        std::vector<Entry> made;
#define AUDIOMUSE_SETTING(group_, member_, NAME_, type_, default_, minimum_, maximum_, choices_, help_)          \
    made.push_back(                                                                                              \
        {{.group = #group_,                                                                                      \
          .member = #member_,                                                                                    \
          .name = #NAME_,                                                                                        \
          .type = Type::type_,                                                                                   \
          .default_text = to_text(defaults.member_),                                                             \
          .minimum = (minimum_),                                                                                 \
          .maximum = (maximum_),                                                                                 \
          .choices = *(choices_) == '\0' ? std::vector<std::string>{} : split(choices_, '|'),                    \
          .help = (help_),                                                                                       \
          .takes = takes_of(#NAME_)},                                                                            \
         [](Settings& s, const SettingInfo& info, std::string_view text) { parse_into(s.member_, info, text); }, \
         [](const Settings& s) { return to_text(s.member_); }});
#include "audiomuse/settings/settings_table.h"
#undef AUDIOMUSE_SETTING
        return made;
    }();
    return all;
}

const Entry* find(std::string_view name) {
    for (const Entry& entry : entries()) {
        if (entry.info.name == name) return &entry;
    }
    return nullptr;
}

// Names that AudioMuse-AI's .env files hold and this version does not use: accepted, so that a copied file starts.
constexpr std::array<std::string_view, 13> kUnusedNames = {"USE_GPU_CLUSTERING",
                                                           "CLAP_PYTHON_MULTITHREADS",
                                                           "MULAN_ENABLED",
                                                           "SERVICE_TYPE",
                                                           "TEMP_DIR",
                                                           "WORKER_POSTGRES_HOST",
                                                           "WORKER_REDIS_URL",
                                                           "NVIDIA_VISIBLE_DEVICES",
                                                           "NVIDIA_DRIVER_CAPABILITIES",
                                                           "AI_CHAT_DB_USER_NAME",
                                                           "AI_CHAT_DB_USER_PASSWORD",
                                                           "ENABLE_PROXY_FIX",
                                                           "TZ"};

std::string_view origin_name(Origin origin) {
    switch (origin) {
        case Origin::standard:
            return "the defaults";
        case Origin::saved:
            return "the saved settings";
        case Origin::env_file:
            return ".env";
        case Origin::environment:
            return "the environment";
        case Origin::flag:
            break;
    }
    return "the command line";
}

void apply(Loaded& loaded, const Values& values, Origin from) {
    const std::string_view origin = origin_name(from);
    for (const auto& [name, text] : values) {
        if (trim(text).empty()) continue;
        const Entry* entry = find(name);
        if (entry != nullptr) {
            if (from == Origin::saved && entry->info.takes == Takes::never) continue;
            try {
                entry->set(loaded.settings, entry->info, text);
                loaded.origins[name] = from;
            } catch (const Error& error) {
                if (from == Origin::saved) {
                    loaded.warnings.push_back(fmt::format("In {}: {} The default is used.", origin, error.what()));
                    continue;
                }
                throw Error(error.code(), fmt::format("In {}: {}", origin, error.what()));
            }
        } else if (std::find(kUnusedNames.begin(), kUnusedNames.end(), name) != kUnusedNames.end()) {
            loaded.warnings.push_back(fmt::format("{} (in {}) is not used by this version.", name, origin));
        } else {
            loaded.warnings.push_back(
                fmt::format("{} (in {}) is not a setting; see docs/settings.md for the names.", name, origin));
        }
    }
}

}  // namespace

std::string SettingInfo::flag() const {
    std::string out(member);
    std::replace(out.begin(), out.end(), '_', '-');
    return out;
}

std::span<const SettingInfo> table() {
    static const std::vector<SettingInfo> all = [] {
        std::vector<SettingInfo> made;
        for (const Entry& entry : entries())
            made.push_back(entry.info);
        return made;
    }();
    return all;
}

void set(Settings& settings, std::string_view name, std::string_view text) {
    const Entry* entry = find(name);
    if (entry == nullptr) throw Error(ErrorCode::not_found, fmt::format("{} is not a setting.", name));
    entry->set(settings, entry->info, text);
}

std::string get(const Settings& settings, std::string_view name) {
    const Entry* entry = find(name);
    if (entry == nullptr) throw Error(ErrorCode::not_found, fmt::format("{} is not a setting.", name));
    return entry->get(settings);
}

Values parse_env_file(std::string_view text, std::vector<std::string>& problems) {
    Values values;
    int number = 0;
    for (const std::string& raw : split(text, '\n')) {
        ++number;
        std::string_view line = trim(raw);
        if (line.empty() || line.front() == '#') continue;
        if (line.starts_with("export ")) line = trim(line.substr(7));
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            problems.push_back(fmt::format("Line {} of .env is not NAME=value.", number));
            continue;
        }
        std::string_view value = trim(line.substr(equals + 1));
        if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front()) {
            value = value.substr(1, value.size() - 2);
        }
        values[std::string(trim(line.substr(0, equals)))] = value;
    }
    return values;
}

Values from_environment() {
    Values values;
    for (const SettingInfo& info : table()) {
        if (const char* text = std::getenv(std::string(info.name).c_str())) values[std::string(info.name)] = text;
    }
    return values;
}

Values known(const Values& values) {
    Values found;
    std::ranges::copy_if(values, std::inserter(found, found.end()),
                         [](const auto& value) { return find(value.first) != nullptr; });
    return found;
}

Loaded load(const Values& saved, const Values& env_file, const Values& environment, const Values& flags,
            const Settings& below) {
    Loaded loaded{.settings = below, .origins = {}, .warnings = {}};
    apply(loaded, saved, Origin::saved);
    apply(loaded, env_file, Origin::env_file);
    apply(loaded, environment, Origin::environment);
    apply(loaded, flags, Origin::flag);
    return loaded;
}

std::string markdown() {
    std::string out =
        "# Settings\n\nEvery setting can be given as a flag, an environment variable, a line of `.env` or a value that "
        "is "
        "saved on the page;\nthe earlier in this list wins. An empty value counts as not set. What is saved counts at "
        "once, in every process of the\ninstallation; where a setting needs a restart, or is not taken from the page, "
        "it "
        "says so.\n";
    std::string_view group;
    for (const SettingInfo& info : table()) {
        if (info.group != group) {
            group = info.group;
            out += fmt::format(
                "\n## {}\n\n| name | flag | default | allowed | meaning |\n| --- | --- | --- | --- | --- |\n", group);
        }
        std::string allowed;
        switch (info.type) {
            case Type::Text:
                allowed = info.choices.empty() ? "text" : join(info.choices, ", ");
                break;
            case Type::Secret:
                allowed = "secret text";
                break;
            case Type::Integer:
            case Type::Real:
                allowed = fmt::format("{} to {}", info.minimum, info.maximum);
                break;
            case Type::Boolean:
                allowed = "true, false";
                break;
            case Type::Hours:
                allowed = "hours such as 22-6";
                break;
        }
        std::string_view takes;
        if (info.takes == Takes::at_start) takes = " (needs a restart)";
        if (info.takes == Takes::never) takes = " (not on the page)";
        const std::string flag = info.type == Type::Secret ? "(none)" : "`--" + info.flag() + "`";
        out += fmt::format("| `{}` | {} | {} | {} | {}{} |\n", info.name, flag,
                           info.default_text.empty() ? "(empty)" : "`" + info.default_text + "`", allowed, info.help,
                           takes);
    }
    return out;
}

}  // namespace audiomuse::settings
