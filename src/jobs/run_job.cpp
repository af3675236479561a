#include "run_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <thread>

#include "audiomuse/backups/backups.h"
#include "audiomuse/base/clock.h"
#include "audiomuse/base/log.h"
#include "audiomuse/jobs/workers.h"
#include "audiomuse/radios/refresh.h"
#include "children.h"

namespace audiomuse::jobs {

namespace json = boost::json;

namespace {

constexpr std::int64_t kKeptJobs = 1000;
constexpr double kRenewal = 2;  // seconds; a request to stop that the queue lost is seen as often

bool is_coordinator(const std::string& type) {
    return type == kMainAnalysis || type == kMainClustering || type == kCleaning;
}

/// Nice level of the thread that does a job of this type.
int nice_of(const std::string& type, const settings::Settings& settings) {
    if (type == kAnalyseAlbum) return static_cast<int>(settings.nice);
    if (type == kClusterBatch) return static_cast<int>(settings.clustering_nice);
    if (type == radios::kRefreshJob) return static_cast<int>(settings.radios_nice);
    return 0;
}

void run_step(const JobContext& context, Slot& slot, Progress& progress, const CancelToken& cancel) {
    const std::string& type = progress.job().type;
    if (type == kMainAnalysis) return analyse_library(context, progress, cancel);
    if (type == kMainClustering) return cluster_library(context, progress, cancel);
    if (type == kCleaning) return clean_library(context, progress, cancel);
    if (type == kScanLibrary) return scan_library(context, progress, cancel);
    if (type == kListServer) return list_server(context, progress, cancel);
    if (type == kAnalyseAlbum) return analyse_album(context, slot, progress, cancel);
    if (type == kClusterBatch) return cluster_batch(context, slot, progress, cancel);
    if (type == kWritePlaylists) return write_playlists_job(context, progress, cancel);
    if (type == radios::kRefreshJob) return refresh_radios(context, progress, cancel);
    if (type == backups::kBackupJob) return make_backup(context, progress, cancel);
    throw Error(ErrorCode::invalid_argument, fmt::format("This version knows no job of type '{}'.", type));
}

/// The workers that died over the job, with times, as kept in its details.
json::array lost_workers(const store::Job& job) {
    const std::string kept = detail_of(job, "lost_workers");
    json::array lost = kept.empty() ? json::array() : json::parse(kept).as_array();
    if (!job.owner.empty()) {
        lost.emplace_back(fmt::format("{} before {}", job.owner, format_utc(unix_now())));
        if (lost.size() > 10) lost.erase(lost.begin());
    }
    return lost;
}

/// Whether a job itself is the likely reason when its workers die. A coordinator that has children does little that
/// could kill: they carry the blame. An album finds out by itself which of its tracks it is.
bool is_to_blame(const JobContext& context, const store::Job& job) {
    if (job.type == kAnalyseAlbum) return false;
    return !is_coordinator(job.type) || context.store.jobs().children(job.id).empty();
}

/// How a job ended.
struct Ending {
    store::JobState state;
    std::string message;
};

/// Does the work; nothing when the job stays unfinished.
std::optional<Ending> work(const JobContext& context, Slot& slot, Progress& progress, HeldJobs::Hold& hold) {
    const std::string& type = progress.job().type;
    try {
        hold.work().token().check();
        run_step(context, slot, progress, hold.work().token());
        return Ending{store::JobState::success, progress.outcome()};
    } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) {
            if (hold.stopped() != HeldJobs::Stop::asked) return std::nullopt;
            return Ending{store::JobState::revoked, "Cancelled. What was done is kept."};
        }
        if (error.code() == ErrorCode::unavailable) {
            log::warn("{} was interrupted and will be taken up again: {}", type, error.what());
            return std::nullopt;
        }
        log::error("{} failed: {}", type, error.what());
        return Ending{store::JobState::failure, error.what()};
    } catch (const std::exception& error) {
        log::error("{} failed: {}", type, error.what());
        return Ending{store::JobState::failure, fmt::format("An unexpected error: {}", error.what())};
    }
}

/// Lets go of an unfinished job. While the store can't be reached it tries again, for as long as the lease might last:
/// then others may take the job anyway.
void hand_back(const JobContext& context, const JobId& id) {
    for (const double started = steady_now();;) {
        try {
            return context.store.jobs().hand_back(id, context.worker);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::unavailable || steady_now() - started > kLeaseSeconds) throw;
            std::this_thread::sleep_for(std::chrono::milliseconds(500));
        }
    }
}

}  // namespace

