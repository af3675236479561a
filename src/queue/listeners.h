// The subscribers of one process; every backend tells them of events in the same way.
#pragma once

#include <functional>
#include <memory>

#include "audiomuse/queue/queue.h"

namespace audiomuse::queue {

/// Threads: every function may be called from any thread. The subscriptions it gives may outlive it.
class Listeners {
public:
    Listeners();
    ~Listeners();
    Listeners(const Listeners&) = delete;
    Listeners& operator=(const Listeners&) = delete;

    /// Keeps the promises of Queue::subscribe.
    std::unique_ptr<Subscription> add(std::function<void(const Event&)> call);
    /// Calls every listener in this thread, outside all locks. What one throws is logged.
    void tell(const Event& event);

private:
    struct All;
    class Ending;
    std::shared_ptr<All> all_;
};

}  // namespace audiomuse::queue
