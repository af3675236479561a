// What workers do: take a job's id from the queue, run its steps, and write how it went into the job's row.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "audiomuse/analyse/analyser.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/jobs/throttle.h"
#include "audiomuse/library/music_source.h"
#include "audiomuse/queue/queue.h"
#include "audiomuse/settings/settings.h"
#include "audiomuse/store/store.h"

namespace audiomuse::jobs {

/// Everything a job may use; made once by `app`, outlives every worker.
struct JobContext {
    store::Store& store;
    queue::Queue& queue;
    index::LiveIndex& index;
    const settings::Settings& settings;
    library::MusicSource* source = nullptr;  ///< null: no music folder was given
    analyse::Analyser* analyser = nullptr;   ///< null: this process does not analyse
    std::filesystem::path data;              ///< folder for small working files
    ThrottleClock clock = real_clock();      ///< by which analysis keeps to its hours and its share of the processor
};

inline constexpr const char* kMainAnalysis = "main_analysis";
inline constexpr const char* kMainClustering = "main_clustering";

/// The name of the saved index of all tracks.
inline constexpr const char* kTrackIndex = "tracks";

/// Fills `index` from the saved image, so that searches work from the start; a missing or damaged image is only logged,
/// the next analysis makes a new one. Call before anything else uses `index`.
void load_saved_index(store::Store& store, index::LiveIndex& index);

/// Delivers again what the last process left behind: unfinished jobs that this process can do go back into the queue,
/// those asked to stop end as revoked, and the others stay for a process that can do them. Call once at start, before a
/// worker runs. Returns the number of jobs delivered.
int recover(const JobContext& context);

/// Runs one job to its end in the caller's thread: the row is success, failure or revoked afterwards, or, when `stop`
/// was cancelled (the process is going away), as unfinished as it was, so that recovery goes on with it.
void run_job(const JobContext& context, queue::Claim& claim, const CancelToken& stop);

/// A thread that claims and runs jobs until it is destroyed. Destroying it interrupts the running job, which recovery
/// takes up again.
class Worker {
public:
    explicit Worker(const JobContext& context);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace audiomuse::jobs
