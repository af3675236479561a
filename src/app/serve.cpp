#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "audiomuse/api/server.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/machine.h"
#include "audiomuse/jobs/workers.h"
#include "commands.h"
#include "page.h"
#include "runtime.h"

namespace audiomuse::app {

namespace {

const std::vector<queue::Lane> kAllLanes = {queue::Lane::high, queue::Lane::normal, queue::Lane::library};

/// How many connections the limit of open files leaves room for, after raising it as far as it goes. A connection takes
/// two files while it is sent one.
std::size_t room_for_connections(std::int64_t wanted) {
    constexpr std::uint64_t kOwnFiles = 256;  // database, music, logs, libraries
    const std::uint64_t open_files = raise_open_files(kOwnFiles + 2 * static_cast<std::uint64_t>(wanted));
    const std::uint64_t room = std::max(open_files, kOwnFiles + 2) - kOwnFiles;
    if (room < static_cast<std::uint64_t>(wanted)) {
        log::warn(
            "Only {} connections are taken instead of {}, as this process may open no more than {} files. Raise the "
            "limit ('ulimit -Hn', LimitNOFILE= in a systemd unit), or lower AUDIOMUSE_MAX_CONNECTIONS.",
            room, wanted, open_files);
    }
    return room;
}

}  // namespace

int serve(const ServeOptions& options) {
    // Blocked before the first thread starts, so that only the wait below sees them.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    Runtime runtime(options.settings, options.no_worker ? Needs::reading : Needs::analysis);
    const unsigned cores = allowed_cores();
    const auto server =
        api::create_server({.store = runtime.store(),
                            .queue = runtime.queue(),
                            .index = runtime.index().live(),
                            .settings = runtime.settings(),
                            .local = runtime.source(),
                            .model = runtime.model(),
                            .music_folders = runtime.music_folders(),
                            .version = AUDIOMUSE_VERSION},
                           {.host = runtime.settings().host,
                            .port = static_cast<std::uint16_t>(runtime.settings().port),
                            .files = page_files(),
                            .io_threads = std::min(cores, 2U),
                            .handler_threads = std::clamp(2 * cores, 4U, 16U),
                            .most_connections = room_for_connections(runtime.settings().max_connections)});
    server->start();
    runtime.index().follow(runtime.queue());
    std::optional<jobs::Workers> workers;
    if (!options.no_worker) workers.emplace(runtime.job_context(), kAllLanes);
    const bool everywhere = runtime.settings().host == "0.0.0.0" || runtime.settings().host == "::";
    fmt::print("AudioMuse is at http://{}:{} - end it with Ctrl-C.\n",
               everywhere ? "localhost" : runtime.settings().host, server->port());
    std::fflush(stdout);

    int signal = 0;
    sigwait(&signals, &signal);
    log::info("Stopping");
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);  // a second Ctrl-C ends at once
    server->stop();
    workers.reset();
    server->wait();
    return 0;
}

}  // namespace audiomuse::app
