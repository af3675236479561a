// check: every dependency, the address tried, what was found, and the way out.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "audiomuse/base/error.h"
#include "audiomuse/servers/account.h"
#include "audiomuse/wrap/redis/connection.h"
#include "check/check.h"
#include "commands.h"
#include "runtime.h"
#include "seed_server.h"

namespace audiomuse::app {

namespace {

/// A part that can be asked for by name.
struct Part {
    std::string_view name;
    std::function<std::vector<Check>()> run;
};

using Inspect = std::function<store::StoreState()>;

/// What the store holds of settings; a store that can't be read is for check_store to tell.
settings::Values saved_settings(const Inspect& inspect) {
    try {
        return settings::known(inspect().settings);
    } catch (const Error&) {
        return {};
    }
}

std::vector<Check> check_stores(const settings::Settings& settings, const Inspect& inspect) {
    std::vector<Check> checks = {check_store(inspect)};
    if (auto loopback = check_loopback("POSTGRES_HOST", settings.postgres_host, in_container()))
        checks.push_back(*loopback);
    return checks;
}

/// Those of the store, else the one that the settings name; nothing when there is none, or the store can't be read.
std::vector<Check> check_media_servers(const settings::Settings& settings, const Inspect& inspect) {
    std::vector<Check> checks;
    try {
        std::vector<store::ServerRow> servers = inspect().servers;
        if (servers.empty()) {
            if (const auto named = server_of(settings)) servers.push_back(*named);
        }
        for (const store::ServerRow& server : servers) {
            checks.push_back(check_media_server(
                server, [&] { return library::create_media_server(servers::account_of(server))->probe({}); }));
        }
    } catch (const Error& error) {
        if (error.code() == ErrorCode::invalid_argument)
            checks.push_back(
                {"media server", Check::State::problem, error.what(), "Set it in .env or the environment."});
    }
    return checks;
}

RedisState inspect_redis(const std::string& url) {
    const wrap::redis::Address address = wrap::redis::parse_url(url);
    wrap::redis::Connection connection(address);
    const std::string info = connection.run({"INFO", "server"}).text;
    constexpr std::string_view kField = "redis_version:";
    const std::size_t begin = info.find(kField);
    if (begin == std::string::npos) return {address.name(), "of an unknown version"};
    const std::size_t value = begin + kField.size();
    return {address.name(), info.substr(value, info.find_first_of("\r\n", value) - value)};
}

std::vector<Part> parts(const settings::Settings& settings, const Inspect& inspect, bool running) {
    return {
        {"data", [&] { return std::vector{check_data_folder(data_folder(settings))}; }},
        {"music", [&] { return check_music_folders(music_folders_of(settings.music_folders)); }},
        {"decoder", [] { return std::vector{check_decoder()}; }},
        {"libraries", [] { return std::vector{check_libraries()}; }},
        {"analysis", [&] { return check_analysis(settings); }},
        {"store", [&] { return check_stores(settings, inspect); }},
        {"queue",
         [&] {
             if (settings.redis_url.empty()) return std::vector{check_queue(settings)};
             return std::vector{check_redis([&] { return inspect_redis(settings.redis_url); })};
         }},
        {"servers", [&] { return check_media_servers(settings, inspect); }},
        {"instances",
         [&] {
             return std::vector{guarded("web instances", "", [&] { return check_instances(inspect().instances); })};
         }},
        {"web",
         [&, running] { return std::vector{check_web(settings.host, static_cast<int>(settings.port), running)}; }},
    };
}

}  // namespace

int check(const CheckOptions& options) {
    const settings::Settings given = load_settings(options.settings);
    const Inspect inspect = [&given] {
        return has_shared_store(given) ? store::inspect_postgres(postgres_options(given))
                                       : store::inspect_sqlite(data_folder(given) / "audiomuse.db");
    };
    const settings::Settings settings = load_settings(options.settings, saved_settings(inspect));
    std::vector<Check> checks;
    for (const Part& part : parts(settings, inspect, options.running)) {
        const bool wanted = options.parts.empty() || std::ranges::find(options.parts, part.name) != options.parts.end();
        if (!wanted) continue;
        for (Check& line : part.run())
            checks.push_back(std::move(line));
    }
    std::fputs((options.json ? report_json(checks) : report_text(checks)).c_str(), stdout);
    return has_problem(checks) ? 1 : 0;
}

}  // namespace audiomuse::app
