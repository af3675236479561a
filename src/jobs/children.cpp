#include "children.h"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <thread>

#include "audiomuse/backups/backups.h"
#include "audiomuse/base/clock.h"
#include "audiomuse/base/log.h"

namespace audiomuse::jobs {

namespace json = boost::json;

namespace {

constexpr std::chrono::milliseconds kLook{200};
constexpr double kPatience = 8;  // seconds for children to end after they were told to

json::object details_of(const store::Job& job) {
    boost::system::error_code error;
    json::value details = json::parse(job.details, error);
    return !error && details.is_object() ? std::move(details.as_object()) : json::object();
}

}  // namespace

bool is_child(const store::Job& job) {
    return job.parent && job.parent.value != store::kAside;
}

queue::Lane lane_of(const store::Job& job) {
    if (!job.parent) return queue::Lane::high;
    if (!is_child(job)) return job.type == backups::kBackupJob ? queue::Lane::backup : queue::Lane::aside;
    return job.type == kScanLibrary ? queue::Lane::library : queue::Lane::normal;
}

std::vector<store::Job> of_type(const std::vector<store::Job>& jobs, std::string_view type) {
    std::vector<store::Job> found;
    std::ranges::copy_if(jobs, std::back_inserter(found), [&](const store::Job& job) { return job.type == type; });
    return found;
}

void start_children(const JobContext& context, const JobId& parent, const std::string& type,
                    std::span<const std::string> params) {
    std::vector<store::Job> children;
    for (const std::string& each : params) {
        store::Job child;
        child.id = new_job_id();
        child.parent = parent;
        child.type = type;
        child.params = each;
        child.created_at = unix_now();
        children.push_back(std::move(child));
    }
    context.store.jobs().create(children);
    for (const store::Job& child : children)
        context.queue.enqueue(child.id, lane_of(child));
}

void stop_children(const JobContext& context, const JobId& parent) {
    store::Jobs& jobs = context.store.jobs();
    for (const store::Job& child : jobs.children(parent)) {
        if (store::is_final(child.state)) continue;
        jobs.request_cancel(child.id);
        context.queue.cancel(child.id);
    }
    const auto ended = [](const store::Job& child) { return store::is_final(child.state); };
    const double started = steady_now();
    while (!std::ranges::all_of(jobs.children(parent), ended) && steady_now() - started < kPatience)
        std::this_thread::sleep_for(kLook);
}

void end_children(const JobContext& context, const JobId& parent) {
    stop_children(context, parent);
    std::vector<JobId> ended;
    for (const store::Job& child : context.store.jobs().children(parent)) {
        if (store::is_final(child.state)) ended.push_back(child.id);
    }
    context.store.jobs().remove(ended);
}

void watch_children(const JobContext& context, const JobId& parent, const CancelToken& cancel,
                    const std::function<bool(const std::vector<store::Job>&)>& look) {
    for (;;) {
        cancel.check();
        if (!look(context.store.jobs().children(parent))) return;
        std::this_thread::sleep_for(kLook);
    }
}

std::string message_of(const store::Job& job) {
    const json::object details = details_of(job);
    const json::value* message = details.if_contains("status_message");
    return message != nullptr && message->is_string() ? std::string(message->as_string()) : std::string();
}

Counts counts_of(const store::Job& job) {
    const json::object details = details_of(job);
    const json::value* counts = details.if_contains("counts");
    if (counts == nullptr || !counts->is_object()) return {};
    const auto count = [&](const char* name) {
        const json::value* value = counts->as_object().if_contains(name);
        return value != nullptr && value->is_int64() ? value->as_int64() : 0;
    };
    return {.found = count("found"),
            .analysed = count("analysed"),
            .known = count("known"),
            .failed = count("failed"),
            .heard = count("heard"),
            .total = count("total")};
}

std::string detail_of(const store::Job& job, const std::string& name) {
    const json::object details = details_of(job);
    const json::value* value = details.if_contains(name);
    return value != nullptr ? json::serialize(*value) : std::string();
}

}  // namespace audiomuse::jobs
