// Job ids that wait for workers, and what processes tell each other, in the database that they share: what a queue of
// several processes is made of (queue/stored).
//
// Threads: every function from any thread. Errors: as of Store; a server that cannot be reached is Error(unavailable)
// at once. What fails so may be done again, done twice is as good as done once; but an id taken by a `take` whose
// answer was lost is held by nobody until it is taken back.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/base/ids.h"
#include "audiomuse/store/store.h"

namespace audiomuse::store {

/// An id that somebody holds.
struct Delivery {
    JobId job;
    int lane = 0;
    std::int64_t claim = 0;  ///< names this holding of it, in all processes
};

/// What happened in some process, this one included.
struct Signal {
    enum class Kind {
        connected,  ///< from now on signals are heard; those before are lost
        cut,        ///< they are not
        arrival,    ///< an id waits in `lane`
        ended,      ///< `claim` was cancelled, or taken back and lost
        event,      ///< another process published `event`
    };
    Kind kind = Kind::connected;
    int lane = 0;
    std::int64_t claim = 0;
    std::string event = {};
};

/// Ends the calls when destroyed; waits for one that runs.
class Listening {
public:
    virtual ~Listening() = default;
};

class Deliveries {
public:
    virtual ~Deliveries() = default;

    /// Puts an id at the end of a lane, unless it waits in one. One that is held waits until that ends.
    virtual void enqueue(const JobId& job, int lane) = 0;
    /// The first id of the first of `lanes` in which one waits, to be held for `lease`, by the database's clock.
    virtual std::optional<Delivery> take(std::span<const int> lanes, std::chrono::milliseconds lease) = 0;
    enum class Standing { held, cancelled, lost };
    /// Holds each for another `lease` from now.
    virtual std::vector<Standing> renew(std::span<const Delivery> held, std::chrono::milliseconds lease) = 0;
    /// The work has ended; an id that was put in again meanwhile waits now. Nothing when the claim was lost.
    virtual void finish(const Delivery& held) = 0;
    /// The id waits again, in the place it had. Nothing when the claim was lost.
    virtual void hand_back(const Delivery& held) = 0;
    /// As hand_back, for all ids whose holder has not renewed them in time; they are lost to it.
    virtual void take_back_overdue() = 0;
    /// Takes a waiting id out; whoever holds it hears of it.
    virtual void cancel(const JobId& job) = 0;
    virtual std::int64_t waiting(int lane) = 0;  ///< ids that wait, those that wait for their holder included

    /// Any bytes, to all other processes.
    virtual void publish(const std::string& event) = 0;
    /// Connects, and calls `hear` from a thread of its own, one call after the other, until the result is destroyed.
    virtual std::unique_ptr<Listening> listen(std::function<void(const Signal&)> hear) = 0;
};

/// In the same database as open_postgres, which is brought to the newest schema, too. Holds up to four connections of
/// its own and one for each `listen`, so that no search keeps a job waiting; `connections` and `patience` are not used.
/// A crash of the server's machine may undo the last moments: the rows of the jobs are the truth, and say what to
/// deliver again.
std::unique_ptr<Deliveries> open_postgres_deliveries(const PostgresOptions& options);

}  // namespace audiomuse::store
