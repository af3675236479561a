#include "job_runner.h"

#include <fmt/format.h>
#include <signal.h>

#include <atomic>
#include <boost/json.hpp>
#include <thread>

#include "audiomuse/base/clock.h"
#include "audiomuse/jobs/workers.h"
#include "progress_bar.h"

namespace audiomuse::app {

namespace json = boost::json;

namespace {

/// While it lives, SIGINT and SIGTERM cancel `source` instead of ending the process; a second one ends it.
class InterruptGuard {
public:
    explicit InterruptGuard(CancelSource& source) {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGINT);
        sigaddset(&signals_, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &signals_, &before_);
        thread_ = std::jthread([this, &source](const std::stop_token& stop) {
            const timespec pause{0, 100'000'000};
            while (!stop.stop_requested()) {
                if (sigtimedwait(&signals_, nullptr, &pause) < 0) continue;
                source.cancel();
                pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
                return;
            }
        });
    }
    ~InterruptGuard() {
        thread_ = {};
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

private:
    sigset_t signals_{};
    sigset_t before_{};
    std::jthread thread_;
};

double number_or(const json::object& event, const char* name, double otherwise) {
    const json::value* value = event.if_contains(name);
    return value != nullptr && value->is_number() ? value->to_number<double>() : otherwise;
}

void show(ProgressBar& bar, const queue::Event& event) {
    if (event.topic != "job") return;
    const json::object data = json::parse(event.data).as_object();
    const json::value* message = data.if_contains("status_message");
    bar.show(number_or(data, "progress", 0) / 100,
             message != nullptr && message->is_string() ? std::string(message->as_string()) : "",
             number_or(data, "eta_s", -1));
}

}  // namespace

store::Job run_in_front(Runtime& runtime, const std::string& type, const std::string& params) {
    constexpr std::chrono::milliseconds kLook{100};
    store::Jobs& jobs = runtime.store().jobs();
    CancelSource interrupt;
    const InterruptGuard guard(interrupt);
    ProgressBar bar;
    const auto subscription = runtime.queue().subscribe([&](const queue::Event& event) { show(bar, event); });
    const jobs::Workers workers(runtime.job_context(), {queue::Lane::high, queue::Lane::normal, queue::Lane::library});
    const auto wait_for = [&](const JobId& id) {
        for (;;) {
            const auto row = jobs.get(id);
            if (!row || store::is_final(row->state)) return;
            if (interrupt.token().cancelled()) {
                throw Error(ErrorCode::cancelled,
                            "Interrupted. What was done is kept; the next start goes on from here.");
            }
            std::this_thread::sleep_for(kLook);
        }
    };

    for (const store::Job& job : jobs.unfinished()) {
        if (!job.parent && jobs::can_do(runtime.job_context(), job.type)) wait_for(job.id);
    }
    store::Job job;
    job.id = new_job_id();
    job.type = type;
    job.params = params;
    job.created_at = unix_now();
    jobs.create(job);
    runtime.queue().enqueue(job.id, queue::Lane::high);
    wait_for(job.id);
    bar.finish();
    return jobs.get(job.id).value();
}

}  // namespace audiomuse::app
