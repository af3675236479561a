// Starts what is scheduled.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "audiomuse/queue/queue.h"
#include "audiomuse/store/store.h"

namespace audiomuse::jobs {

/// A time that passed longer ago than this with nobody there to start anything counts as missed.
inline constexpr double kMissedSeconds = 120;

/// Starts what is due at `now`, Unix seconds: the job of a schedule is created once, however many processes look at the
/// same time. What has to wait for another job stays due and says so. Returns how many were started.
int start_due(store::Store& store, queue::Queue& queue, double now);

/// Does that every `interval`, by the database's clock, until it is destroyed.
class Scheduler {
public:
    struct Options {
        std::chrono::milliseconds interval = std::chrono::seconds(10);
        std::function<double()> now = {};  ///< empty: the database's clock
    };
    Scheduler(store::Store& store, queue::Queue& queue, Options options);
    Scheduler(store::Store& store, queue::Queue& queue) : Scheduler(store, queue, Options()) {}
    ~Scheduler();
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

private:
    void run(const std::stop_token& stop);

    store::Store& store_;
    queue::Queue& queue_;
    const Options options_;
    std::mutex mutex_;  // for wake_ only
    std::condition_variable_any wake_;
    std::jthread thread_;
};

}  // namespace audiomuse::jobs
