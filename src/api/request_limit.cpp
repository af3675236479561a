#include "request_limit.h"

namespace audiomuse::api {

namespace {
constexpr std::size_t kMostClients = 10'000;
constexpr double kWindow = 60;  // seconds
}  // namespace

double RequestLimit::take(const std::string& key, unsigned most, double now) {
    const std::lock_guard lock(mutex_);
    if (windows_.size() >= kMostClients)
        std::erase_if(windows_, [&](const auto& entry) { return now - entry.second.began >= kWindow; });
    if (windows_.size() >= kMostClients) windows_.clear();  // better than to refuse everybody
    Window& window = windows_.try_emplace(key, Window{now, 0}).first->second;
    if (now - window.began >= kWindow) window = {now, 0};
    if (window.count == most) return window.began + kWindow - now;
    ++window.count;
    return 0;
}

}  // namespace audiomuse::api
