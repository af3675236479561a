// Logging: one line per event on standard error, `2026-02-03T21:14:05Z info  text`, of which the last are kept in
// memory for the page. Never log a secret.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace audiomuse::log {

enum class Level { debug, info, warn, error, off };

/// Lines below `level` are dropped. Thread-safe. The default is `info`.
void set_level(Level level);
/// Parses "debug", "info", "warn", "error" or "off"; throws Error(invalid_argument) for anything else.
Level parse_level(std::string_view name);
std::string_view level_name(Level level);
bool enabled(Level level);
void write(Level level, std::string_view text);

struct Line {
    double time = 0;  ///< Unix seconds
    Level level = Level::info;
    std::string text;
};
inline constexpr std::size_t kKeptLines = 1000;
/// The last lines of this process, the oldest first. Thread-safe.
std::vector<Line> recent_lines();
/// How many lines were written by this process, by level: debug, info, warn, error. Thread-safe.
std::array<std::uint64_t, 4> lines_written();

// fmt stands in for std::format, which the oldest supported compiler lacks.
template <class... Args>
void debug(fmt::format_string<Args...> text, Args&&... args) {
    if (enabled(Level::debug)) write(Level::debug, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> text, Args&&... args) {
    if (enabled(Level::info)) write(Level::info, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void warn(fmt::format_string<Args...> text, Args&&... args) {
    if (enabled(Level::warn)) write(Level::warn, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> text, Args&&... args) {
    if (enabled(Level::error)) write(Level::error, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace audiomuse::log
