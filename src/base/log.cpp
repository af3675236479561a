#include "audiomuse/base/log.h"

#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>

#include "audiomuse/base/error.h"

namespace audiomuse::log {

namespace {

constexpr std::array<std::string_view, 5> kLevelNames = {"debug", "info", "warn", "error", "off"};

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warn:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
        case Level::off:
            return spdlog::level::off;
    }
    return spdlog::level::info;
}

Level from_spdlog(spdlog::level::level_enum level) {
    if (level <= spdlog::level::debug) return Level::debug;
    if (level == spdlog::level::info) return Level::info;
    return level == spdlog::level::warn ? Level::warn : Level::error;
}

// The process's one log: standard error is process-wide too.
const std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt>& kept() {
    static const auto sink = std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(kKeptLines);
    return sink;
}

std::array<std::atomic<std::uint64_t>, 4>& counters() {
    static std::array<std::atomic<std::uint64_t>, 4> counts{};
    return counts;
}

spdlog::logger& logger() {
    static const std::shared_ptr<spdlog::logger> instance = [] {
        auto made = std::make_shared<spdlog::logger>(
            "audiomuse", spdlog::sinks_init_list{std::make_shared<spdlog::sinks::stderr_sink_mt>(), kept()});
        made->set_pattern("%Y-%m-%dT%H:%M:%SZ %-5!l %v", spdlog::pattern_time_type::utc);
        return made;
    }();
    return *instance;
}

}  // namespace

void set_level(Level level) {
    logger().set_level(to_spdlog(level));
}

Level parse_level(std::string_view name) {
    for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
        if (kLevelNames[i] == name) return static_cast<Level>(i);
    }
    throw Error(ErrorCode::invalid_argument,
                fmt::format("Unknown log level '{}'; use debug, info, warn, error or off.", name));
}

bool enabled(Level level) {
    return logger().should_log(to_spdlog(level));
}

std::string_view level_name(Level level) {
    return kLevelNames[static_cast<std::size_t>(level)];
}

void write(Level level, std::string_view text) {
    if (level < Level::off && enabled(level)) ++counters()[static_cast<std::size_t>(level)];
    logger().log(to_spdlog(level), "{}", text);
}

std::vector<Line> recent_lines() {
    std::vector<Line> lines;
    for (const auto& message : kept()->last_raw()) {
        const std::chrono::duration<double> time = message.time.time_since_epoch();
        lines.push_back({.time = time.count(),
                         .level = from_spdlog(message.level),
                         .text = {message.payload.data(), message.payload.size()}});
    }
    return lines;
}

std::array<std::uint64_t, 4> lines_written() {
    std::array<std::uint64_t, 4> counts{};
    for (std::size_t i = 0; i < counts.size(); ++i)
        counts[i] = counters()[i];
    return counts;
}

}  // namespace audiomuse::log
