#include "job_json.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/log.h"
#include "json.h"

namespace audiomuse::api {
namespace {

constexpr std::size_t kLogLines = 10;

}  // namespace

json::object job_details(const store::Job& job, bool cut_log) {
    json::object details = parse_stored_object(job.details);
    details.erase("search");  // what the next worker of a clustering goes on from
    details.erase("report");  // names radios, which are their owners' alone
    json::value* log = details.if_contains("log");
    if (cut_log && log && log->is_array() && log->get_array().size() > kLogLines) {
        const json::array& lines = log->get_array();
        const std::size_t cut = lines.size() - kLogLines;
        json::array kept = {json::string(fmt::format("... {} earlier lines", cut))};
        kept.insert(kept.end(), lines.begin() + static_cast<std::ptrdiff_t>(cut), lines.end());
        *log = std::move(kept);
    }
    return details;
}

std::string status_message(const store::Job& job) {
    const json::object details = parse_stored_object(job.details);
    if (const auto message = text_field(details, "status_message"); !message.empty()) return std::string(message);
    const json::value* log = details.if_contains("log");
    if (log && log->is_array() && !log->get_array().empty() && log->get_array().back().is_string()) {
        return std::string(std::string_view(log->get_array().back().get_string()));
    }
    if (const auto message = text_field(details, "message"); !message.empty()) return std::string(message);
    return std::string(store::state_name(job.state));
}

double running_seconds(const store::Job& job, double now) {
    if (job.started_at <= 0) return 0;
    const double end = job.finished_at > 0 ? job.finished_at : now;
    return rounded(std::max(0.0, end - job.started_at), 1);
}

queue::Event job_event(const store::Job& job) {
    const json::object details = parse_stored_object(job.details);
    json::object event = {{"task_id", job.id.value},
                          {"task_type", job.type},
                          {"status", store::state_name(job.state)},
                          {"progress", job.progress},
                          {"status_message", status_message(job)},
                          {"eta_s", nullptr}};
    if (const json::value* eta = details.if_contains("eta_s")) event["eta_s"] = *eta;
    if (const json::value* counts = details.if_contains("counts")) event["counts"] = *counts;
    return {"job", to_text(event)};
}

Response start_main_job(Backend& backend, std::string_view type, const json::object& params,
                        const std::function<void(json::object&)>& before_enqueue) {
    store::Job job;
    job.id = new_job_id();
    job.type = type;
    job.params = to_text(params);
    job.details = R"({"message":"Task enqueued.","status_message":"Waiting for a worker.","log":[]})";
    job.created_at = unix_now();
    if (const auto other = backend.context.store.jobs().create_exclusive(job)) {
        const std::string_view kind = std::string_view(other->type).starts_with("main_")
                                          ? std::string_view(other->type).substr(5)
                                          : std::string_view(other->type);
        return json_response(409, {{"error", fmt::format("An active {} task is already in progress.", kind)},
                                   {"error_code", code_name(ErrorCode::conflict)},
                                   {"task_id", other->id.value},
                                   {"task_type", other->type},
                                   {"status", store::state_name(other->state)}});
    }
    json::object answer = {{"task_id", job.id.value}, {"task_type", job.type}, {"status", "queued"}};
    try {
        if (before_enqueue) before_enqueue(answer);
    } catch (...) {
        // A row that nobody works on would refuse every later start.
        backend.context.store.jobs().finish(job.id, "", store::JobState::failure,
                                            R"({"status_message":"The task could not be handed to a worker."})");
        throw;
    }
    try {
        // Told before a worker can have it, so that no page sees the news of the worker first.
        backend.context.queue.publish(job_event(job));
        backend.context.queue.enqueue(job.id, queue::Lane::high);
    } catch (const Error& error) {
        // The row is there: a worker finds it as soon as it looks for what the queue has lost.
        log::warn("A task was started, but its delivery waits: {}", error.what());
    }
    return json_response(202, answer);
}

}  // namespace audiomuse::api
