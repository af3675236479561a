#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "announcer.h"
#include "audiomuse/api/passwords.h"
#include "audiomuse/api/server.h"
#include "audiomuse/backups/backups.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/machine.h"
#include "audiomuse/features/text_search/text_branch.h"
#include "audiomuse/jobs/scheduler.h"
#include "audiomuse/jobs/server_watch.h"
#include "audiomuse/jobs/workers.h"
#include "commands.h"
#include "page.h"
#include "restart.h"
#include "runtime.h"

namespace audiomuse::app {

namespace {

const std::vector<queue::Lane> kAllLanes = {queue::Lane::high, queue::Lane::normal, queue::Lane::library,
                                            queue::Lane::aside, queue::Lane::backup};

/// What this process serves: without workers, what needs the folders of this machine.
std::vector<queue::Lane> served_lanes(Runtime& runtime, bool no_worker) {
    if (!no_worker) return kAllLanes;
    std::vector<queue::Lane> lanes = {queue::Lane::backup};
    if (runtime.shared() && !runtime.music_folders().empty()) lanes.push_back(queue::Lane::library);
    return lanes;
}

/// How many connections the limit of open files leaves room for, after raising it as far as it goes, since more may be
/// wanted later. A connection takes two files while it is sent one.
std::size_t room_for_connections(std::int64_t wanted) {
    constexpr std::uint64_t kOwnFiles = 256;        // database, music, logs, libraries
    constexpr std::uint64_t kMostWanted = 100'000;  // by the settings' table
    const std::uint64_t open_files = raise_open_files(kOwnFiles + 2 * kMostWanted);
    const std::uint64_t room = std::max(open_files, kOwnFiles + 2) - kOwnFiles;
    if (room < static_cast<std::uint64_t>(wanted)) {
        log::warn(
            "Only {} connections are taken instead of {}, as this process may open no more than {} files. Raise the "
            "limit ('ulimit -Hn', LimitNOFILE= in a systemd unit), or lower AUDIOMUSE_MAX_CONNECTIONS.",
            room, wanted, open_files);
    }
    return room;
}

/// The host of "postgresql://user:password@host:port/database".
std::string host_of(const std::string& url) {
    const std::size_t user_end = url.rfind('@');
    const std::size_t scheme_end = url.find("//");
    const std::size_t begin = user_end != std::string::npos     ? user_end + 1
                              : scheme_end != std::string::npos ? scheme_end + 2
                                                                : 0;
    return url.substr(begin, url.find_first_of(":/?", begin) - begin);
}

bool is_loopback(const std::string& host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

/// Where workers on other machines reach this process.
std::string url_for_workers(const Runtime& runtime, int port) {
    const auto snapshot = runtime.settings().get();
    const settings::Settings& settings = *snapshot;
    if (!settings.url.empty()) return settings.url;
    const bool everywhere = settings.host == "0.0.0.0" || settings.host == "::";
    const std::string address =
        everywhere ? own_address_towards(settings.database_url.empty() ? settings.postgres_host
                                                                       : host_of(settings.database_url))
                   : settings.host;
    return fmt::format("http://{}:{}", address, port);
}

/// Makes the first administrator of the settings, and says what is open.
void prepare_sign_in(Runtime& runtime) {
    const auto snapshot = runtime.settings().get();
    const settings::Settings& settings = *snapshot;
    if (!settings.auth_enabled) {
        if (!is_loopback(settings.host)) {
            log::warn("AUTH_ENABLED is false: everybody who reaches {} port {} may do everything", settings.host,
                      settings.port);
        }
        return;
    }
    store::Users& users = runtime.store().users();
    if (!users.list().empty()) return;
    if (settings.first_user.empty()) {
        log::info("Nobody can sign in yet: open the page on this machine or its network to make an administrator");
        return;
    }
    try {
        api::check_password(settings.first_password);
    } catch (const Error& error) {
        throw Error(error.code(), fmt::format("AUDIOMUSE_PASSWORD: {}", error.what()));
    }
    try {
        users.add_first(settings.first_user, api::hash_of_password(settings.first_password));
        log::info("{} is the first administrator", settings.first_user);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::conflict) throw;  // another web instance made one at this moment
    }
}

/// CLAP's text branch, which takes no memory until somebody searches; null where it is not wanted, or not installed.
std::unique_ptr<features::TextBranch> open_texts(const settings::Settings& settings) {
    const models::ModelPlaces places = model_places(settings);
    if (!settings.clap_enabled || !models::has_clap_text(places)) return nullptr;
    return std::make_unique<features::TextBranch>(
        [places] { return models::open_clap_text(places); },
        features::TextBranch::Options{.idle_s = static_cast<double>(settings.clap_text_warmup)});
}

/// What outlives a restart.
struct Started {
    settings::Values settings;  ///< the saved ones of the last good start, of those that are taken at a start
    std::uint16_t port = 0;     ///< that was found where the settings say 0
};

/// Serves until one of the signals comes, and returns it.
int serve_once(const ServeOptions& options, const sigset_t& signals, Started& started) {
    Runtime runtime(options.settings, options.no_worker ? Needs::serving : Needs::analysis);
    prepare_sign_in(runtime);
    const unsigned cores = allowed_cores();
    const std::unique_ptr<features::TextBranch> texts = open_texts(*runtime.settings().get());
    const std::filesystem::path backups_folder = backups::backup_folder(*runtime.settings().get(), runtime.data());
    const auto server = api::create_server(
        {.store = runtime.store(),
         .queue = runtime.queue(),
         .index = runtime.index().live(),
         .settings = runtime.settings(),
         .local = runtime.music_folders().empty() ? nullptr : runtime.source(),
         .model = runtime.model(),
         .music_folders = runtime.music_folders(),
         .data = runtime.data(),
         .version = AUDIOMUSE_VERSION,
         .link_secret = runtime.link_secret(),
         .sounds = &runtime.sounds().live(),
         .texts = texts.get(),
         .backups = backups_folder},
        {.host = runtime.settings()->host,
         .port = runtime.settings()->port != 0 ? static_cast<std::uint16_t>(runtime.settings()->port) : started.port,
         .files = page_files(),
         .io_threads = std::min(cores, 2U),
         .handler_threads = runtime.shared() ? std::clamp(2 * cores, 4U, 16U) : std::max(2U, cores),
         .most_connections = room_for_connections(runtime.settings()->max_connections)});
    server->start();
    started = {saved_start_settings(runtime.settings()), server->port()};
    const auto restart = listen_for_restart(runtime.queue());
    runtime.index().follow(runtime.queue());
    if (texts) runtime.sounds().follow(runtime.queue());
    jobs::JobContext work = runtime.job_context();
    work.backups = backups_folder;
    std::optional<jobs::Workers> workers(std::in_place, work, served_lanes(runtime, options.no_worker));
    std::optional<jobs::ServerWatch> watch;
    if (!options.no_worker) watch.emplace(runtime.job_context());
    std::optional<jobs::Scheduler> scheduler(std::in_place, runtime.store(), runtime.queue());
    std::optional<Announcer> announcer;
    if (runtime.shared() && !runtime.music_folders().empty()) {
        announcer.emplace(runtime.store(), runtime.job_context().worker, url_for_workers(runtime, server->port()));
    }
    const bool everywhere = runtime.settings()->host == "0.0.0.0" || runtime.settings()->host == "::";
    fmt::print("AudioMuse is at http://{}:{} - end it with Ctrl-C.\n",
               everywhere ? "localhost" : runtime.settings()->host, server->port());
    std::fflush(stdout);

    int signal = 0;
    sigwait(&signals, &signal);
    log::info("Stopping");
    let_end_at_once(signal);
    scheduler.reset();
    watch.reset();
    announcer.reset();
    server->stop();
    workers.reset();
    server->wait();
    return signal;
}

}  // namespace

int serve(const ServeOptions& options) {
    Started started;
    run_until_ended([&](const sigset_t& signals) { return serve_once(options, signals, started); },
                    [&] { Runtime(options.settings, Needs::store).store().save_settings(started.settings); });
    return 0;
}

}  // namespace audiomuse::app
