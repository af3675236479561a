#include "event_hub.h"

#include <algorithm>
#include <utility>

#include "audiomuse/base/text.h"

namespace audiomuse::api {

std::string event_text(std::string_view topic, std::string_view data) {
    const std::string name = topic.empty() ? "" : "event: " + one_line(topic) + "\n";
    return name + "data: " + one_line(data) + "\n\n";
}

void EventClient::push(const queue::Event& event) {
    {
        std::lock_guard lock(mutex_);
        if (ended_) return;
        if (event.topic == "library") {
            library_changed_ = true;
        } else if (waiting_.size() < kMaxWaiting) {
            waiting_.push_back(event_text(event.topic, event.data));
        } else {
            waiting_.clear();
            ended_ = too_slow_ = true;
        }
    }
    notify();
}

void EventClient::end() {
    {
        std::lock_guard lock(mutex_);
        ended_ = true;
    }
    notify();
}

EventClient::Batch EventClient::take(double now) {
    Batch batch;
    bool send_library = false;
    {
        std::lock_guard lock(mutex_);
        for (const std::string& text : waiting_)
            batch.text += text;
        waiting_.clear();
        batch.ended = ended_;
        batch.too_slow = too_slow_;
        if (library_changed_ && !ended_) {
            const double wait = library_sent_ < 0 ? 0 : library_sent_ + kLibraryInterval - now;
            send_library = wait <= 0;
            if (send_library) {
                library_changed_ = false;
                library_sent_ = now;
            } else {
                batch.wait_s = wait;
            }
        }
    }
    // Outside the lock: whoever publishes must not wait for the store.
    if (send_library) batch.text += event_text("library", library_data_());
    return batch;
}

void EventClient::on_ready(std::function<void()> ready) {
    std::lock_guard lock(ready_mutex_);
    ready_ = std::move(ready);
}

void EventClient::notify() {
    std::lock_guard lock(ready_mutex_);
    if (ready_) ready_();
}

EventHub::EventHub(queue::Queue& queue, EventClient::LibraryData library_data)
    : library_data_(std::move(library_data)),
      subscription_(queue.subscribe([this](const queue::Event& event) { publish(event); })) {}

std::shared_ptr<EventClient> EventHub::connect(const queue::Event& first) {
    auto client = std::make_shared<EventClient>(library_data_);
    if (!first.topic.empty()) client->push(first);
    std::lock_guard lock(mutex_);
    if (closed_) client->end();
    std::erase_if(clients_, [](const auto& known) { return known.expired(); });
    clients_.push_back(client);
    return client;
}

std::size_t EventHub::clients() const {
    return living().size();
}

void EventHub::close() {
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
    }
    for (const auto& client : living())
        client->end();
}

void EventHub::publish(const queue::Event& event) {
    for (const auto& client : living())
        client->push(event);
}

std::vector<std::shared_ptr<EventClient>> EventHub::living() const {
    std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<EventClient>> clients;
    for (const auto& known : clients_) {
        if (auto client = known.lock()) clients.push_back(std::move(client));
    }
    return clients;
}

}  // namespace audiomuse::api
