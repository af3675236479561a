#include "postgres/pool.h"

#include <fmt/format.h>

#include <algorithm>

#include "audiomuse/base/error.h"

namespace audiomuse::store::postgres {

namespace {

/// The pools of which this thread holds connections, once for each.
thread_local std::vector<const Pool*> held_here;

}  // namespace

Pool::Pool(int limit, std::chrono::milliseconds longest_wait)
    : limit_(std::max(limit, 2)), longest_wait_(longest_wait) {}

Pool::Lease::Lease(Pool& pool) : pool_(pool) {
    pool_.enter();
    connection = pool_.idle_connection();
}

Pool::Lease::~Lease() {
    pool_.leave(std::move(connection));
}

void Pool::enter() {
    const auto held = std::ranges::count(held_here, this);
    held_here.reserve(held_here.size() + 1);
    std::unique_lock lock(mutex_);
    if (held < 2) {
        const int most = held == 0 ? limit_ - 1 : limit_;
        if (!left_.wait_for(lock, longest_wait_, [&] { return used_ < most; })) {
            throw Error(ErrorCode::unavailable,
                        fmt::format("All {} connections to PostgreSQL of this process were in use for {} s. Raise "
                                    "POSTGRES_CONNECTIONS if the server is not overloaded.",
                                    limit_, std::chrono::duration<double>(longest_wait_).count()));
        }
    }
    ++used_;
    held_here.push_back(this);
}

void Pool::leave(std::unique_ptr<Connection> connection) noexcept {
    held_here.erase(std::ranges::find(held_here, this));
    if (connection && !connection->idle()) connection.reset();
    {
        std::lock_guard lock(mutex_);
        --used_;
        if (connection && used_ + static_cast<int>(idle_.size()) < limit_) idle_.push_back(std::move(connection));
    }
    left_.notify_all();  // some may wait for the last one
}

std::unique_ptr<Connection> Pool::idle_connection() {
    std::lock_guard lock(mutex_);
    if (idle_.empty()) return nullptr;
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
}

int Pool::used() const {
    std::lock_guard lock(mutex_);
    return used_;
}

}  // namespace audiomuse::store::postgres
