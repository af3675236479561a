// PostgreSQL behind the engine interface: transactions on connections of a pool.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

#include "audiomuse/store/store.h"
#include "postgres/pool.h"
#include "sql/connection.h"

namespace audiomuse::store::postgres {

/// The session that `options` ask for.
SessionOptions session_of(const PostgresOptions& options);

class Engine final : public sql::Engine {
public:
    /// Connects when there is something to do. `patience`: for how long a server that cannot be reached, or is
    /// starting, is tried again before a transaction; and how long a free connection is waited for.
    Engine(SessionOptions session, int connections, std::chrono::milliseconds patience);

    /// As write, with what only PostgreSQL's connection has.
    void transact(const std::function<void(Connection&)>& work);
    /// Runs `work` without a transaction around it: each statement is its own. When the connection is lost, all of
    /// `work` is done again, so that twice must be as good as once.
    void run_apart(const std::function<void(Connection&)>& work);

private:
    void run_read(const Work& work) override;
    void run_write(const Work& work) override;
    void run(const std::string& begin, const std::function<void(Connection&)>& work);
    /// Does `first` on a connection of the lease; while the server cannot be reached, waits and does it again on a new
    /// one.
    void insist(Pool::Lease& lease, const std::function<void(Connection&)>& first);

    const SessionOptions session_;
    const std::chrono::milliseconds patience_;
    Pool pool_;
    std::atomic<bool> away_ = false;  // the server was not reached when it was last tried; told of once
};

}  // namespace audiomuse::store::postgres
