#include "waiters.h"

#include <algorithm>
#include <utility>

namespace audiomuse::queue {

void Waiters::wake_one(Lane lane) {
    std::lock_guard lock(mutex_);
    wake_one_locked(lane);
}

void Waiters::wake_one_locked(Lane lane) {
    const auto asleep = std::ranges::find_if(places_, [lane](const Place& place) {
        return !place.woken && std::ranges::find(place.lanes, lane) != place.lanes.end();
    });
    if (asleep == places_.end()) return;
    asleep->woken = true;
    asleep->changed.notify_one();
}

void Waiters::wake_all() {
    std::lock_guard lock(mutex_);
    for (Place& place : places_) {
        place.woken = true;
        place.changed.notify_one();
    }
}

void Waiters::close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    for (Place& place : places_)
        place.changed.notify_one();
}

bool Waiters::closed() {
    std::lock_guard lock(mutex_);
    return closed_;
}

Waiter::Waiter(Waiters& waiters, std::vector<Lane> lanes) : waiters_(waiters) {
    std::lock_guard lock(waiters_.mutex_);
    place_ = waiters_.places_.emplace(waiters_.places_.end());
    place_->lanes = std::move(lanes);
}

Waiter::~Waiter() {
    std::lock_guard lock(waiters_.mutex_);
    const bool woken = place_->woken;
    const std::vector<Lane> lanes = std::move(place_->lanes);
    waiters_.places_.erase(place_);
    if (!woken) return;
    for (const Lane lane : lanes)
        waiters_.wake_one_locked(lane);
}

bool Waiter::wait(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(waiters_.mutex_);
    place_->changed.wait_until(lock, deadline, [&] { return place_->woken || waiters_.closed_; });
    return std::exchange(place_->woken, false) && !waiters_.closed_;
}

}  // namespace audiomuse::queue
