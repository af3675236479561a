#include "aside.h"

#include <chrono>
#include <thread>

#include "audiomuse/base/error.h"

namespace audiomuse::api {
namespace {

/// Clients wait three minutes.
constexpr std::chrono::seconds kPatience{150};
constexpr std::chrono::milliseconds kLook{50};

}  // namespace

std::optional<store::Job> do_aside(Backend& backend, std::string_view type, std::string params, queue::Lane lane) {
    store::Jobs& jobs = backend.context.store.jobs();
    store::Job job;
    job.id = new_job_id();
    job.parent = JobId{store::kAside};
    job.type = type;
    job.params = std::move(params);
    jobs.create(job);
    backend.context.queue.enqueue(job.id, lane);
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < until && !backend.stopping.token().cancelled()) {
        std::this_thread::sleep_for(kLook);
        std::optional<store::Job> now = jobs.get(job.id);
        if (!now) throw Error(ErrorCode::internal, "The record of a job was removed before the job had ended.");
        if (store::is_final(now->state)) return now;
    }
    return std::nullopt;
}

}  // namespace audiomuse::api
