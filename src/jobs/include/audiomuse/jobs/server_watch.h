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

/// Asks the servers as often as the settings say, until it is destroyed.
class ServerWatch {
public:
    explicit ServerWatch(const JobContext& context);
    ~ServerWatch();
    ServerWatch(const ServerWatch&) = delete;
    ServerWatch& operator=(const ServerWatch&) = delete;

private:
    void run(const std::stop_token& stop);

    const JobContext context_;
    const CancelSource cancel_;
    std::mutex mutex_;  // for wake_ only
    std::condition_variable_any wake_;
    std::jthread thread_;
};

}  // namespace audiomuse::jobs
