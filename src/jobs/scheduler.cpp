#include "audiomuse/jobs/scheduler.h"

#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"
#include "audiomuse/radios/refresh.h"
#include "audiomuse/schedules/plan.h"
#include "children.h"

namespace audiomuse::jobs {

namespace {

store::Job job_of(const schedules::Task& task, double now) {
    store::Job job;
    job.id = new_job_id();
    if (!task.is_main) job.parent = JobId{store::kAside};
    job.type = task.job;
    if (task.job == radios::kRefreshJob)
        job.params = task.name == "fingerprint" ? radios::taste_params() : radios::refresh_params(std::nullopt);
    job.details = R"({"message":"Started by a schedule.","status_message":"Waiting for a worker.","log":[]})";
    job.created_at = now;
    return job;
}

bool is_due(const store::Schedule& schedule, double now, std::int64_t index_version) {
    if (!schedule.enabled) return false;
    if (schedule.on_change) return index_version != schedule.seen_index;
    return schedule.next_due > 0 && schedule.next_due <= now;
}

/// Returns whether it started a job.
bool start_one(store::Store& store, queue::Queue& queue, const store::Schedule& schedule, double now,
               std::int64_t index_version) {
    const schedules::Task* task = schedules::find_task(schedule.task_type);
    if (!task) return false;  // of a newer version
    const store::Schedules::Next next{.due = schedules::due_after(schedule, now), .seen_index = index_version};
    const bool missed = !schedule.on_change && schedule.waits_for.empty() && now - schedule.next_due > kMissedSeconds;
    if (missed && !schedule.catch_up) {
        store.schedules().pass_over(schedule, next);
        return false;
    }
    const store::Job job = job_of(*task, now);
    if (store.schedules().fire(schedule, next, job, now) != store::Schedules::Fired::started) return false;
    log::info("The schedule '{}' starts {}", schedule.name, job.type);
    try {
        queue.enqueue(job.id, lane_of(job));
    } catch (const Error& error) {
        // The row is there: a worker finds it as soon as it looks for what the queue has lost.
        log::warn("A schedule has started a task, but its delivery waits: {}", error.what());
    }
    return true;
}

}  // namespace

int start_due(store::Store& store, queue::Queue& queue, double now) {
    const auto index = store.index_blobs().info(store::kTrackIndex);
    const std::int64_t index_version = index ? index->version : 0;
    int started = 0;
    for (const store::Schedule& schedule : store.schedules().list()) {
        if (!is_due(schedule, now, index_version)) continue;
        try {
            if (start_one(store, queue, schedule, now, index_version)) ++started;
        } catch (const Error& error) {
            if (error.code() == ErrorCode::unavailable) throw;
            // It is tried again and again, and need not be told for ever.
            if (now - schedule.next_due < kMissedSeconds)
                log::warn("The schedule '{}' can't be started: {}", schedule.name, error.what());
        }
    }
    return started;
}

Scheduler::Scheduler(store::Store& store, queue::Queue& queue, Options options)
    : store_(store),
      queue_(queue),
      options_(std::move(options)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Scheduler::~Scheduler() {
    thread_.request_stop();
    wake_.notify_all();
}

void Scheduler::run(const std::stop_token& stop) {
    bool failed = false;
    while (!stop.stop_requested()) {
        try {
            start_due(store_, queue_, options_.now ? options_.now() : store_.schedules().now());
            failed = false;
        } catch (const std::exception& error) {
            if (!failed) log::warn("What is scheduled can't be looked for now: {}", error.what());
            failed = true;
        }
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, options_.interval, [] { return false; });
    }
}

}  // namespace audiomuse::jobs
