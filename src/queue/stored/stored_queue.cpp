// The queue of processes that share a store and no Redis: ids wait in a table of the store, whose signals wake claimers
// and carry cancels and events.
//
// Beside the store's thread that hears signals there is one per queue, the keeper: it renews the claims of this
// process, takes back those of dead ones, and sends what could not be sent when the store was away.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"
#include "audiomuse/queue/queue.h"
#include "audiomuse/store/deliveries.h"
#include "listeners.h"
#include "waiters.h"

namespace audiomuse::queue {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using store::Delivery;
using store::Signal;

constexpr std::chrono::milliseconds kLongestRound = 5s;  // of the keeper: looks for lost wake-ups and dead workers
constexpr std::chrono::milliseconds kFirstPause = 20ms;  // between attempts to reach the store; doubled each time
constexpr std::chrono::milliseconds kLongestPause = 1s;

/// One claim while its worker has it.
struct Held {
    explicit Held(Delivery taken) : delivery(std::move(taken)) {}
    const Delivery delivery;
    CancelSource cancel;
    std::atomic<Clock::time_point> renewed_at = Clock::now();
};

/// The claims of this process, and the ends of which the store does not know yet. Claims share it and may outlive the
/// queue. Thread-safe.
class Desk {
public:
    explicit Desk(store::Deliveries& deliveries) : deliveries_(deliveries) {}

    std::shared_ptr<Held> add(Delivery delivery) {
        auto held = std::make_shared<Held>(std::move(delivery));
        std::lock_guard lock(mutex_);
        held_.emplace(held->delivery.claim, held);
        return held;
    }

    /// Ends a claim, at once or when the store is back.
    void end(const Delivery& delivery, bool again) {
        {
            std::lock_guard lock(mutex_);
            held_.erase(delivery.claim);
        }
        try {
            return send_end(delivery, again);
        } catch (const Error& error) {
            log::debug("The end of job {} is told to the store later: {}", delivery.job.value, error.what());
        }
        std::lock_guard lock(mutex_);
        unsent_.emplace_back(delivery, again);
    }

    void send_unsent() {
        for (;;) {
            std::pair<Delivery, bool> end;
            {
                std::lock_guard lock(mutex_);
                if (unsent_.empty()) return;
                end = unsent_.back();
            }
            send_end(end.first, end.second);
            std::lock_guard lock(mutex_);
            std::erase_if(unsent_, [&](const auto& each) { return each.first.claim == end.first.claim; });
        }
    }

    void cancel_claim(std::int64_t claim) {
        std::lock_guard lock(mutex_);
        if (const auto found = held_.find(claim); found != held_.end()) found->second->cancel.cancel();
    }

    void cancel_job(const JobId& job) {
        std::lock_guard lock(mutex_);
        for (const auto& [claim, held] : held_) {
            if (held->delivery.job == job) held->cancel.cancel();
        }
    }

    /// Those whose worker called renew() after `since`.
    std::vector<Delivery> alive(Clock::time_point since) {
        std::lock_guard lock(mutex_);
        std::vector<Delivery> alive;
        for (const auto& [claim, held] : held_) {
            if (held->renewed_at.load() >= since) alive.push_back(held->delivery);
        }
        return alive;
    }

private:
    void send_end(const Delivery& delivery, bool again) {
        if (again) {
            deliveries_.hand_back(delivery);
        } else {
            deliveries_.finish(delivery);
        }
    }

    store::Deliveries& deliveries_;
    std::mutex mutex_;                                              // guards what follows
    std::unordered_map<std::int64_t, std::shared_ptr<Held>> held_;  // by claim
    std::vector<std::pair<Delivery, bool>> unsent_;
};

class StoredClaim final : public Claim {
public:
    StoredClaim(std::shared_ptr<Desk> desk, std::shared_ptr<Held> held)
        : desk_(std::move(desk)), held_(std::move(held)) {}
    ~StoredClaim() override { end(true); }

    const JobId& job() const override { return held_->delivery.job; }
    CancelToken cancel_token() const override { return held_->cancel.token(); }
    void renew() override { held_->renewed_at = Clock::now(); }
    void finish() override { end(false); }

private:
    void end(bool again) {
        if (!std::exchange(ended_, true)) desk_->end(held_->delivery, again);
    }

    std::shared_ptr<Desk> desk_;
    std::shared_ptr<Held> held_;
    bool ended_ = false;
};

class StoredQueue final : public Queue {
public:
    StoredQueue(store::Deliveries& deliveries, const StoredQueueOptions& options)
        : options_(options), deliveries_(deliveries), desk_(std::make_shared<Desk>(deliveries)) {
        patiently([&] { listening_ = deliveries_.listen([this](const Signal& signal) { take(signal); }); });
        keeper_ = std::thread([this] { keep(); });
    }

    ~StoredQueue() override {
        close();
        {
            std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
        keeper_.join();
        listening_.reset();
    }

    void enqueue(const JobId& job, Lane lane) override {
        patiently([&] { deliveries_.enqueue(job, static_cast<int>(lane)); });
    }

    std::unique_ptr<Claim> claim(const std::vector<Lane>& lanes, std::chrono::milliseconds wait) override {
        constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24 * 3650);  // keeps the deadline in range
        const auto deadline = Clock::now() + std::min(wait, kLongest);
        std::vector<int> numbers;
        for (const Lane lane : lanes)
            numbers.push_back(static_cast<int>(lane));
        std::ranges::sort(numbers);
        Waiter waiter(waiters_, lanes);
        do {
            if (waiters_.closed()) return nullptr;
            if (auto claim = try_claim(numbers)) return claim;
        } while (waiter.wait(deadline));
        return nullptr;
    }

