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
/// When a saved value counts: in running processes; in those that are started afterwards; never, as it belongs to one
/// machine or is needed before the store is open.
enum class Takes { at_once, at_start, never };

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
    Takes takes = Takes::at_once;
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
/// Those of `values` that are settings: stores keep other things beside them.
Values known(const Values& values);
/// The variables of this process's environment that are settings.
Values from_environment();

/// Where a value comes from; the later wins.
enum class Origin { standard, saved, env_file, environment, flag };

struct Loaded {
    Settings settings;
    std::map<std::string, Origin, std::less<>> origins;  ///< of what is not standard
    std::vector<std::string> warnings;  ///< unknown names, names this version does not use, saved values it refuses
};
/// Later layers win: `below` (the defaults), saved values, .env, environment, flags. An empty value counts as not set
/// (compose files pass those on). Unknown names in `env_file` and `saved` become warnings, and so does a saved value
/// that is not allowed, since the page that could put it right must start; elsewhere it throws Error(invalid_argument)
/// saying where it came from. Of saved values those that take `never` are left out.
Loaded load(const Values& saved, const Values& env_file, const Values& environment, const Values& flags,
            const Settings& below = {});

/// docs/settings.md, made from the table.
std::string markdown();

}  // namespace audiomuse::settings
