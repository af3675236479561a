#include "audiomuse/jobs/server_watch.h"

#include "audiomuse/base/clock.h"
#include "audiomuse/base/log.h"

namespace audiomuse::jobs {

bool has_news(const JobContext& context, const CancelToken& cancel) {
    for (const store::ServerRow& server : media_servers(context.store)) {
        try {
            const std::string stamp = context.servers->open(server.id)->server().change_stamp(cancel);
            if (!stamp.empty() && stamp != server.change_stamp) {
                log::info("{} has changed its library.", server.name);
                return true;
            }
        } catch (const Error& error) {
            log::debug("{} is asked again later: {}", server.name, error.what());
        }
    }
    return false;
}

bool start_analysis(const JobContext& context) {
    store::Job job;
    job.id = new_job_id();
    job.type = kMainAnalysis;
    job.created_at = unix_now();
    if (context.store.jobs().create_exclusive(job)) return false;
    context.queue.enqueue(job.id, queue::Lane::high);
    return true;
}

ServerWatch::ServerWatch(const JobContext& context)
    : context_(context), thread_([this](const std::stop_token& stop) { run(stop); }) {}

ServerWatch::~ServerWatch() {
    cancel_.cancel();
    thread_.request_stop();
    wake_.notify_all();
}

void ServerWatch::run(const std::stop_token& stop) {
    constexpr std::chrono::seconds kLook{1};  // whether the interval is another one
    double asked = steady_now();
    while (!stop.stop_requested()) {
        const auto interval = static_cast<double>(context_.settings->mediaserver_interval);
        const bool due = interval > 0 && steady_now() - asked >= interval;
        if (!due) {
            std::unique_lock lock(mutex_);
            wake_.wait_for(lock, stop, kLook, [] { return false; });
            continue;
        }
        asked = steady_now();
        try {
            if (!context_.store.jobs().active_main() && has_news(context_, cancel_.token())) start_analysis(context_);
        } catch (const std::exception& error) {
            log::warn("Media servers can't be asked for news now: {}", error.what());
        }
    }
}

}  // namespace audiomuse::jobs
