// Jobs: start, watch, cancel.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "audiomuse/base/clock.h"
#include "audiomuse/settings/settings.h"
#include "backend.h"
#include "errors.h"
#include "job_json.h"
#include "route.h"
#include "settings_json.h"

namespace audiomuse::api {
namespace {

Response start_analysis(Backend& backend, const Call& call) {
    json::object params = call.body();
    if (json::value* albums = params.if_contains("num_recent_albums")) {
        *albums = std::max<std::int64_t>(0, albums->get_int64());
    }
    return start_main_job(backend, "main_analysis", params);
}

void check_order(const json::object& params, const settings::Settings& settings, std::string_view low,
                 std::string_view high) {
    const auto value = [&](std::string_view key) {
        const json::value* given = params.if_contains(key);
        return given ? given->to_number<double>() : std::stod(settings::get(settings, setting_name(key)));
    };
    if (value(low) > value(high)) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("'{}' is {} and so above '{}', which is {}.", low, value(low), high, value(high)));
    }
}

/// Refuses now what the job would refuse later.
void check_words(const json::object& params, settings::Settings settings) {
    for (const auto& [key, value] : params) {
        if (!value.is_string()) continue;
        try {
            settings::set(settings, setting_name(key), std::string_view(value.get_string()));
        } catch (const Error& error) {
            if (error.code() != ErrorCode::not_found) throw;
        }
    }
}

Response start_clustering(Backend& backend, const Call& call) {
    const json::object params = call.body();
    check_words(params, *backend.context.settings.get());
    for (const settings::SettingInfo& info : settings::table()) {
        const std::string low = body_key(info);
        if (info.group != "clustering" || !low.ends_with("_min")) continue;
        check_order(params, *backend.context.settings.get(), low, low.substr(0, low.size() - 3) + "max");
    }
    return start_main_job(backend, "main_clustering", params);
}

Response status(Backend& backend, const Call& call) {
    const std::string id = call.text("task_id");
    const auto job = backend.context.store.jobs().get(JobId{id});
    if (!job) {
        return json_response(404, {{"task_id", id},
                                   {"state", "UNKNOWN"},
                                   {"status_message", "Task ID not found in RQ or DB."},
                                   {"progress", 0},
                                   {"details", json::object()},
                                   {"task_type_from_db", nullptr},
                                   {"running_time_seconds", 0}});
    }
    return json_response(200, {{"task_id", id},
                               {"state", store::state_name(job->state)},
                               {"status_message", status_message(*job)},
                               {"progress", job->progress},
                               {"details", job_details(*job, true)},
                               {"task_type_from_db", job->type},
                               {"running_time_seconds", running_seconds(*job, unix_now())}});
}

/// Cancels one job; the row after that.
std::optional<store::Job> cancel_job(Backend& backend, const JobId& id) {
    std::optional<store::Job> job = backend.context.store.jobs().request_cancel(id);
    if (!job) return job;
    backend.context.queue.cancel(id);
    backend.context.queue.publish(job_event(*job));
    return job;
}

/// Cancels a main job and its unfinished children; the number of jobs asked to stop. 0: it had ended already.
int cancel_with_children(Backend& backend, const JobId& id) {
    const auto job = cancel_job(backend, id);
    if (!job || (store::is_final(job->state) && job->state != store::JobState::revoked)) return 0;
    int count = 1;
    for (const store::Job& child : backend.context.store.jobs().unfinished()) {
        if (child.parent == id && cancel_job(backend, child.id)) ++count;
    }
    return count;
}

Response cancel(Backend& backend, const Call& call) {
    const JobId id{call.text("task_id")};
    const auto job = backend.context.store.jobs().get(id);
    if (!job) {
        return json_response(
            404, {{"message", fmt::format("Task {} not found in database.", id.value)}, {"task_id", id.value}});
    }
    const int count = store::is_final(job->state) ? 0 : cancel_with_children(backend, id);
    if (count == 0) {
        const auto ended = backend.context.store.jobs().get(id).value_or(*job);
        return json_response(400, {{"message", fmt::format("Task {} has already ended (state: {}).", id.value,
                                                           store::state_name(ended.state))},
                                   {"task_id", id.value}});
    }
    return json_response(
        200, {{"message", fmt::format("Task {} and its children cancellation initiated. {} total jobs affected.",
                                      id.value, count)},
              {"task_id", id.value},
              {"cancelled_jobs_count", count}});
}

