// The one truth about a job: its row. A worker holds a job by a lease, which it renews while it works; when the worker
// dies the lease ends, and another takes the job. Leases are kept by the database's clock.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/base/ids.h"

namespace audiomuse::store {

/// The parent of jobs of their own: short ones that somebody waits for, beside whatever main job there is.
inline constexpr const char* kAside = "aside";

/// Words as AudioMuse-AI's API uses them: PENDING, STARTED, PROGRESS, SUCCESS, FAILURE, REVOKED. The last three are
/// final.
enum class JobState { pending, started, progress, success, failure, revoked };
std::string_view state_name(JobState state);
bool is_final(JobState state);

struct Job {
    JobId id;
    JobId parent;      ///< empty for a main job, kAside for one of its own
    std::string type;  ///< "main_analysis", "main_clustering", ...
    JobState state = JobState::pending;
    int progress = 0;            ///< 0..100, never goes back while a job runs
    std::string params = "{}";   ///< JSON, as handed in at the start
    std::string details = "{}";  ///< JSON object: status_message, log (last 10 lines), what the type adds
    bool cancel_requested = false;
    int attempts = 0;        ///< how often a worker began it since it last got anything done
    std::string owner = {};  ///< the worker that holds it, or held it when it died; empty: none
    double created_at = 0;
    double started_at = 0;   ///< 0 until it began
    double finished_at = 0;  ///< 0 until it is final
};

class Jobs {
public:
    virtual ~Jobs() = default;
    /// Throws Error(conflict) when a job has this id already. `created_at` 0 means now.
    virtual void create(const Job& job) = 0;
    virtual void create(std::span<const Job> jobs) = 0;  ///< all or none
    /// Creates a main job only if no main job is unfinished; otherwise creates nothing and returns the unfinished one.
    virtual std::optional<Job> create_exclusive(const Job& job) = 0;
    virtual std::optional<Job> get(const JobId& id) = 0;
    virtual std::optional<Job> newest_main() = 0;  ///< by time of creation
    virtual std::optional<Job>
    active_main() = 0;  ///< the unfinished main job that is running, else the one waiting longest
    virtual std::vector<Job> list(std::int64_t limit) = 0;       ///< main jobs, newest first
    virtual std::vector<Job> unfinished() = 0;                   ///< oldest first
    virtual std::vector<Job> children(const JobId& parent) = 0;  ///< in the order of their creation
    /// Unfinished jobs that no living worker holds, the oldest first: at most `limit`.
    virtual std::vector<Job> unheld(std::int64_t limit) = 0;

    /// `owner` begins the job, or goes on with one that was interrupted, and holds it for `lease_s` seconds; adds one
    /// to attempts. False when the job is final, or another worker holds it.
    virtual bool start(const JobId& id, const std::string& owner, double lease_s) = 0;
    struct Hold {
        bool held = false;  ///< false: the job is final, gone, or another worker has taken it
        bool cancel_requested = false;
    };
    /// Holds the job for another `lease_s` seconds from now.
    virtual Hold renew(const JobId& id, const std::string& owner, double lease_s) = 0;
    /// Lets go of an unfinished job, so that another worker may take it at once. The attempt does not count.
    virtual void hand_back(const JobId& id, const std::string& owner) = 0;
    /// Lets go of every job: for a process that knows to be the only one.
    virtual void end_all_leases() = 0;
    /// Something of the job got done: attempts are counted from here.
    virtual void reset_attempts(const JobId& id, const std::string& owner) = 0;
    /// State becomes `progress`. The stored progress never falls. Does nothing to a final job, nor to one that `owner`
    /// does not hold.
    virtual void update(const JobId& id, const std::string& owner, int progress, const std::string& details) = 0;
    /// Ends the job with a final state. Progress becomes 100, but stays for a failure. Does nothing to a job that is
    /// final already or that another living worker holds; returns whether it changed the row.
    virtual bool finish(const JobId& id, const std::string& owner, JobState state, const std::string& details) = 0;
    /// Asks for a stop. A job that no worker has begun becomes revoked at once; a running one keeps its state, and its
    /// worker ends it. Returns the row after that; nothing for an unknown id.
    virtual std::optional<Job> request_cancel(const JobId& id) = 0;
    virtual bool cancel_requested(const JobId& id) = 0;
    /// Removes the oldest finished jobs beyond the newest `keep`.
    virtual void prune(std::int64_t keep) = 0;
    virtual void remove(std::span<const JobId> ids) = 0;
};

}  // namespace audiomuse::store
