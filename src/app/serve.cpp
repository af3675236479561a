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
    const auto server = api::create_server({.store = runtime.store(),
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
                                            .handler_threads = std::clamp(2 * cores, 4U, 16U)});
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
