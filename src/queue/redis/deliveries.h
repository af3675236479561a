// The scripts of lua/ as functions, and the connections they run on. lua/shared.lua says what is kept in Redis.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/queue/queue.h"
#include "audiomuse/wrap/redis/connection.h"

namespace audiomuse::queue {

/// A claim as Redis knows it.
struct Holding {
    JobId job;
    Lane lane = Lane::normal;
    std::string token;  ///< names the claim; of all processes
    std::string epoch;  ///< of the data in Redis when it was claimed
};

/// Names of pub/sub channels.
struct Channels {
    std::string work;   ///< an id waits; payload: the number of its lane, 1 for high
    std::string ended;  ///< a claim was cancelled or taken over; payload: its token
    std::string event;
};

/// Threads: every function may be called from any thread. Errors: those of wrap/redis. A connection that was cut while
/// nobody used it is replaced without a word.
class Deliveries {
public:
    Deliveries(wrap::redis::Address address, const wrap::redis::Limits& limits, const std::string& prefix);

    /// Throws Error(unavailable) when Redis can't be reached, Error(conflict) when it is too old.
    void check();
    void enqueue(const JobId& job, Lane lane);
    std::optional<Holding> claim(const std::string& token, const std::vector<Lane>& lanes);
    /// Nothing, when the claim was taken over meanwhile.
    void end(const Holding& holding, bool again);
    void cancel(const JobId& job);
    enum class Standing { held, cancelled, lost };
    std::vector<Standing> renew(std::span<const Holding> holdings);
    /// Hands back what nobody renewed for `lease`; the number of ids.
    std::int64_t take_over(std::chrono::milliseconds lease);
    std::size_t waiting(Lane lane);
    void publish_event(const std::string& payload);

    const Channels& channels() const { return channels_; }

private:
    /// Texts of the files in lua/.
    struct Scripts {
        Scripts();
        const std::string enqueue, claim, end, cancel, renew, take_over;
    };
    template <class Work>
    wrap::redis::Reply use(Work work);
    wrap::redis::Reply run(const std::string& script, std::vector<std::string> arguments);
    std::unique_ptr<wrap::redis::Connection> idle_connection();

    const wrap::redis::Address address_;
    const wrap::redis::Limits limits_;
    const std::vector<std::string> keys_;
    const Channels channels_;
    const Scripts scripts_;
    std::mutex mutex_;  // guards idle_
    std::vector<std::unique_ptr<wrap::redis::Connection>> idle_;
};

}  // namespace audiomuse::queue