Response cancel_all(Backend& backend, const Call& call) {
    const std::string type = call.text("task_type");
    json::array cancelled;
    for (const store::Job& job : backend.context.store.jobs().unfinished()) {
        if (job.type == type && cancel_with_children(backend, job.id) > 0) cancelled.emplace_back(job.id.value);
    }
    if (cancelled.empty()) {
        return json_response(404, {{"message", fmt::format("No active tasks of type '{}' found to cancel.", type)}});
    }
    const std::string message =
        fmt::format("Cancellation initiated for {} task(s) of type '{}' and their children.", cancelled.size(), type);
    return json_response(200, {{"message", message}, {"cancelled_main_tasks", std::move(cancelled)}});
}

Response last_task(Backend& backend, const Call&) {
    const auto job = backend.context.store.jobs().newest_main();
    if (!job) {
        return json_response(200, {{"task_id", nullptr},
                                   {"task_type", nullptr},
                                   {"status", "NO_PREVIOUS_MAIN_TASK"},
                                   {"details", {{"log", json::array{"No previous main task found."}}}}});
    }
    return json_response(200, {{"task_id", job->id.value},
                               {"task_type", job->type},
                               {"status", store::state_name(job->state)},
                               {"progress", job->progress},
                               {"details", job_details(*job, true)},
                               {"running_time_seconds", running_seconds(*job, unix_now())}});
}

Response active_tasks(Backend& backend, const Call&) {
    const auto job = backend.context.store.jobs().active_main();
    if (!job) return json_response(200, json::object());
    return json_response(200, {{"task_id", job->id.value},
                               {"parent_task_id", nullptr},
                               {"task_type", job->type},
                               {"sub_type_identifier", nullptr},
                               {"status", store::state_name(job->state)},
                               {"progress", job->progress},
                               {"details", job_details(*job, false)},
                               {"running_time_seconds", running_seconds(*job, unix_now())}});
}

json::value unix_or_null(double seconds) {
    return seconds > 0 ? json::value(seconds) : json::value(nullptr);
}

Response tasks(Backend& backend, const Call& call) {
    json::array rows;
    for (const store::Job& job : backend.context.store.jobs().list(call.integer("limit"))) {
        rows.push_back({{"task_id", job.id.value},
                        {"task_type", job.type},
                        {"status", store::state_name(job.state)},
                        {"progress", job.progress},
                        {"details", job_details(job, true)},
                        {"created_at", unix_or_null(job.created_at)},
                        {"started_at", unix_or_null(job.started_at)},
                        {"finished_at", unix_or_null(job.finished_at)},
                        {"running_time_seconds", running_seconds(job, unix_now())}});
    }
    return json_response(200, {{"tasks", std::move(rows)}});
}

Response events(Backend& backend, const Call&) {
    const auto job = backend.context.store.jobs().active_main();
    return event_stream_response(backend.events.connect(job ? job_event(*job) : queue::Event{}));
}

}  // namespace

std::vector<Route> analysis_routes() {
    using enum ParamType;
    const Param task_id = {.name = "task_id", .in = In::path, .help = "Id that a start gave.", .required = true};
    return {
        {Method::post,
         "/api/analysis/start",
         "start_analysis",
         start_analysis,
         Right::jobs,
         {{.name = "num_recent_albums",
           .in = In::body,
           .type = integer,
           .help = "Newest albums to look at; 0 or less: all. Media servers only."},
          {.name = "top_n_moods",
           .in = In::body,
           .type = integer,
           .help = "Moods kept per track.",
           .minimum = 1,
           .maximum = 50}}},
        {Method::post, "/api/clustering/start", "start_clustering", start_clustering, Right::jobs, clustering_params()},
        {Method::get, "/api/status/{task_id}", "status", status, Right::read, {task_id}},
        {Method::post, "/api/cancel/{task_id}", "cancel", cancel, Right::jobs, {task_id}},
        {Method::post,
         "/api/cancel_all/{task_type}",
         "cancel_all",
         cancel_all,
         Right::jobs,
         {{.name = "task_type", .in = In::path, .help = "Exactly this type, e.g. main_analysis.", .required = true}}},
        {Method::get, "/api/last_task", "last_task", last_task, Right::read, {}},
        {Method::get, "/api/active_tasks", "active_tasks", active_tasks, Right::read, {}},
        {Method::get,
         "/api/tasks",
         "tasks",
         tasks,
         Right::read,
         {{.name = "limit", .type = integer, .help = "Most rows.", .fallback = 30, .minimum = 1, .maximum = 500}}},
        {Method::get, "/api/events", "events", events, Right::read, {}},
    };
}

}  // namespace audiomuse::api
