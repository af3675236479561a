// Server-sent events: what is published in the queue, on its way to the browsers that listen.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "audiomuse/queue/queue.h"

namespace audiomuse::api {

/// One event in the text form of the event stream, without a name where `topic` is empty. Line breaks inside `data`
/// become blanks.
std::string event_text(std::string_view topic, std::string_view data);

/// One listener's events. Holds at most kMaxWaiting of them: a client that reads slower than they come is let go, and
/// asks again. "library" events, of which a scan makes many, are merged, and at most two a second are handed out; their
/// data is made then. Thread-safe.
class EventClient {
public:
    static constexpr std::size_t kMaxWaiting = 256;
    static constexpr double kLibraryInterval = 0.5;
    using LibraryData = std::function<std::string()>;  ///< the data of a "library" event; may block on the store

    explicit EventClient(LibraryData library_data) : library_data_(std::move(library_data)) {}

    void push(const queue::Event& event);
    /// No more events; what waits is still handed out.
    void end();

    struct Batch {
        std::string text;       ///< to send now; may be empty
        double wait_s = 0;      ///< take again after this time, even without a call of `ready`; 0: wait for the call
        bool ended = false;     ///< nothing follows `text`
        bool too_slow = false;  ///< the client could not follow
    };
    /// `now` in seconds of steady_now(). May block on the store.
    Batch take(double now);
    /// `ready` is called, from any thread, when there may be something to take. Set once; an empty function unsets it
    /// and waits for a call that is going on.
    void on_ready(std::function<void()> ready);

private:
    void notify();

    const LibraryData library_data_;
    std::mutex mutex_;  // guards what follows, but ready_
    std::deque<std::string> waiting_;
    bool library_changed_ = false;
    double library_sent_ = -1;
    bool ended_ = false;
    bool too_slow_ = false;
    std::mutex ready_mutex_;  // guards ready_
    std::function<void()> ready_;
};

/// Hands every event of the queue to every client. Thread-safe.
class EventHub {
public:
    EventHub(queue::Queue& queue, EventClient::LibraryData library_data);
    /// A new client, whose first event is `first` unless its topic is empty.
    std::shared_ptr<EventClient> connect(const queue::Event& first);
    std::size_t clients() const;
    /// Ends every stream, and those of later clients at once.
    void close();

private:
    void publish(const queue::Event& event);
    std::vector<std::shared_ptr<EventClient>> living() const;

    const EventClient::LibraryData library_data_;
    mutable std::mutex mutex_;  // guards clients_ and closed_
    std::vector<std::weak_ptr<EventClient>> clients_;
    bool closed_ = false;
    std::unique_ptr<queue::Subscription> subscription_;  // last: ends before the clients go
};

}  // namespace audiomuse::api
