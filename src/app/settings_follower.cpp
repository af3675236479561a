#include "settings_follower.h"

#include <chrono>
#include <exception>

#include "audiomuse/base/log.h"

namespace audiomuse::app {

namespace {

constexpr std::chrono::seconds kNowAndThen{15};

}  // namespace

SettingsFollower::SettingsFollower(settings::Live settings, std::function<settings::Values()> saved,
                                   queue::Queue& queue)
    : settings_(std::move(settings)),
      saved_(std::move(saved)),
      thread_([this](const std::stop_token& stop) { run(stop); }),
      subscription_(queue.subscribe([this](const queue::Event& event) {
          if (event.topic != "settings") return;
          {
              const std::lock_guard lock(mutex_);
              due_ = true;
          }
          wake_.notify_all();
      })) {}

SettingsFollower::~SettingsFollower() = default;

void SettingsFollower::run(const std::stop_token& stop) {
    bool failed = false;
    while (true) {
        {
            std::unique_lock lock(mutex_);
            wake_.wait_for(lock, stop, kNowAndThen, [this] { return due_; });
            due_ = false;
        }
        if (stop.stop_requested()) return;
        try {
            settings_.set_saved(saved_());
            log::set_level(log::parse_level(settings_->log_level));
            failed = false;
        } catch (const std::exception& error) {
            if (!failed) log::warn("The saved settings can't be read now, those of before stay: {}", error.what());
            failed = true;
        }
    }
}

}  // namespace audiomuse::app
