// Everything a user can set, as one typed struct made from settings_table.h, and how its values are found.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/settings/hours.h"

namespace audiomuse::settings {

namespace type {
using Text = std::string;
using Secret = std::string;
using Integer = std::int64_t;
using Real = double;
using Boolean = bool;
using Hours = HoursOfDay;
}  // namespace type

/// The values. `Settings{}` holds the defaults.
struct Settings {
#define AUDIOMUSE_SETTING(group, member, NAME, type_, default_, minimum, maximum, choices, help) \
    type::type_ member = default_;
#include "audiomuse/settings/settings_table.h"
#undef AUDIOMUSE_SETTING
};

enum class Type { Text, Secret, Integer, Real, Boolean, Hours };

/// One line of the table.
struct SettingInfo {
    std::string_view group;
    std::string_view member;
    std::string_view name;  ///< environment variable and line of .env
    Type type = Type::Text;
    std::string default_text;
    double minimum = 0;
    double maximum = 0;
    std::vector<std::string> choices;  ///< empty: any text
    std::string_view help;
    std::string flag() const;  ///< "max-songs-per-artist"
};
std::span<const SettingInfo> table();

/// Sets one value from text. Booleans are true for "true", "1", "yes", "on" in any case and false for "false", "0",
/// "no", "off". Throws Error(invalid_argument) that names the setting, the value and what is allowed, or
/// Error(not_found) for a name that is not in the table.
void set(Settings& settings, std::string_view name, std::string_view text);
/// The value as text that `set` takes back. Secrets are returned too: never show the answer for Type::Secret.
std::string get(const Settings& settings, std::string_view name);

using Values = std::map<std::string, std::string>;  ///< name to text

/// Lines `NAME=value` of an .env file: blank lines and # comments skipped, an optional `export `, quotes removed. Lines
/// that are none of these are reported in `problems` with their number.
Values parse_env_file(std::string_view text, std::vector<std::string>& problems);
/// The variables of this process's environment that are settings.
Values from_environment();

struct Loaded {
    Settings settings;
    std::vector<std::string> warnings;  ///< unknown names, names this version does not use
};
/// Later layers win: defaults, saved values, .env, environment, flags. An empty value counts as not set (compose files
/// pass those on). Unknown names in `env_file` and `saved` become warnings; a value that is not allowed throws
/// Error(invalid_argument) saying where it came from.
Loaded load(const Values& saved, const Values& env_file, const Values& environment, const Values& flags);

/// docs/settings.md, made from the table.
std::string markdown();

}  // namespace audiomuse::settings
