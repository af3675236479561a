// Work that starts by itself, and the promise that of several processes one starts it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audiomuse/base/ids.h"
#include "audiomuse/store/jobs.h"

namespace audiomuse::store {

struct Schedule {
    ScheduleId id;
    std::string name;       ///< may be empty
    std::string task_type;  ///< "analysis", ... as schedules/plan.h lists them
    std::string cron;       ///< five fields; kept, but without effect, with `on_change`
    std::string zone = "UTC";
    bool enabled = true;
    bool catch_up = false;        ///< a time that passed while nothing ran is made up for, once
    bool on_change = false;       ///< due when the index of tracks has a new version, not by time
    double next_due = 0;          ///< Unix seconds; 0: never by time
    std::int64_t seen_index = 0;  ///< version of the index that the last run knew, see `on_change`
    double created_at = 0;
    // What became of it.
    double last_run = 0;         ///< 0: never
    JobId last_job = {};         ///< of the last run; its row may be gone
    std::string waits_for = {};  ///< type of the job whose end it waits for; empty: it does not wait
    double missed_at = 0;        ///< the last time that passed while nothing ran and was not made up for; 0: none
};

class Schedules {
public:
    virtual ~Schedules() = default;
    /// The database's own time, Unix seconds: one clock for all processes.
    virtual double now() = 0;
    virtual std::vector<Schedule> list() = 0;  ///< by id
    virtual std::optional<Schedule> get(ScheduleId id) = 0;
    /// Of `schedule`, all but the id, the time of its making and what became of it.
    virtual ScheduleId add(const Schedule& schedule) = 0;
    /// The same of one that is there, which stops waiting. Throws Error(not_found).
    virtual void update(const Schedule& schedule) = 0;
    virtual void remove(ScheduleId id) = 0;  ///< throws Error(not_found)

    enum class Fired {
        started,  ///< the job is there
        waits,    ///< another job is unfinished; the schedule stays due
        taken,    ///< another process was first, or the schedule was changed
    };
    /// What a schedule becomes when it is started or passed over.
    struct Next {
        double due = 0;
        std::int64_t seen_index = 0;
    };
    /// Creates `job` and moves the schedule on, both or neither, if the schedule is still as `seen`: however many
    /// processes do this at once, one creates the job. A main job waits while a main job is unfinished, any other one
    /// while one of its type is, and with `on_change` also while a main job is.
    virtual Fired fire(const Schedule& seen, const Next& next, const Job& job, double now) = 0;
    /// Moves the schedule on without a run, if it is still as `seen`.
    virtual void pass_over(const Schedule& seen, const Next& next) = 0;
};

}  // namespace audiomuse::store
