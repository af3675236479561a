// Connections that wait for work, and how many there may be.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "postgres/connection.h"

namespace audiomuse::store::postgres {

/// Threads: all functions from any thread.
///
/// A thread that holds a connection may need another: a read inside a read. If all threads did and waited for each
/// other's, none would go on. So the last connection is left to those that hold one already; whoever holds two gets a
/// third without waiting, beyond the limit.
class Pool {
public:
    /// `limit` is 2 or more. `longest_wait` is how long `take` waits.
    Pool(int limit, std::chrono::milliseconds longest_wait);

    /// The right to a connection until it is destroyed, in the thread that took it.
    class Lease {
    public:
        explicit Lease(Pool& pool);
        ~Lease();
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        /// Empty when all that exist are in use, or were lost: put a new one in. One that is not idle at the end is
        /// not used again.
        std::unique_ptr<Connection> connection;

    private:
        Pool& pool_;
    };

    int used() const;  ///< leases now

private:
    void enter();
    void leave(std::unique_ptr<Connection> connection) noexcept;
    std::unique_ptr<Connection> idle_connection();

    const int limit_;
    const std::chrono::milliseconds longest_wait_;
    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable left_;
    int used_ = 0;
    std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace audiomuse::store::postgres
