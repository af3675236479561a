// The claims that this process holds, as its own threads and Redis speak of them.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "redis/deliveries.h"

namespace audiomuse::queue {

/// One claim while its worker has it.
struct Held {
    explicit Held(Holding holding) : holding(std::move(holding)) {}
    const Holding holding;
    CancelSource cancel;
    std::atomic<std::chrono::steady_clock::time_point> renewed_at = std::chrono::steady_clock::now();
};

/// Thread-safe.
class Holdings {
public:
    void add(std::shared_ptr<Held> held) {
        std::lock_guard lock(mutex_);
        const std::string& token = held->holding.token;
        held_.emplace(token, std::move(held));
    }

    void remove(const std::string& token) {
        std::lock_guard lock(mutex_);
        held_.erase(token);
    }

    void cancel_token(const std::string& token) {
        std::lock_guard lock(mutex_);
        if (const auto found = held_.find(token); found != held_.end()) found->second->cancel.cancel();
    }

    void cancel_job(const JobId& job) {
        std::lock_guard lock(mutex_);
        for (const auto& [token, held] : held_) {
            if (held->holding.job == job) held->cancel.cancel();
        }
    }

    /// Those whose worker called renew() after `since`.
    std::vector<Holding> alive(std::chrono::steady_clock::time_point since) {
        std::lock_guard lock(mutex_);
        std::vector<Holding> alive;
        for (const auto& [token, held] : held_) {
            if (held->renewed_at.load() >= since) alive.push_back(held->holding);
        }
        return alive;
    }

private:
    std::mutex mutex_;                                             // guards held_
    std::unordered_map<std::string, std::shared_ptr<Held>> held_;  // by token
};

}  // namespace audiomuse::queue
