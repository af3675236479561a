#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/parallel.h"
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
        return {track.id, track.stamp, std::nullopt,
                AnalysisFailure{ErrorCode::internal, "analyse",
                                fmt::format("The program ended {} times while listening to {}.", InFlight::kMaxCrashes,
                                            track.path)}};
    }
    in_flight.begin(track.id);
    Saved saved{track.id, track.stamp, std::nullopt, std::nullopt};
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

unsigned worker_threads(const settings::Settings& settings) {
    return settings.workers > 0 ? static_cast<unsigned>(settings.workers) : allowed_cores();
}

}  // namespace

void analyse_tracks(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    if (context.analyser == nullptr) throw Error(ErrorCode::unavailable, "This process does not analyse.");
    const ModelTag model = context.analyser->model();
    const store::Coverage before = context.store.analyses().coverage(model);
    const std::int64_t total = before.pending + before.stale;
    progress.set_counts(
        {.found = before.tracks, .analysed = 0, .known = before.analysed, .failed = before.failed, .total = total});
    progress.begin_step("analyse", 10, 95, fmt::format("Listening to {} tracks with {}", total, model.name));

    InFlight in_flight(context.data / "in-flight");
    PendingCursor cursor(context.store.analyses(), model, in_flight);
    const unsigned threads = worker_threads(context.settings);
    BoundedQueue<Saved> results(2 * threads);
    std::exception_ptr failure;
    std::mutex failure_mutex;  // guards failure
    CancelSource stop_readers;
    const auto fail = [&] {
        std::lock_guard lock(failure_mutex);
        if (!failure) failure = std::current_exception();
        stop_readers.cancel();
        results.close();
    };

    std::vector<std::jthread> readers;
    std::atomic<unsigned> running{threads};
    for (unsigned i = 0; i < threads; ++i) {
        readers.emplace_back([&] {
            try {
                while (!cancel.cancelled() && !stop_readers.token().cancelled()) {
                    const std::optional<Pending> track = cursor.next();
                    if (!track || !results.push(listen(context, in_flight, *track, cancel))) break;
                }
            } catch (const Error& error) {
                if (error.code() != ErrorCode::cancelled) fail();
            } catch (...) {
                fail();
            }
            if (--running == 0) results.close();
        });
    }

    Writer writer(context, progress, total);
    try {
        while (auto saved = results.pop())
            writer.take(std::move(*saved));
        writer.flush();
    } catch (...) {
        fail();
    }
    readers.clear();  // joins
    if (failure) std::rethrow_exception(failure);
    cancel.check();

    const Counts counts = progress.counts();
    progress.log(fmt::format("{} tracks: {} analysed now, {} known before, {} failed.", counts.found, counts.analysed,
                             counts.known, counts.failed));
}

}  // namespace audiomuse::jobs
