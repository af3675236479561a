#include "cluster_libraries.h"

#include "audiomuse/base/clock.h"

namespace audiomuse::jobs {

namespace {

constexpr double kIdle = 10;  // seconds; batches of one search follow each other faster

}  // namespace

ClusterLibraries::Made ClusterLibraries::get(const JobId& search, const std::function<Made()>& make) {
    std::lock_guard lock(mutex_);
    if (!library_ || search_ != search) {
        library_ = nullptr;  // before the next is made: there is room for one
        library_ = make();
        search_ = search;
    }
    asked_ = steady_now();
    return library_;
}

void ClusterLibraries::forget_idle() {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (lock && library_ && steady_now() - asked_ > kIdle) library_ = nullptr;
}

}  // namespace audiomuse::jobs
