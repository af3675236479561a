// Threads: a parallel loop, and a bounded queue between a producer and its consumers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "audiomuse/base/machine.h"  // allowed_cores: what `threads` arguments are made from

namespace audiomuse {

/// Calls `body(i)` for every i in [0, count) on up to `threads` threads and returns when all are done. The first
/// exception stops the hand-out of further indices and is rethrown. `threads` <= 1 runs in the caller's thread, in
/// order.
void parallel_for(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& body);

/// A queue of at most `capacity` items. push blocks while it is full, pop while it is empty. After close, push returns
/// false and pop hands out what is left, then nothing.
template <class T>
class BoundedQueue {
public:
    explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

    bool push(T item) {
        std::unique_lock lock(mutex_);
        not_full_.wait(lock, [&] { return closed_ || items_.size() < capacity_; });
        if (closed_) return false;
        items_.push_back(std::move(item));
        not_empty_.notify_one();
        return true;
    }

    std::optional<T> pop() {
        std::unique_lock lock(mutex_);
        not_empty_.wait(lock, [&] { return closed_ || !items_.empty(); });
        return take_first();
    }

    /// As pop, but gives up after `patience` too; `drained` tells whether more can come.
    std::optional<T> pop_for(std::chrono::duration<double> patience) {
        std::unique_lock lock(mutex_);
        not_empty_.wait_for(lock, patience, [&] { return closed_ || !items_.empty(); });
        return take_first();
    }

    /// Closed, and everything was handed out.
    bool drained() {
        std::lock_guard lock(mutex_);
        return closed_ && items_.empty();
    }

    void close() {
        std::lock_guard lock(mutex_);
        closed_ = true;
        not_full_.notify_all();
        not_empty_.notify_all();
    }

private:
    std::optional<T> take_first() {
        if (items_.empty()) return std::nullopt;
        T item = std::move(items_.front());
        items_.pop_front();
        not_full_.notify_one();
        return item;
    }

    std::mutex mutex_;  // guards items_ and closed_
    std::condition_variable not_full_;
    std::condition_variable not_empty_;
    std::deque<T> items_;
    std::size_t capacity_;
    bool closed_ = false;
};

}  // namespace audiomuse
