#include "audiomuse/jobs/workers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
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
    explicit State(const JobContext& given) : context(given), held(context), guards(memory_of_track().resident) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    /// Ends the threads also where the constructor of Workers could not start all of them.
    ~State() {
        close();
        held.interrupt(HeldJobs::Interrupt::all);
        end_threads();
    }

    const JobContext context;
    HeldJobs held;
    // As they were before the first worker: a later plan must not count what workers use already.
    const MachineLimits limits = machine_limits();
    const ProcessMemory memory_at_start = process_memory();
    std::shared_ptr<const settings::Settings> planned;  // for which the plan is; used by one thread at a time
    std::atomic<unsigned> children{0};                  // threads that may take children
    std::atomic<double> duty{1};
    unsigned started = 0;  // threads for children
    bool serves_children = false;
    Guards guards;
    ClusterLibraries libraries;
    std::shared_mutex alone;  // held by one album whose workers died, or shared by the others
    std::atomic<bool> closing{false};
    std::mutex mutex;  // guards wake's waiting
    std::condition_variable_any wake;
    std::jthread supervisor;
    std::mutex slots_mutex;  // guards slots and started
    std::vector<std::jthread> slots;

    WorkerMemory memory_of_track() const {
        return context.analyser == nullptr
                   ? WorkerMemory{}
                   : worker_memory(context.analyser->model(), context.analyser->networks_beside());
    }

    /// Makes as many threads as the settings want take children; those that are too many only wait.
    void plan() {
        const auto settings = context.settings.get();
        if (settings == planned) return;
        const bool same = planned && planned->workers == settings->workers && planned->cpu_share == settings->cpu_share;
        planned = settings;
        if (same) return;
        const WorkerPlan made = plan_workers(settings->workers, context.analyser != nullptr ? settings->cpu_share : 100,
                                             limits, memory_at_start, memory_of_track());
        if (context.analyser != nullptr) log::info("Analysing with {}", made.why);
        duty = made.duty;
        children = made.workers;
        if (serves_children && made.workers > started) start(queue::Lane::normal, made.workers - started);
    }

    /// `number`: of the threads of the lane.
    void serve(queue::Lane lane, unsigned number) {
        bool failed = false;
        while (!closing) {
            try {
                if (lane == queue::Lane::normal && number >= children) {
                    pause(1);
                } else if (const auto claim = context.queue.claim({lane}, kClaimWait)) {
                    do_job(*claim);
                }
                failed = false;
            } catch (const std::exception& error) {
                if (!failed) log::error("A worker lost a job and goes on: {}", error.what());
                failed = true;
                pause(1);
            }
        }
    }

    /// In a thread of its own: a thread can lower its priority but not raise it again, and the next job may be of
    /// another kind, or the settings may have changed.
    void do_job(queue::Claim& claim) {
        std::exception_ptr failure;
        std::thread([&] {
            try {
                Throttle throttle([this] { return duty.load(); }, context.clock);
                Slot slot{throttle, guards,
                          [this](bool one) -> std::shared_ptr<void> {
                              if (one) return std::make_shared<std::unique_lock<std::shared_mutex>>(alone);
                              return std::make_shared<std::shared_lock<std::shared_mutex>>(alone);
                          },
                          libraries};
                run_job(context, held, claim, slot);
                if (slot.rests) throttle.rest([this] { return closing.load(); });
            } catch (...) {
                failure = std::current_exception();
            }
        }).join();
        if (failure) std::rethrow_exception(failure);
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
            if (!closing) plan();
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
        const std::lock_guard lock(slots_mutex);
        if (closing) return;
        for (unsigned i = 0; i < threads; ++i) {
            const unsigned number = lane == queue::Lane::normal ? started : 0;
            try {
                slots.emplace_back([this, lane, number] { serve(lane, number); });
                if (lane == queue::Lane::normal) ++started;
            } catch (const std::system_error& error) {
                if (number == 0) throw;
                // No memory for one more stack: those that run go on.
                log::warn("Only {} of {} workers could be started: {}", i, threads, error.what());
                return;
            }
        }
    }

    /// After close(): waits for the threads that do jobs.
    void end_slots() {
        std::vector<std::jthread> ending;
        {
            const std::lock_guard lock(slots_mutex);
            ending.swap(slots);
        }
        ending.clear();
    }

    /// The supervisor goes last, so that what is held is renewed until nothing is.
    void end_threads() {
        end_slots();
        supervisor = {};
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
    try {
        if (serves(queue::Lane::high)) state_->start(queue::Lane::high, 1);
        if (serves(queue::Lane::aside)) state_->start(queue::Lane::aside, 1);
        if (serves(queue::Lane::backup) && !context.backups.empty()) state_->start(queue::Lane::backup, 1);
        if (serves(queue::Lane::library) && context.lists_folders) state_->start(queue::Lane::library, 1);
        state_->serves_children = serves(queue::Lane::normal);
        state_->plan();
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
        state_->end_slots();
    }
    state_->end_threads();
}

}  // namespace audiomuse::jobs
