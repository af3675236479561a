#include "audiomuse/jobs/worker.h"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "audiomuse/base/log.h"
#include "steps.h"

namespace audiomuse::jobs {

namespace {

constexpr std::chrono::milliseconds kHeartbeat{500};

/// While it lives: tells the queue that the worker is alive, and cancels `work` when the job is asked to stop or the
/// process is.
class Heartbeat {
public:
    Heartbeat(store::Jobs& jobs, queue::Claim& claim, const CancelToken& stop, CancelSource& work)
        : thread_([this, &jobs, &claim, stop, &work](const std::stop_token& done) {
              const CancelToken asked = claim.cancel_token();
              std::unique_lock lock(mutex_);
              do {
                  claim.renew();
                  try {
                      if (stop.cancelled() || asked.cancelled() || jobs.cancel_requested(claim.job())) work.cancel();
                  } catch (const Error& error) {
                      log::warn("The job's row can't be read: {}", error.what());
                  }
              } while (!wake_.wait_for(lock, done, kHeartbeat, [&] { return done.stop_requested(); }));
          }) {}

private:
    std::mutex mutex_;  // for wake_ only
    std::condition_variable_any wake_;
    std::jthread thread_;
};

void run_steps(const JobContext& context, const store::Job& job, Progress& progress, const CancelToken& cancel) {
    if (job.type == kMainAnalysis) {
        scan_library(context, progress, cancel);
        analyse_tracks(context, progress, cancel);
        update_index(context, progress, cancel);
    } else if (job.type == kMainClustering) {
        make_playlists(context, job.params, progress, cancel);
    } else {
        throw Error(ErrorCode::invalid_argument, fmt::format("This version knows no job of type '{}'.", job.type));
    }
}

std::string summary(const store::Job& job, const Counts& counts) {
    if (job.type != kMainAnalysis) return "Playlists are ready.";
    return fmt::format("Done: {} tracks, {} analysed now, {} known before, {} failed.", counts.found, counts.analysed,
                       counts.known, counts.failed);
}

}  // namespace

int recover(const JobContext& context) {
    int delivered = 0;
    for (const store::Job& job : context.store.jobs().unfinished()) {
        if (job.cancel_requested) {
            context.store.jobs().finish(job.id, store::JobState::revoked, job.details);
            continue;
        }
        // Without folders or a model of its own, this process would end the job as a failure.
        if (job.type == kMainAnalysis && context.analyser == nullptr) continue;
        log::info("Going on with {} ({} %)", job.type, job.progress);
        context.queue.enqueue(job.id, job.parent ? queue::Lane::normal : queue::Lane::high);
        ++delivered;
    }
    return delivered;
}

void run_job(const JobContext& context, queue::Claim& claim, const CancelToken& stop) {
    const std::optional<store::Job> job = context.store.jobs().get(claim.job());
    if (!job || !context.store.jobs().start(job->id)) {
        claim.finish();
        return;
    }
    Progress progress(context.store, context.queue, *job);
    CancelSource work;
    try {
        const Heartbeat heartbeat(context.store.jobs(), claim, stop, work);
        run_steps(context, *job, progress, work.token());
        progress.finish(store::JobState::success, summary(*job, progress.counts()));
    } catch (const Error& error) {
        if (error.code() != ErrorCode::cancelled) {
            log::error("{} failed: {}", job->type, error.what());
            progress.finish(store::JobState::failure, error.what());
        } else if (context.store.jobs().cancel_requested(job->id) || claim.cancel_token().cancelled()) {
            progress.finish(store::JobState::revoked, "Cancelled. What was done is kept.");
        } else {
            return;  // the process is going away; the row stays unfinished and the claim is handed back
        }
    } catch (const std::exception& error) {
        log::error("{} failed: {}", job->type, error.what());
        progress.finish(store::JobState::failure, fmt::format("An unexpected error: {}", error.what()));
    }
    claim.finish();
}

struct Worker::State {
    CancelSource stop;
    std::jthread thread;
};

Worker::Worker(const JobContext& context) : state_(std::make_unique<State>()) {
    state_->thread = std::jthread([context, stop = state_->stop.token()] {
        while (!stop.cancelled()) {
            try {
                const auto claim =
                    context.queue.claim({queue::Lane::high, queue::Lane::normal}, std::chrono::seconds(1));
                if (claim) run_job(context, *claim, stop);
            } catch (const std::exception& error) {
                log::error("The worker lost a job and goes on: {}", error.what());
                std::this_thread::sleep_for(std::chrono::seconds(1));
            }
        }
    });
}

Worker::~Worker() {
    state_->stop.cancel();
}

}  // namespace audiomuse::jobs