HeldJobs::Hold::Hold(HeldJobs& all, queue::Claim& claim, bool coordinator)
    : all_(all), claim_(claim), coordinator_(coordinator), asked_(claim.cancel_token()), renewed_(steady_now()) {
    std::lock_guard lock(all_.mutex_);
    all_.jobs_.push_back(this);
    all_.interrupt_if_due(*this);
}

HeldJobs::Hold::~Hold() {
    std::lock_guard lock(all_.mutex_);
    std::erase(all_.jobs_, this);
}

void HeldJobs::beat() {
    std::lock_guard lock(mutex_);
    const double now = steady_now();
    for (Hold* hold : jobs_) {
        try {
            beat(*hold, now);
            store_failed_ = false;
        } catch (const std::exception& error) {
            if (!store_failed_) log::warn("What this worker holds can't be renewed now: {}", error.what());
            store_failed_ = true;
        }
    }
}

void HeldJobs::beat(Hold& hold, double now) {
    hold.claim_.renew();
    const bool asked = hold.asked_.cancelled();
    if (!asked && now - hold.renewed_ < kRenewal) return;
    hold.renewed_ = now;
    const store::Jobs::Hold row = context_.store.jobs().renew(hold.claim_.job(), context_.worker, kLeaseSeconds);
    if (row.held && !row.cancel_requested) return;
    hold.stop_ = row.held ? Stop::asked : Stop::lost;
    hold.work_.cancel();
}

void HeldJobs::interrupt(Interrupt what) {
    std::lock_guard lock(mutex_);
    interrupt_ = what;
    for (Hold* hold : jobs_)
        interrupt_if_due(*hold);
}

void HeldJobs::interrupt_if_due(Hold& hold) const {
    if (interrupt_ == Interrupt::all || (interrupt_ == Interrupt::coordinators && hold.coordinator_))
        hold.work_.cancel();
}

bool can_do(const JobContext& context, const std::string& type) {
    if (type == kScanLibrary) return context.lists_folders;
    if (type == kListServer || type == kWritePlaylists) return context.servers != nullptr;
    if (type == kAnalyseAlbum)
        return context.analyser != nullptr && (context.source != nullptr || context.servers != nullptr);
    if (type == kMainAnalysis) return context.analyser != nullptr;
    if (type == backups::kBackupJob) return !context.backups.empty();
    return true;
}

void run_job(const JobContext& context, HeldJobs& held, queue::Claim& claim, Slot& slot) {
    store::Jobs& jobs = context.store.jobs();
    const std::optional<store::Job> job = jobs.get(claim.job());
    if (!job || !jobs.start(job->id, context.worker, kLeaseSeconds)) {
        claim.finish();  // it has ended, or another worker has it
        return;
    }
    lower_thread_priority(nice_of(job->type, *context.settings.get()));
    Progress progress(context.store, context.queue, *job, context.worker);
    const json::array lost_to = lost_workers(*job);
    if (!lost_to.empty()) progress.set_detail("lost_workers", json::serialize(lost_to));

    std::optional<Ending> ending;
    bool lost = false;
    {
        HeldJobs::Hold hold(held, claim, is_coordinator(job->type));
        if (job->cancel_requested) {
            ending = Ending{store::JobState::revoked, "Cancelled. What was done is kept."};
        } else if (job->attempts > kMaxRetries && is_to_blame(context, *job)) {
            ending = Ending{store::JobState::failure,
                            fmt::format("Given up: {} workers in a row were lost over it, the last {}.", job->attempts,
                                        lost_to.empty() ? "unknown" : lost_to.back().as_string().c_str())};
        } else {
            ending = work(context, slot, progress, hold);
        }
        if (ending && is_coordinator(job->type)) end_children(context, job->id);
        if (ending) progress.finish(ending->state, ending->message);
        if (ending && is_coordinator(job->type)) jobs.prune(kKeptJobs);
        lost = hold.stopped() == HeldJobs::Stop::lost;
    }
    if (ending || lost) {
        claim.finish();
    } else {
        hand_back(context, job->id);  // and the claim goes back to the queue
    }
}

}  // namespace audiomuse::jobs
