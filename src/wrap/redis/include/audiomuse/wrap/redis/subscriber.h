// Hears what is published on channels.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "audiomuse/wrap/redis/connection.h"

namespace audiomuse::wrap::redis {

/// Ends waits, now and from now on. wake() may be called from any thread.
class Waker {
public:
    Waker();
    ~Waker();
    Waker(const Waker&) = delete;
    Waker& operator=(const Waker&) = delete;
    void wake() noexcept;

private:
    friend class Subscriber;
    int event_ = -1;
};

/// A connection of its own for SUBSCRIBE. Used by one thread at a time.
class Subscriber {
public:
    /// Returns when the server has confirmed all `channels`: what is published from then on is heard.
    Subscriber(const Address& address, const Limits& limits, const std::vector<std::string>& channels);

    struct Message {
        std::string channel;
        std::string payload;
    };
    /// The next message; nothing after `wait` or once `waker` was woken. A server that is silent for long is asked
    /// whether it is still there, so that a connection cut without a word is found out: Error(unavailable).
    std::optional<Message> next(std::chrono::milliseconds wait, const Waker& waker);

private:
    std::optional<Message> take();

    Connection connection_;
    std::chrono::milliseconds silence_;
    std::chrono::steady_clock::time_point heard_at_;
    bool asked_ = false;
};

}  // namespace audiomuse::wrap::redis
