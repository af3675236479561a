// Brings settings that somebody saves, here or in another process, to this one.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "audiomuse/queue/queue.h"
#include "audiomuse/settings/live.h"

namespace audiomuse::app {

/// Reads the saved settings when the queue says that they have changed (the topic "settings"), and now and then, as
/// events can be lost.
class SettingsFollower {
public:
    /// `saved` reads them from the store.
    SettingsFollower(settings::Live settings, std::function<settings::Values()> saved, queue::Queue& queue);
    ~SettingsFollower();
    SettingsFollower(const SettingsFollower&) = delete;
    SettingsFollower& operator=(const SettingsFollower&) = delete;

private:
    void run(const std::stop_token& stop);

    settings::Live settings_;
    const std::function<settings::Values()> saved_;
    std::mutex mutex_;  // guards due_
    bool due_ = false;
    std::condition_variable_any wake_;
    std::jthread thread_;
    std::unique_ptr<queue::Subscription> subscription_;  // ends first: it wakes the thread
};

}  // namespace audiomuse::app
