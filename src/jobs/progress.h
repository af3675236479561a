// Turns what a step says into the job's row and an event for pages.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "audiomuse/queue/queue.h"
#include "audiomuse/store/store.h"

namespace audiomuse::jobs {

/// Counts of an analysis; of a whole run, found = analysed + known + failed once it is complete.
struct Counts {
    std::int64_t found = 0;
    std::int64_t analysed = 0;
    std::int64_t known = 0;
    std::int64_t failed = 0;
    std::int64_t heard = 0;  ///< by CLAP, of those that were known
    std::int64_t total = 0;  ///< to be analysed in this run
};

/// Thread-safe. Row and event are written at most twice a second, and at each change of step. Events tell of whole jobs
/// only: a child's progress is shown as part of its parent's.
class Progress {
public:
    /// `worker` holds the job.
    Progress(store::Store& store, queue::Queue& queue, store::Job job, std::string worker);

    const store::Job& job() const { return job_; }  ///< as it was when the work began

    /// The following fractions fill `from`..`to` percent of the job.
    void begin_step(const std::string& name, int from, int to, const std::string& message);
    /// `fraction` of the step is done, 0..1; `message` is a line for people. `eta_s` < 0: not known yet.
    void report(double fraction, const std::string& message, double eta_s = -1);
    /// A line that stays for long, such as what the job waits for: written at once and kept in the log; nothing happens
    /// while it is the line shown already.
    void say(const std::string& message);
    void set_counts(const Counts& counts);
    Counts counts() const;
    /// A line worth keeping: the last ten are shown with the job.
    void log(const std::string& line);
    /// Adds a member to the job's details; `json` is a JSON text.
    /// Replaces one of that name; "" takes it out.
    void set_detail(const std::string& name, const std::string& json);
    /// Writes what was set at once, whatever was written last.
    void save() { write(true); }
    /// What the job's last line says if it ends well.
    void set_outcome(const std::string& message);
    std::string outcome() const;
    /// Ends the row (does nothing if it is final already) and tells the pages.
    void finish(store::JobState state, const std::string& message);

private:
    std::string details() const;
    void write(bool force);
    void publish(store::JobState state);

    store::Store& store_;
    queue::Queue& queue_;
    const store::Job job_;
    const std::string worker_;
    mutable std::mutex mutex_;  // guards everything below
    std::string step_;
    std::string message_;
    std::string outcome_ = "Done.";
    std::deque<std::string> log_;
    std::map<std::string, std::string> extra_;
    Counts counts_;
    int from_ = 0;
    int to_ = 100;
    int percent_ = 0;
    double eta_s_ = -1;
    double last_write_ = 0;
};

/// Estimates the time left from the work done since it was made.
class EtaClock {
public:
    explicit EtaClock(double total);
    /// Seconds left, or -1 before 1 % of the work or two seconds have passed.
    double remaining(double done) const;

private:
    double total_;
    double started_;
};

}  // namespace audiomuse::jobs
