#include "audiomuse/jobs/workers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <random>
#include <shared_mutex>
#include <thread>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/machine.h"
#include "audiomuse/jobs/worker_plan.h"
#include "children.h"
#include "run_job.h"

namespace audiomuse::jobs {

namespace {

constexpr std::chrono::milliseconds kBeat{500};
constexpr double kReconciliation = 2;  // seconds
constexpr std::int64_t kReconciled = 1000;
constexpr std::chrono::milliseconds kClaimWait{200};  // a worker that is told to go notices within this

}  // namespace

std::string new_worker_name() {
    std::string host(256, '\0');
    if (::gethostname(host.data(), host.size() - 1) != 0) host = "worker";
    host.resize(std::char_traits<char>::length(host.c_str()));
    return fmt::format("{}:{}:{:08x}", host, ::getpid(), std::random_device{}());
}

struct Workers::State {
    explicit State(const JobContext& given) : context(given), held(context) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    /// Ends the threads also where the constructor of Workers could not start all of them.
    ~State() {
        close();
        held.interrupt(HeldJobs::Interrupt::all);
    }

    const JobContext context;
    HeldJobs held;
    WorkerPlan plan;
    ClusterLibraries libraries;
    std::shared_mutex alone;  // held by one album whose workers died, or shared by the others
    std::atomic<bool> closing{false};
    std::mutex mutex;  // guards wake's waiting
    std::condition_variable_any wake;
    std::jthread supervisor;  // before the slots, so that what they hold is renewed until the last of them has ended
    std::vector<std::jthread> slots;

    void serve(queue::Lane lane) {
        if (lane == queue::Lane::normal) lower_thread_priority(static_cast<int>(context.settings.nice));
        Throttle throttle(plan.duty, context.settings.analysis_hours, context.clock);
        Slot slot{throttle,
                  [this](bool one) -> std::shared_ptr<void> {
                      if (one) return std::make_shared<std::unique_lock<std::shared_mutex>>(alone);
                      return std::make_shared<std::shared_lock<std::shared_mutex>>(alone);
                  },
                  libraries};
        bool failed = false;
        while (!closing) {
            try {
                if (const auto claim = context.queue.claim({lane}, kClaimWait)) run_job(context, held, *claim, slot);
                failed = false;
            } catch (const std::exception& error) {
                if (!failed) log::error("A worker lost a job and goes on: {}", error.what());
                failed = true;
                pause(1);
            }
        }
    }

    void pause(double seconds) {
        std::unique_lock lock(mutex);
        wake.wait_for(lock, std::chrono::duration<double>(seconds), [&] { return closing.load(); });
    }

    void supervise(const std::stop_token& stop) {
        double reconciled = 0;
        bool failed = false;
        while (!stop.stop_requested()) {
            held.beat();
            libraries.forget_idle();
            if (const double now = steady_now(); !closing && now - reconciled > kReconciliation) {
                try {
                    reconcile();
                    failed = false;
                } catch (const std::exception& error) {
                    if (!failed) log::warn("Unfinished jobs can't be looked for now: {}", error.what());
                    failed = true;
                }
                reconciled = steady_now();
            }
            std::unique_lock lock(mutex);
            wake.wait_for(lock, stop, kBeat, [] { return false; });
        }
    }

    /// Delivers what nobody holds: new jobs whose delivery was lost, and those of workers that died. The queue drops
    /// what waits in it already.
    void reconcile() {
        store::Jobs& jobs = context.store.jobs();
        std::map<JobId, bool> parents;  // whether they are unfinished
        for (const store::Job& job : jobs.unheld(kReconciled)) {
            if (is_child(job) && !parents.contains(job.parent)) {
                const auto parent = jobs.get(job.parent);
                parents[job.parent] = parent && !store::is_final(parent->state);
            }
            if (is_child(job) && !parents[job.parent]) {
                jobs.finish(job.id, job.owner, store::JobState::revoked, job.details);
            } else if (can_do(context, job.type)) {
                if (!job.owner.empty()) log::info("Going on with {} ({} %)", job.type, job.progress);
                context.queue.enqueue(job.id, lane_of(job));
            }
        }
    }

    void start(queue::Lane lane, unsigned threads) {
        for (unsigned i = 0; i < threads; ++i) {
            try {
                slots.emplace_back([this, lane] { serve(lane); });
            } catch (const std::system_error& error) {
                if (i == 0) throw;
                // No memory for one more stack: those that run go on.
                log::warn("Only {} of {} workers could be started: {}", i, threads, error.what());
                return;
            }
        }
    }

    void close() {
        {
            std::lock_guard lock(mutex);
            closing = true;
        }
        wake.notify_all();
    }
};

Workers::Workers(const JobContext& context, const std::vector<queue::Lane>& lanes)
    : state_(std::make_unique<State>(context)) {
    const auto serves = [&](queue::Lane lane) { return std::ranges::find(lanes, lane) != lanes.end(); };
    if (context.analyser != nullptr) {
        state_->plan = plan_workers(context.settings, *context.analyser);
        log::info("Analysing with {}", state_->plan.why);
    } else {
        const unsigned cores = allowed_cores();
        const std::int64_t wanted = context.settings.workers;
        state_->plan.workers = wanted > 0 ? static_cast<unsigned>(std::min<std::int64_t>(wanted, cores)) : cores;
    }
    try {
        if (serves(queue::Lane::high)) state_->start(queue::Lane::high, 1);
        if (serves(queue::Lane::aside)) state_->start(queue::Lane::aside, 1);
        if (serves(queue::Lane::backup) && !context.backups.empty()) state_->start(queue::Lane::backup, 1);
        if (serves(queue::Lane::library) && context.lists_folders) state_->start(queue::Lane::library, 1);
        if (serves(queue::Lane::normal)) state_->start(queue::Lane::normal, state_->plan.workers);
        state_->supervisor =
            std::jthread([state = state_.get()](const std::stop_token& stop) { state->supervise(stop); });
    } catch (const std::system_error& error) {
        throw Error(ErrorCode::io,
                    fmt::format("No thread can be started ({}). Allow more memory or more threads, see ulimit -a.",
                                error.what()));
    }
}

Workers::~Workers() = default;

void Workers::drain(std::chrono::milliseconds patience) {
    using Interrupt = HeldJobs::Interrupt;
    state_->close();
    state_->held.interrupt(patience.count() > 0 ? Interrupt::coordinators : Interrupt::all);
    {
        const std::jthread timer([this, patience](const std::stop_token& stop) {
            std::mutex mutex;
            std::unique_lock lock(mutex);
            std::condition_variable_any wake;
            wake.wait_for(lock, stop, patience, [] { return false; });
            state_->held.interrupt(Interrupt::all);
        });
        state_->slots.clear();  // waits for the threads
    }
    state_->supervisor = {};
}

}  // namespace audiomuse::jobs
