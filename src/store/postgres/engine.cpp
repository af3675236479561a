#include "postgres/engine.h"

#include <algorithm>
#include <thread>

#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"

namespace audiomuse::store::postgres {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

SessionOptions session_of(const PostgresOptions& options) {
    return {.address = {.url = options.url,
                        .host = options.host,
                        .port = options.port,
                        .user = options.user,
                        .password = options.password,
                        .database = options.database,
                        .application_name = options.application_name},
            .statement_timeout = options.statement_timeout};
}

Engine::Engine(SessionOptions session, int connections, std::chrono::milliseconds patience)
    : session_(std::move(session)), patience_(patience), pool_(connections, std::max(patience, {30s})) {}

void Engine::insist(Pool::Lease& lease, const std::function<void(Connection&)>& first) {
    constexpr std::chrono::milliseconds kLongestPause = 1s;
    const auto deadline = Clock::now() + patience_;
    for (std::chrono::milliseconds pause = 50ms;;) {
        const bool is_new = !lease.connection;
        try {
            if (is_new) lease.connection = std::make_unique<Connection>(session_);
            first(*lease.connection);
            if (away_.exchange(false)) log::info("PostgreSQL answers again ({}).", lease.connection->address());
            return;
        } catch (const Error& error) {
            const bool lost = !lease.connection || !lease.connection->idle();
            if (error.code() != ErrorCode::unavailable || !lost) throw;
            lease.connection.reset();
            // A connection that was idle while the server restarted says nothing about the server as it is now.
            if (!is_new) continue;
            if (Clock::now() + pause > deadline) throw;
            if (!away_.exchange(true)) {
                log::warn("{} Trying again for {} s.", error.what(), std::chrono::duration<double>(patience_).count());
            }
        }
        std::this_thread::sleep_for(pause);
        pause = std::min(2 * pause, kLongestPause);
    }
}

void Engine::run(const std::string& begin, const std::function<void(Connection&)>& work) {
    Pool::Lease lease(pool_);
    insist(lease, [&](Connection& connection) { connection.execute(begin); });
    try {
        work(*lease.connection);
        lease.connection->commit();
    } catch (...) {
        lease.connection->roll_back();
        throw;
    }
}

void Engine::run_apart(const std::function<void(Connection&)>& work) {
    Pool::Lease lease(pool_);
    insist(lease, work);
}

void Engine::run_read(const Work& work) {
    run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work);
}

void Engine::run_write(const Work& work) {
    transact(work);
}

void Engine::transact(const std::function<void(Connection&)>& work) {
    run("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", work);
}

}  // namespace audiomuse::store::postgres
