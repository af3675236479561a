// A connection that only waits for notifications (LISTEN).
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "audiomuse/wrap/postgres/connection.h"

namespace audiomuse::wrap::postgres {

/// Wakes whoever waits on a file descriptor, from any thread. Stays woken until taken.
class Waker {
public:
    Waker();
    ~Waker();
    Waker(const Waker&) = delete;
    Waker& operator=(const Waker&) = delete;
    void wake();
    void take();  ///< forgets that it was woken
    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

/// Listens to one channel from its construction on. Errors as of Connection.
class Listener {
public:
    Listener(const ConnectOptions& options, const std::string& channel);
    /// The payload of the next notification; nothing after `wait` or when `waker` was woken (which is left woken).
    std::optional<std::string> next(std::chrono::milliseconds wait, const Waker& waker);

private:
    Connection connection_;
};

}  // namespace audiomuse::wrap::postgres
