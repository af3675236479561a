// Jobs as the API shows them.
#pragma once

#include <string>
#include <string_view>

#include "audiomuse/queue/queue.h"
#include "audiomuse/store/jobs.h"
#include "backend.h"
#include "json.h"

namespace audiomuse::api {

/// The stored details; with `cut_log` at most the last ten lines of "log", after a line that tells how many were cut.
json::object job_details(const store::Job& job, bool cut_log);
/// details.status_message, else the last line of the log, else details.message, else the state.
std::string status_message(const store::Job& job);
/// From the first start to the end, or to `now`; 0 before the start.
double running_seconds(const store::Job& job, double now);
/// What `event: job` carries.
queue::Event job_event(const store::Job& job);

/// Creates the main job, unless another one is unfinished, and hands it to the workers. 202 with task_id, task_type and
/// status, or 409 with those of the unfinished one. `before_enqueue` runs between the two, only for a created job, and
/// may add fields to the answer.
Response start_main_job(Backend& backend, std::string_view type, const json::object& params,
                        const std::function<void(json::object&)>& before_enqueue = {});

}  // namespace audiomuse::api
