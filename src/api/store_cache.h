// Values made from the store, kept until it has changed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "audiomuse/base/clock.h"

namespace audiomuse::api {

enum class Freshness {
    exact,    ///< made again whenever the store has changed
    may_lag,  ///< when slow to make, not made again before twenty times its making has passed, so that a scan of a big
              ///< library does not keep the server busy
};

/// A value made from the store, kept until the store has changed. Thread-safe; one thread makes the value while others
/// wait for it.
template <class Value>
class StoreCache {
public:
    explicit StoreCache(Freshness freshness) : freshness_(freshness) {}

    std::shared_ptr<const Value> get(std::int64_t change_counter, double now, const std::function<Value()>& make) {
        std::lock_guard lock(mutex_);
        if (value_ && (counter_ == change_counter || now < rest_until_)) return value_;
        value_ = std::make_shared<const Value>(make());
        counter_ = change_counter;
        const double took = steady_now() - now;
        rest_until_ = freshness_ == Freshness::exact || took < kQuick ? now : now + took * 20;
        return value_;
    }

private:
    static constexpr double kQuick = 0.05;  // seconds
    const Freshness freshness_;
    std::mutex mutex_;  // guards all below
    std::shared_ptr<const Value> value_;
    std::int64_t counter_ = 0;
    double rest_until_ = 0;
};

}  // namespace audiomuse::api
