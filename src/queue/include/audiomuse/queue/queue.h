// Delivers job ids to workers and wakes whoever waits. It knows no job's meaning: the truth is the job's row in the
// store, and an id that is delivered twice or never is put right from there (jobs::Workers).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/base/ids.h"

namespace audiomuse::store {
class Deliveries;
}

namespace audiomuse::queue {

/// Coordinators; their children; those children that need the music folders of the machine they run on; jobs of their
/// own, which wait for none of these; backups, which only web instances make, as they hand them out.
enum class Lane { high, normal, library, aside, backup };
inline constexpr std::size_t kLanes = 5;

/// A job id handed to one worker. Letting go of it without `finish` hands the id back to the front of its lane. May
/// outlive the queue. Used by one thread at a time.
class Claim {
public:
    virtual ~Claim() = default;
    virtual const JobId& job() const = 0;
    /// Set when somebody calls Queue::cancel for this job, or when the claim was lost to another worker.
    virtual CancelToken cancel_token() const = 0;
    /// Tells the queue that the worker is alive. Cheap; call every few seconds.
    virtual void renew() = 0;
    /// The work has ended, however: the id is not delivered again.
    virtual void finish() = 0;
};

/// Something happened that pages or other processes want to know. `topic` is "job", "library", "index", "map",
/// "settings" or "restart".
struct Event {
    std::string topic;
    std::string data;  ///< one JSON object
};

/// Ends the subscription when destroyed: waits for calls of the listener that run in other threads (a listener may
/// destroy its own subscription), and none begins afterwards.
class Subscription {
public:
    virtual ~Subscription() = default;
};

class Queue {
public:
    virtual ~Queue() = default;
    /// Delivering an id that already waits changes nothing. One that a worker holds is delivered when that claim has
    /// ended, so that two workers never hold the same id.
    virtual void enqueue(const JobId& job, Lane lane) = 0;
    /// The next id, lanes in the order of the enumeration, ids in order of arrival; nothing after `wait` or after
    /// close().
    virtual std::unique_ptr<Claim> claim(const std::vector<Lane>& lanes, std::chrono::milliseconds wait) = 0;
    /// Takes a waiting id out of the queue, or sets the cancel token of the one that works on it.
    virtual void cancel(const JobId& job) = 0;
    /// Number of ids waiting in `lane`.
    virtual std::size_t waiting(Lane lane) = 0;
    virtual void publish(const Event& event) = 0;
    /// `listener` is called from any thread, outside the queue's locks, and must return quickly. What it throws is
    /// logged.
    virtual std::unique_ptr<Subscription> subscribe(std::function<void(const Event&)> listener) = 0;
    /// Wakes everyone in claim(); later claims return nothing.
    virtual void close() = 0;
};

/// For one process: ids live in memory.
std::unique_ptr<Queue> create_embedded();

struct RedisQueueOptions {
    std::string url;                           ///< redis://[[user]:password@]host[:port][/database]
    std::string prefix = "audiomuse:{queue}";  ///< of all keys and channels: one for each installation on a server
    /// A claim that is not renewed for so long belongs to a dead worker, and its id is delivered to another one within
    /// another half of it and five seconds. Workers renew at least three times as often.
    std::chrono::milliseconds lease{20'000};
    std::chrono::milliseconds patience{5'000};  ///< how long enqueue() and create_redis() try to reach Redis; it
                                                ///< may be silent for so long, 5 s at most
};

/// For many processes that share a Redis of version 6.2 or newer. While Redis can't be reached, claims wait, work that
/// is held goes on, and events reach this process only; enqueue() throws Error(unavailable) after its patience. When
/// Redis comes back without its data, ids that waited are lost (the rows of their jobs tell) and claims that are held
/// are made known to it again. The token of a claim that another worker took over is set. Throws
/// Error(invalid_argument) for a bad URL, Error(unavailable), Error(permission_denied), and Error(conflict) when Redis
/// is too old.
std::unique_ptr<Queue> create_redis(const RedisQueueOptions& options);

struct StoredQueueOptions {
    /// As of RedisQueueOptions.
    std::chrono::milliseconds lease{20'000};
    std::chrono::milliseconds patience{5'000};  ///< how long enqueue() and create_stored() try to reach the store
};

/// For several processes that share a store. While it can't be reached, claims wait, work that is held goes on, and
/// events reach this process only; enqueue() throws Error(unavailable) after its patience. The token of a claim that
/// another worker took over is set. `deliveries` must outlive the queue and its claims. Throws Error(unavailable).
std::unique_ptr<Queue> create_stored(store::Deliveries& deliveries, const StoredQueueOptions& options = {});

}  // namespace audiomuse::queue
