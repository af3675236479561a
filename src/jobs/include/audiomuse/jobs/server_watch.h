// Starts an analysis when a media server has new music.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "audiomuse/jobs/context.h"

namespace audiomuse::jobs {

/// Whether a media server says that its library has changed since it was listed. One that cannot be asked has not.
bool has_news(const JobContext& context, const CancelToken& cancel);

/// Starts a main analysis, unless a main job is unfinished. Returns whether it did.
bool start_analysis(const JobContext& context);

/// Asks the servers every `interval`, until it is destroyed.
class ServerWatch {
public:
    ServerWatch(const JobContext& context, std::chrono::seconds interval);
    ~ServerWatch();
    ServerWatch(const ServerWatch&) = delete;
    ServerWatch& operator=(const ServerWatch&) = delete;

private:
    void run(const std::stop_token& stop);

    const JobContext context_;
    const std::chrono::seconds interval_;
    const CancelSource cancel_;
    std::mutex mutex_;  // for wake_ only
    std::condition_variable_any wake_;
    std::jthread thread_;
};

}  // namespace audiomuse::jobs
