#include "auth/login_limit.h"

#include <algorithm>
#include <cmath>

namespace audiomuse::api {

namespace {
constexpr std::size_t kMostKeys = 10'000;
}

double LoginLimit::wait(const std::string& key, double now) {
    const std::lock_guard lock(mutex_);
    const auto found = failures_.find(key);
    return found == failures_.end() ? 0 : std::max(0.0, found->second.until - now);
}

void LoginLimit::failed(const std::string& key, double now, double longest) {
    const std::lock_guard lock(mutex_);
    make_room(now);
    Failures& failures = failures_[key];
    if (now - failures.last > kForgetAfter) failures.count = 0;
    failures.last = now;
    if (++failures.count > kFree)
        failures.until = now + std::min(longest, std::exp2(std::min(failures.count - kFree, 20)));
}

void LoginLimit::succeeded(const std::string& key) {
    const std::lock_guard lock(mutex_);
    failures_.erase(key);
}

void LoginLimit::make_room(double now) {
    if (failures_.size() < kMostKeys) return;
    std::erase_if(failures_, [&](const auto& entry) { return now - entry.second.last > kForgetAfter; });
    // Somebody has very many addresses: those that failed longest ago go.
    while (failures_.size() >= kMostKeys) {
        failures_.erase(std::min_element(failures_.begin(), failures_.end(),
                                         [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
    }
}

}  // namespace audiomuse::api
