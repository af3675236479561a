// The claimers of one process that wait for work which arrives elsewhere.
#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <vector>

#include "audiomuse/queue/queue.h"

namespace audiomuse::queue {

/// Wakes one claimer for each id that arrives, so that many idle ones do not all ask for it. Thread-safe.
class Waiters {
public:
    void wake_one(Lane lane);
    void wake_all();
    /// Wakes everyone, now and from now on.
    void close();
    bool closed();

private:
    friend class Waiter;
    void wake_one_locked(Lane lane);

    struct Place {
        std::vector<Lane> lanes;
        bool woken = false;
        std::condition_variable changed;
    };
    std::mutex mutex_;  // guards everything below
    std::list<Place> places_;
    bool closed_ = false;
};

/// One claimer's place, taken before it looks for work: what arrives between a look and the wait is not missed.
class Waiter {
public:
    Waiter(Waiters& waiters, std::vector<Lane> lanes);
    /// Passes on a wake-up that was not used.
    ~Waiter();
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    /// True when it is worth looking again; false after `deadline` or when all are closed.
    bool wait(std::chrono::steady_clock::time_point deadline);

private:
    Waiters& waiters_;
    std::list<Waiters::Place>::iterator place_;
};

}  // namespace audiomuse::queue
