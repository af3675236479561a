#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <system_error>
#include <thread>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/jobs/throttle.h"
#include "audiomuse/jobs/worker_plan.h"
#include "in_flight.h"
#include "index_model.h"
#include "steps.h"

namespace audiomuse::jobs {

namespace {

using Pending = store::Analyses::PendingTrack;
using Saved = store::Analyses::Saved;

constexpr std::int64_t kPendingBatch = 256;
constexpr std::size_t kSaveBatch = 16;
constexpr double kSaveInterval = 0.25;  // seconds of results that a kill can cost
// What another decoder may do better: it reads the file, and the rest works on what it hands on. Not "fetch".
constexpr std::array<std::string_view, 3> kStagesOfDecoder = {"decode", "analyse", "model"};

/// Hands out pending tracks one by one, read from the store in batches; those that were in flight when the process died
/// come last, so that a file that kills it does so after the others are done. Thread-safe.
class PendingCursor {
public:
    PendingCursor(store::Analyses& analyses, ModelTag model, const InFlight& in_flight)
        : analyses_(analyses), model_(std::move(model)), in_flight_(in_flight) {}

    std::optional<Pending> next() {
        std::lock_guard lock(mutex_);
        while (std::optional<Pending> track = next_stored()) {
            if (in_flight_.crashes(track->id) == 0) return track;
            suspects_.push_back(*track);
        }
        if (suspects_.empty()) return std::nullopt;
        Pending suspect = suspects_.back();
        suspects_.pop_back();
        return suspect;
    }

private:
    std::optional<Pending> next_stored() {
        if (position_ == batch_.size()) {
            batch_ = analyses_.pending(model_, last_, kPendingBatch);
            position_ = 0;
            if (batch_.empty()) return std::nullopt;
            last_ = batch_.back().id;
        }
        return batch_[position_++];
    }

    store::Analyses& analyses_;
    const ModelTag model_;
    const InFlight& in_flight_;
    std::mutex mutex_;  // guards what follows
    std::vector<Pending> batch_;
    std::size_t position_ = 0;
    TrackId last_;
    std::vector<Pending> suspects_;
};

Saved listen(const JobContext& context, InFlight& in_flight, const Pending& track, const CancelToken& cancel) {
    if (in_flight.crashes(track.id) >= InFlight::kMaxCrashes) {
        in_flight.end(track.id);  // the failure remembers it from here on; a retry starts from none
        return {track.id, track.stamp, std::nullopt,
                AnalysisFailure{ErrorCode::internal, "analyse",
                                fmt::format("The program ended {} times while listening to {}.", InFlight::kMaxCrashes,
                                            track.path)},
                context.analyser->decoder()};
    }
    in_flight.begin(track.id);
    Saved saved{track.id, track.stamp, std::nullopt, std::nullopt, context.analyser->decoder()};
    try {
        const auto audio = context.source->fetch({track.path, track.stamp});
        auto result = context.analyser->analyse(audio->path(), cancel);
        if (auto* analysis = std::get_if<TrackAnalysis>(&result)) {
            saved.analysis = std::move(*analysis);
        } else {
            saved.failure = std::get<AnalysisFailure>(std::move(result));
        }
    } catch (const Error& error) {
        in_flight.end(track.id);
        if (error.code() == ErrorCode::cancelled) throw;
        saved.failure = AnalysisFailure{error.code(), "fetch", error.what()};
        return saved;
    }
    in_flight.end(track.id);
    return saved;
}

/// The one writer: saves results in batches and keeps index and counts in step with what is saved.
class Writer {
public:
    Writer(const JobContext& context, Progress& progress, std::int64_t total)
        : context_(context),
          progress_(progress),
          total_(total),
          clock_(static_cast<double>(total)),
          index_(index_of_model(context, context.analyser->model())) {}

    void take(Saved saved) {
        batch_.push_back(std::move(saved));
        if (batch_.size() >= kSaveBatch || steady_now() - last_save_ > kSaveInterval) flush();
    }

    void flush() {
        if (batch_.empty()) return;
        context_.store.analyses().save(batch_);
        Counts counts = progress_.counts();
        for (const Saved& saved : batch_) {
            if (saved.analysis) {
                ++counts.analysed;
                if (index_) index_->add(saved.id.value, saved.analysis->embedding);
            } else {
                ++counts.failed;
                log::debug("Failed: {}", saved.failure->message);
            }
        }
        done_ += static_cast<std::int64_t>(batch_.size());
        batch_.clear();
        last_save_ = steady_now();
        progress_.set_counts(counts);
        const auto done = static_cast<double>(done_);
        progress_.report(total_ == 0 ? 1 : done / static_cast<double>(total_),
                         fmt::format("Listened to {} of {} tracks", done_, total_), clock_.remaining(done));
        context_.queue.publish({"library", "{}"});
    }

private:
    const JobContext& context_;
    Progress& progress_;
    const std::int64_t total_;
    const EtaClock clock_;
    const std::shared_ptr<index::VectorIndex> index_;
    std::vector<Saved> batch_;
    std::int64_t done_ = 0;
    double last_save_ = steady_now();
};

/// Threads that fetch, decode and analyse pending tracks, one each at a time, and hand the results to one queue, which
/// is closed when all of them are done.
class Readers {
public:
    Readers(const JobContext& context, Progress& progress, const WorkerPlan& plan, const CancelToken& cancel)
        : context_(context),
          progress_(progress),
          duty_(plan.duty),
          cancel_(cancel),
          in_flight_(context.data / "in-flight"),
          cursor_(context.store.analyses(), context.analyser->model(), in_flight_),
          results_(2 * static_cast<std::size_t>(plan.workers)),
          running_(plan.workers) {
        start(plan.workers);
    }