    void cancel(const JobId& job) override {
        desk_->cancel_job(job);
        try {
            patiently([&] { deliveries_.cancel(job); });
        } catch (const Error& error) {
            log::warn("Other processes could not be told that job {} is cancelled: {}", job.value, error.what());
        }
    }

    std::size_t waiting(Lane lane) override {
        return static_cast<std::size_t>(deliveries_.waiting(static_cast<int>(lane)));
    }

    void publish(const Event& event) override {
        listeners_.tell(event);
        if (!connected_) return;
        try {
            deliveries_.publish(event.topic + '\n' + event.data);
        } catch (const Error& error) {
            log::debug("An event \"{}\" did not reach other processes: {}", event.topic, error.what());
        }
    }

    std::unique_ptr<Subscription> subscribe(std::function<void(const Event&)> listener) override {
        return listeners_.add(std::move(listener));
    }

    void close() override {
        waiters_.close();
        std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }

private:
    /// Repeats `work` while the store can't be reached, up to the options' patience.
    template <class Work>
    void patiently(Work work) {
        const auto deadline = Clock::now() + options_.patience;
        bool last = false;
        for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
            try {
                return work();
            } catch (const Error& error) {
                if (error.code() != ErrorCode::unavailable || last || Clock::now() + pause > deadline) throw;
            }
            std::unique_lock lock(mutex_);
            last = changed_.wait_for(lock, pause, [&] { return closed_; });
        }
    }

    std::unique_ptr<Claim> try_claim(const std::vector<int>& lanes) {
        if (!connected_) return nullptr;
        try {
            auto delivery = deliveries_.take(lanes, options_.lease);
            if (!delivery) return nullptr;
            return std::make_unique<StoredClaim>(desk_, desk_->add(*std::move(delivery)));
        } catch (const Error& error) {
            complain(error);  // and wait: the keeper wakes us for another attempt
            return nullptr;
        }
    }

    /// A claimer and the keeper meet the same trouble again and again: it is said once in a while.
    void complain(const Error& error) {
        constexpr double kQuietSeconds = 30;
        const double now = steady_now();
        double last = complained_at_.load();
        if (now - last < kQuietSeconds || !complained_at_.compare_exchange_strong(last, now)) return;
        log::warn("The queue has trouble: {}", error.what());
    }

    /// Called by the store's thread.
    void take(const Signal& signal) {
        switch (signal.kind) {
            case Signal::Kind::arrival:
                return waiters_.wake_one(static_cast<Lane>(signal.lane));
            case Signal::Kind::ended:
                return desk_->cancel_claim(signal.claim);
            case Signal::Kind::event: {
                const std::size_t end = signal.event.find('\n');
                if (end == std::string::npos) return;
                return listeners_.tell({signal.event.substr(0, end), signal.event.substr(end + 1)});
            }
            case Signal::Kind::cut:
                connected_ = false;
                log::warn("The queue has lost its database. Jobs go on; new ones start when it is back.");
                return;
            case Signal::Kind::connected:
                connected_since_ = Clock::now();
                if (!connected_.exchange(true)) log::info("The queue has its database again.");
                // What happened meanwhile was not heard.
                kick_keeper();
                return waiters_.wake_all();
        }
    }

    void kick_keeper() {
        std::lock_guard lock(mutex_);
        kicked_ = true;
        changed_.notify_all();
    }

    void keep() {
        const auto round = std::min(options_.lease / 4, kLongestRound);
        for (;;) {
            {
                std::unique_lock lock(mutex_);
                changed_.wait_for(lock, round, [&] { return kicked_ || stopping_; });
                kicked_ = false;
                if (stopping_) return;
            }
            if (!connected_) continue;
            try {
                desk_->send_unsent();
                renew();
                // When the store was away, other processes need time, too, to renew what they hold.
                if (Clock::now() - connected_since_.load() >= options_.lease) deliveries_.take_back_overdue();
                waiters_.wake_all();
            } catch (const Error& error) {
                complain(error);
            }
        }
    }

    void renew() {
        const std::vector<Delivery> alive = desk_->alive(Clock::now() - options_.lease / 2);
        if (alive.empty()) return;
        const auto standings = deliveries_.renew(alive, options_.lease);
        for (std::size_t i = 0; i < alive.size(); ++i) {
            if (standings[i] != store::Deliveries::Standing::held) desk_->cancel_claim(alive[i].claim);
        }
    }

    const StoredQueueOptions options_;
    store::Deliveries& deliveries_;
    const std::shared_ptr<Desk> desk_;
    Listeners listeners_;
    Waiters waiters_;
    std::atomic<bool> connected_ = true;
    std::atomic<Clock::time_point> connected_since_ = Clock::now();
    std::atomic<double> complained_at_ = -1e9;

    std::mutex mutex_;  // guards the next four
    std::condition_variable changed_;
    bool kicked_ = false;
    bool closed_ = false;
    bool stopping_ = false;

    std::unique_ptr<store::Listening> listening_;
    std::thread keeper_;
};

}  // namespace

std::unique_ptr<Queue> create_stored(store::Deliveries& deliveries, const StoredQueueOptions& options) {
    return std::make_unique<StoredQueue>(deliveries, options);
}

}  // namespace audiomuse::queue
