#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "check/check.h"

namespace audiomuse::app {

namespace {

constexpr std::pair kOldestRedis{6, 2};  // XAUTOCLAIM
constexpr double kSilent = 60;           // seconds after which an instance counts as gone

}  // namespace

std::optional<std::pair<int, int>> parse_version(std::string_view text) {
    std::pair<int, int> version;
    const char* const end = text.data() + text.size();
    const auto [dot, major_error] = std::from_chars(text.data(), end, version.first);
    if (major_error != std::errc() || dot == end || *dot != '.') return std::nullopt;
    const auto [rest, minor_error] = std::from_chars(dot + 1, end, version.second);
    if (minor_error != std::errc()) return std::nullopt;
    return version;
}

Check check_store(const std::function<store::StoreState()>& inspect) {
    return guarded(
        "store", "The store is SQLite in the data folder, or PostgreSQL by DATABASE_URL or POSTGRES_HOST.", [&] {
            const store::StoreState state = inspect();
            Check check{.name = "store", .found = fmt::format("{} at {}", state.engine, state.place)};
            if (!state.schema) {
                check.state = Check::State::problem;
                check.found += ": it belongs to another program";
                check.fix = "Choose another data folder or database.";
            } else if (*state.schema > state.newest_schema) {
                check.state = Check::State::problem;
                check.found +=
                    fmt::format(": its schema is {}, this program knows {}", *state.schema, state.newest_schema);
                check.fix = "A newer AudioMuse wrote it. Install that version here too.";
            } else if (*state.schema == 0) {
                check.found += ": nothing there yet, it is made at the first start";
            } else {
                check.found += fmt::format(": schema {}, {} tracks", *state.schema, state.tracks);
                if (*state.schema < state.newest_schema) {
                    check.state = Check::State::warning;
                    check.fix = fmt::format("The next start brings it to schema {}; a copy is made first.",
                                            state.newest_schema);
                }
            }
            return check;
        });
}

Check check_redis(const std::function<RedisState()>& inspect) {
    return guarded("queue", "Correct REDIS_URL, or start the server; without REDIS_URL the store delivers jobs.", [&] {
        const RedisState state = inspect();
        Check check{.name = "queue", .found = fmt::format("Redis {} at {}", state.version, state.address)};
        const auto version = parse_version(state.version);
        if (!version || *version < kOldestRedis) {
            check.state = Check::State::problem;
            check.found += fmt::format(": {}.{} is the oldest that works", kOldestRedis.first, kOldestRedis.second);
            check.fix = "Update Redis, or leave REDIS_URL empty: then the store delivers jobs.";
        }
        return check;
    });
}

Check check_queue(const settings::Settings& settings) {
    const bool shared = !settings.database_url.empty() || !settings.postgres_host.empty();
    return {"queue", Check::State::ok,
            shared ? "PostgreSQL delivers jobs (no REDIS_URL)" : "in this process, which works alone (no REDIS_URL)",
            ""};
}

Check check_instances(const std::vector<store::StoreState::Instance>& instances) {
    Check check{.name = "web instances"};
    for (const auto& instance : instances) {
        if (instance.seen_s_ago > kSilent) continue;
        check.found += fmt::format("{}{} (seen {:.0f} s ago)", check.found.empty() ? "" : ", ", instance.url,
                                   std::max(0.0, instance.seen_s_ago));
    }
    if (check.found.empty()) check.found = "none runs that serves its music files to other machines";
    return check;
}

std::optional<Check> check_loopback(const std::string& setting, const std::string& host, bool in_container) {
    const bool loopback = host == "localhost" || host == "::1" || host.starts_with("127.");
    if (!loopback || !in_container) return std::nullopt;
    return Check{setting, Check::State::warning, fmt::format("{} is this container itself", host),
                 "Name the service (postgres, redis) or the address of the machine it runs on."};
}

bool in_container() {
    std::error_code error;
    return std::filesystem::exists("/.dockerenv", error) || std::filesystem::exists("/run/.containerenv", error) ||
           std::getenv("KUBERNETES_SERVICE_HOST") != nullptr;
}

}  // namespace audiomuse::app
