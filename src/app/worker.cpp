// worker: only workers, for a store and a queue that others share.
#include <fmt/format.h>
#include <signal.h>

#include <cstdio>

#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "audiomuse/jobs/workers.h"
#include "commands.h"
#include "restart.h"
#include "runtime.h"

namespace audiomuse::app {

namespace {

// What is in hand may take so long to end before it is handed back; service managers kill after 30 seconds.
constexpr std::chrono::seconds kDrain{15};

std::vector<queue::Lane> lanes_of(const std::string& queues) {
    std::vector<queue::Lane> lanes = {queue::Lane::library};
    for (const std::string& part : split(queues, ',')) {
        const std::string name(trim(part));
        if (name != "high" && name != "default") {
            throw Error(ErrorCode::invalid_argument,
                        fmt::format("AUDIOMUSE_QUEUES names a queue '{}'. There are high, for whole jobs, and default, "
                                    "for their parts; 'high,default' serves both.",
                                    name));
        }
        lanes.push_back(name == "high" ? queue::Lane::high : queue::Lane::normal);
        if (name == "high") lanes.push_back(queue::Lane::aside);
    }
    return lanes;
}

/// Works until one of the signals comes, and returns it.
int work_once(const WorkerOptions& options, const sigset_t& signals) {
    const settings::Settings given = load_settings(options.settings);
    const std::vector<queue::Lane> lanes = lanes_of(given.queues);
    if (!has_shared_store(given)) {
        throw Error(ErrorCode::invalid_argument,
                    "A worker needs the store that the web instance uses: set POSTGRES_HOST, POSTGRES_USER, "
                    "POSTGRES_PASSWORD and POSTGRES_DB, or DATABASE_URL, and REDIS_URL where there is a Redis. On a "
                    "single machine 'audiomuse serve' works alone.");
    }
    Runtime runtime(options.settings, Needs::analysis);
    jobs::Workers workers(runtime.job_context(), lanes);
    const auto restart = listen_for_restart(runtime.queue());
    fmt::print("AudioMuse works as {} - end it with Ctrl-C.\n", runtime.job_context().worker);
    std::fflush(stdout);

    int signal = 0;
    sigwait(&signals, &signal);
    log::info("Ending what is in hand; the rest is handed back");
    let_end_at_once(signal);
    workers.drain(kDrain);
    return signal;
}

}  // namespace

int worker(const WorkerOptions& options) {
    // Settings that do not work here are not put back: they may well work elsewhere.
    run_until_ended([&](const sigset_t& signals) { return work_once(options, signals); });
    return 0;
}

}  // namespace audiomuse::app
