#include "audiomuse/features/text_search/text_branch.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "audiomuse/base/log.h"

namespace audiomuse::features {

TextBranch::TextBranch(Open open, Options options)
    : open_(std::move(open)),
      options_(std::move(options)),
      watcher_([this](const std::stop_token& stop) { watch(stop); }) {}

TextBranch::~TextBranch() {
    watcher_.request_stop();
    watcher_.join();
}

void TextBranch::watch(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        // Nothing wakes this thread while there is nothing to give up.
        loaded_.wait(lock, stop, [&] { return network_ != nullptr; });
        loaded_.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
        lock.unlock();
        look();
        lock.lock();
    }
}

void TextBranch::look() {
    std::shared_ptr<const models::ClapText> idle;  // freed without the lock
    const std::lock_guard lock(mutex_);
    if (network_ && options_.clock() >= expiry_) {
        idle = std::exchange(network_, nullptr);
        log::info("Nobody searches by text: the text branch of CLAP is given up.");
    }
}

std::shared_ptr<const models::ClapText> TextBranch::use() {
    const auto in_memory = [&] {
        const std::lock_guard lock(mutex_);
        expiry_ = options_.clock() + options_.idle_s;
        return network_;
    };
    if (auto network = in_memory()) return network;
    const std::lock_guard opening(opening_);
    if (auto network = in_memory()) return network;  // somebody else has opened it meanwhile
    // A file that can't be opened takes seconds to say so: not for each search.
    if (failure_ && options_.clock() - failed_at_ < options_.retry_s) throw Error(*failure_);
    failure_.reset();
    try {
        auto network = open_();
        const std::lock_guard lock(mutex_);
        network_ = network;
        expiry_ = options_.clock() + options_.idle_s;
        loaded_.notify_all();
        return network;
    } catch (const Error& error) {
        log::warn("Music can't be found by texts: {}", error.what());
        failure_ = error;
        failed_at_ = options_.clock();
        throw;
    }
}

Embedding TextBranch::embed(std::string_view text) {
    return use()->embed(text);
}

void TextBranch::warm_up() {
    use();
}

TextBranch::State TextBranch::state() const {
    const std::lock_guard lock(mutex_);
    if (!network_) return {};
    return {.loaded = true, .seconds_left = std::max(0.0, expiry_ - options_.clock())};
}

}  // namespace audiomuse::features
