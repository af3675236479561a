#include "listeners.h"

#include <algorithm>
#include <condition_variable>
#include <thread>
#include <utility>

#include "audiomuse/base/log.h"

namespace audiomuse::queue {

/// One subscriber's function, and who is calling it.
class Listener {
public:
    explicit Listener(std::function<void(const Event&)> call) : call_(std::move(call)) {}

    void tell(const Event& event) {
        {
            std::lock_guard lock(mutex_);
            if (ended_) return;
            callers_.push_back(std::this_thread::get_id());
        }
        try {
            call_(event);
        } catch (const std::exception& error) {
            log::error("A listener failed on an event \"{}\": {}", event.topic, error.what());
        }
        std::lock_guard lock(mutex_);
        callers_.erase(std::ranges::find(callers_, std::this_thread::get_id()));
        idle_.notify_all();
    }

    void end() {
        std::unique_lock lock(mutex_);
        ended_ = true;
        const auto self = std::this_thread::get_id();
        idle_.wait(lock, [&] { return std::ranges::all_of(callers_, [&](auto caller) { return caller == self; }); });
    }

private:
    const std::function<void(const Event&)> call_;
    std::mutex mutex_;  // guards ended_ and callers_
    std::condition_variable idle_;
    std::vector<std::thread::id> callers_;
    bool ended_ = false;
};

struct Listeners::All {
    std::mutex mutex;  // guards listeners
    std::vector<std::shared_ptr<Listener>> listeners;
};

class Listeners::Ending final : public Subscription {
public:
    Ending(std::shared_ptr<All> all, std::shared_ptr<Listener> listener)
        : all_(std::move(all)), listener_(std::move(listener)) {}
    ~Ending() override {
        {
            std::lock_guard lock(all_->mutex);
            std::erase(all_->listeners, listener_);
        }
        listener_->end();
    }

private:
    std::shared_ptr<All> all_;
    std::shared_ptr<Listener> listener_;
};

Listeners::Listeners() : all_(std::make_shared<All>()) {}
Listeners::~Listeners() = default;

std::unique_ptr<Subscription> Listeners::add(std::function<void(const Event&)> call) {
    auto listener = std::make_shared<Listener>(std::move(call));
    {
        std::lock_guard lock(all_->mutex);
        all_->listeners.push_back(listener);
    }
    return std::make_unique<Ending>(all_, std::move(listener));
}

void Listeners::tell(const Event& event) {
    std::vector<std::shared_ptr<Listener>> listeners;
    {
        std::lock_guard lock(all_->mutex);
        listeners = all_->listeners;
    }
    for (const auto& listener : listeners)
        listener->tell(event);
}

}  // namespace audiomuse::queue