    BoundedQueue<Saved>& results() { return results_; }

    /// Ends the work because of the exception being handled; the first one is kept.
    void fail() {
        std::lock_guard lock(failure_mutex_);
        if (!failure_) failure_ = std::current_exception();
        stopped_ = true;
        results_.close();
    }

    /// Waits for all threads, and throws what went wrong.
    void finish() {
        threads_.clear();  // joins
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    void start(unsigned count) {
        for (unsigned i = 0; i < count; ++i) {
            try {
                threads_.emplace_back([this] { run(); });
            } catch (const std::system_error& error) {
                if (i == 0) throw;
                // No memory for one more stack: those that run go on.
                log::warn("Only {} of {} workers could be started: {}", i, count, error.what());
                if ((running_ -= count - i) == 0) results_.close();
                return;
            }
        }
    }

    void run() {
        try {
            lower_thread_priority(static_cast<int>(context_.settings.nice));
            read();
        } catch (const Error& error) {
            if (error.code() != ErrorCode::cancelled) fail();
        } catch (...) {
            fail();
        }
        if (--running_ == 0) results_.close();
    }

    void read() {
        const settings::HoursOfDay& hours = context_.settings.analysis_hours;
        Throttle throttle(duty_, hours, context_.clock);
        const auto stop = [this] { return stopped_ || cancel_.cancelled(); };
        while (!stop()) {
            const std::optional<Pending> track = cursor_.next();
            if (!track) return;
            // Said again and again, as results that are saved meanwhile say something else.
            if (!throttle.wait(stop, [&] { progress_.say(waiting_message(hours)); })) return;
            if (!results_.push(listen(context_, in_flight_, *track, cancel_))) return;
        }
    }

    const JobContext& context_;
    Progress& progress_;
    const double duty_;
    const CancelToken cancel_;
    InFlight in_flight_;
    PendingCursor cursor_;
    BoundedQueue<Saved> results_;
    std::atomic<unsigned> running_;
    std::atomic<bool> stopped_{false};
    std::mutex failure_mutex_;  // guards failure_
    std::exception_ptr failure_;
    std::vector<std::jthread> threads_;  // last: they use all of the above
};

/// What failed with another decoder than this process's is pending again.
void forget_failures_of_other_decoders(const JobContext& context, Progress& progress) {
    const std::int64_t forgotten =
        context.store.analyses().forget_failures_of_other_decoders(context.analyser->decoder(), kStagesOfDecoder);
    if (forgotten > 0)
        progress.log(
            fmt::format("The decoder has changed: files that failed with another are tried again ({}).", forgotten));
}

}  // namespace

void analyse_tracks(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    if (context.analyser == nullptr) throw Error(ErrorCode::unavailable, "This process does not analyse.");
    const ModelTag model = context.analyser->model();
    forget_failures_of_other_decoders(context, progress);
    const store::Coverage before = context.store.analyses().coverage(model);
    const std::int64_t total = before.pending + before.stale;
    progress.set_counts(
        {.found = before.tracks, .analysed = 0, .known = before.analysed, .failed = before.failed, .total = total});
    progress.begin_step("analyse", 10, 95, fmt::format("Listening to {} tracks with {}", total, model.name));
    const WorkerPlan plan = plan_workers(context.settings, *context.analyser);
    log::info("Analysing with {}", plan.why);
    progress.log(fmt::format("Analysing with {}.", plan.why));

    Readers readers(context, progress, plan, cancel);
    try {
        Writer writer(context, progress, total);
        // Results are saved when there are enough of them, and when no more come for a moment.
        while (!readers.results().drained()) {
            if (auto saved = readers.results().pop_for(std::chrono::duration<double>(kSaveInterval))) {
                writer.take(std::move(*saved));
            } else {
                writer.flush();
            }
        }
        writer.flush();
    } catch (...) {
        readers.fail();
    }
    readers.finish();
    cancel.check();

    const Counts counts = progress.counts();
    progress.log(fmt::format("{} tracks: {} analysed now, {} known before, {} failed.", counts.found, counts.analysed,
                             counts.known, counts.failed));
}

}  // namespace audiomuse::jobs
