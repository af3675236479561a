// The queue of many processes: ids wait in Redis Streams; pub/sub wakes claimers and carries cancels and events.
//
// Two threads per queue. The ears hold the one subscribed connection and pass on what they hear. The keeper renews the
// claims of this process, takes over those of dead ones, and sends what could not be sent when Redis was away.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <random>
#include <thread>
#include <utility>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/log.h"
#include "audiomuse/queue/queue.h"
#include "audiomuse/wrap/redis/subscriber.h"
#include "listeners.h"
#include "redis/deliveries.h"
#include "redis/holdings.h"
#include "waiters.h"

namespace audiomuse::queue {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLongestRound = 5s;  // of the keeper: looks for lost wake-ups and dead workers
constexpr std::chrono::milliseconds kFirstPause = 20ms;  // between attempts to reach Redis; doubled each time
constexpr std::chrono::milliseconds kLongestPause = 1s;

/// Names this process among all that share the Redis. Holds no "/" nor blanks: tokens are made of it.
std::string consumer_name() {
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    std::string name = host.data();
    std::ranges::replace_if(
        name, [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '.'; }, '-');
    std::random_device random;
    return fmt::format("{}:{}:{:08x}{:08x}", name, ::getpid(), random(), random());
}

wrap::redis::Limits limits_of(const RedisQueueOptions& options) {
    const wrap::redis::Limits usual;
    return {.command = std::min(options.patience, usual.command), .silence = std::min(options.patience, usual.silence)};
}

/// What claims need of their queue; they share it and may outlive the queue.
struct Shared {
    explicit Shared(const RedisQueueOptions& options)
        : address(wrap::redis::parse_url(options.url)),
          limits(limits_of(options)),
          deliveries(address, limits, options.prefix) {}

    /// Tells Redis of a claim's end, at once or when it is back.
    void end(const Holding& holding, bool again) {
        holdings.remove(holding.token);
        try {
            if (connected) return deliveries.end(holding, again);
        } catch (const Error& error) {
            log::debug("The end of job {} is told to Redis later: {}", holding.job.value, error.what());
        }
        std::lock_guard lock(mutex);
        unsent.emplace_back(holding, again);
    }

    void send_unsent() {
        std::vector<std::pair<Holding, bool>> ends;
        {
            std::lock_guard lock(mutex);
            ends.swap(unsent);
        }
        while (!ends.empty()) {
            try {
                deliveries.end(ends.back().first, ends.back().second);
            } catch (...) {
                std::lock_guard lock(mutex);
                unsent.insert(unsent.end(), ends.begin(), ends.end());
                throw;
            }
            ends.pop_back();
        }
    }

    const wrap::redis::Address address;
    const wrap::redis::Limits limits;
    Deliveries deliveries;
    Holdings holdings;
    std::atomic<bool> connected = false;  // whether the ears are
    std::mutex mutex;                     // guards unsent
    std::vector<std::pair<Holding, bool>> unsent;
};

class RedisClaim final : public Claim {
public:
    RedisClaim(std::shared_ptr<Shared> shared, std::shared_ptr<Held> held)
        : shared_(std::move(shared)), held_(std::move(held)) {}
    ~RedisClaim() override { end(true); }

    const JobId& job() const override { return held_->holding.job; }
    CancelToken cancel_token() const override { return held_->cancel.token(); }
    void renew() override { held_->renewed_at = Clock::now(); }
    void finish() override { end(false); }

private:
    void end(bool again) {
        if (!std::exchange(ended_, true)) shared_->end(held_->holding, again);
    }

    std::shared_ptr<Shared> shared_;
    std::shared_ptr<Held> held_;
    bool ended_ = false;
};

class RedisQueue final : public Queue {
public:
    explicit RedisQueue(const RedisQueueOptions& options)
        : options_(options), shared_(std::make_shared<Shared>(options)), consumer_(consumer_name()) {
        patiently([&] {
            shared_->deliveries.check();
            subscribe_ears();
        });
        note_connected();
        ears_ = std::thread([this] { hear(); });
        keeper_ = std::thread([this] { keep(); });
    }

    ~RedisQueue() override {
        close();
        stopping_ = true;
        waker_.wake();
        kick_keeper();
        ears_.join();
        keeper_.join();
    }

    void enqueue(const JobId& job, Lane lane) override {
        patiently([&] { shared_->deliveries.enqueue(job, lane); });
    }

    std::unique_ptr<Claim> claim(const std::vector<Lane>& lanes, std::chrono::milliseconds wait) override {
        constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24 * 3650);  // keeps the deadline in range
        const auto deadline = Clock::now() + std::min(wait, kLongest);
        Waiter waiter(waiters_, lanes);
        do {
            if (waiters_.closed()) return nullptr;
            if (auto claim = try_claim(lanes)) return claim;
        } while (waiter.wait(deadline));
        return nullptr;
    }

    void cancel(const JobId& job) override {
        shared_->holdings.cancel_job(job);
        try {
            shared_->deliveries.cancel(job);
        } catch (const Error& error) {
            log::warn("Other processes could not be told that job {} is cancelled: {}", job.value, error.what());
        }
    }

    std::size_t waiting(Lane lane) override { return shared_->deliveries.waiting(lane); }

    void publish(const Event& event) override {
        listeners_.tell(event);
        if (!shared_->connected) return;
        try {
            shared_->deliveries.publish_event(fmt::format("{}\n{}\n{}", consumer_, event.topic, event.data));
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
    /// Repeats `work` while Redis can't be reached, up to the options' patience.
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

    std::unique_ptr<Claim> try_claim(const std::vector<Lane>& lanes) {
        if (!shared_->connected) return nullptr;
        try {
            auto holding = shared_->deliveries.claim(fmt::format("{}/{}", consumer_, ++claims_), lanes);
            if (!holding) return nullptr;
            auto held = std::make_shared<Held>(*std::move(holding));
            shared_->holdings.add(held);
            return std::make_unique<RedisClaim>(shared_, std::move(held));
        } catch (const Error& error) {
            complain(error);  // and wait: the keeper or the ears wake us for another attempt
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

    void subscribe_ears() {
        const Channels& channels = shared_->deliveries.channels();
        subscriber_.emplace(shared_->address, shared_->limits,
                            std::vector<std::string>{channels.work, channels.ended, channels.event});
    }

    void note_connected() {
        connected_since_ = Clock::now();
        shared_->connected = true;
    }

    void hear() {
        while (!stopping_) {
            try {
                if (const auto message = subscriber_->next(1h, waker_)) take(*message);
            } catch (const Error& error) {
                shared_->connected = false;
                log::warn("{} Jobs go on; new ones start when Redis is back.", error.what());
                complained_at_ = steady_now();
                listen_again();
            }
        }
    }

    void listen_again() {
        for (auto pause = kFirstPause; !stopping_; pause = std::min(pause * 2, kLongestPause)) {
            try {
                subscribe_ears();
                note_connected();
                log::info("The queue reaches Redis at {} again.", shared_->address.name());
                // What was published meanwhile was not heard; and our claims may be forgotten.
                kick_keeper();
                waiters_.wake_all();
                return;
            } catch (const Error& error) {
                complain(error);
                std::unique_lock lock(mutex_);
                changed_.wait_for(lock, pause, [&] { return stopping_.load(); });
            }
        }
    }

    void take(const wrap::redis::Subscriber::Message& message) {
        const Channels& channels = shared_->deliveries.channels();
        if (message.channel == channels.work) {
            waiters_.wake_one(static_cast<Lane>(std::atoi(message.payload.c_str()) - 1));
        } else if (message.channel == channels.ended) {
            shared_->holdings.cancel_token(message.payload);
        } else {
            take_event(message.payload);
        }
    }

    void take_event(std::string_view payload) {
        const auto first = payload.find('\n');
        const auto second = first == std::string_view::npos ? first : payload.find('\n', first + 1);
        if (second == std::string_view::npos) return;
        if (payload.substr(0, first) == consumer_) return;  // our listeners heard it when it was published
        listeners_.tell(
            {std::string(payload.substr(first + 1, second - first - 1)), std::string(payload.substr(second + 1))});
    }

    void kick_keeper() {
        std::lock_guard lock(mutex_);
        kicked_ = true;
        changed_.notify_all();
    }

    void keep() {
        const auto round = std::min(options_.lease / 4, kLongestRound);
        while (!stopping_) {
            {
                std::unique_lock lock(mutex_);
                changed_.wait_for(lock, round, [&] { return kicked_; });
                kicked_ = false;
            }
            if (!shared_->connected) continue;
            try {
                shared_->send_unsent();
                if (stopping_) return;
                renew();
                // When Redis was away, other processes need time, too, to renew what they hold.
                if (Clock::now() - connected_since_.load() >= options_.lease)
                    shared_->deliveries.take_over(options_.lease);
                waiters_.wake_all();
            } catch (const Error& error) {
                complain(error);
            }
        }
    }

    void renew() {
        const std::vector<Holding> alive = shared_->holdings.alive(Clock::now() - options_.lease / 2);
        if (alive.empty()) return;
        const auto standings = shared_->deliveries.renew(alive);
        for (std::size_t i = 0; i < std::min(alive.size(), standings.size()); ++i) {
            if (standings[i] != Deliveries::Standing::held) shared_->holdings.cancel_token(alive[i].token);
        }
    }

    const RedisQueueOptions options_;
    const std::shared_ptr<Shared> shared_;
    const std::string consumer_;
    Listeners listeners_;
    Waiters waiters_;
    std::atomic<Clock::time_point> connected_since_ = Clock::now();
    std::atomic<std::uint64_t> claims_ = 0;
    std::atomic<double> complained_at_ = -1e9;

    std::mutex mutex_;  // guards kicked_ and closed_
    std::condition_variable changed_;
    bool kicked_ = false;
    bool closed_ = false;
    std::atomic<bool> stopping_ = false;

    wrap::redis::Waker waker_;
    std::optional<wrap::redis::Subscriber> subscriber_;  // used by the ears alone
    std::thread ears_;
    std::thread keeper_;
};

}  // namespace

std::unique_ptr<Queue> create_redis(const RedisQueueOptions& options) {
    return std::make_unique<RedisQueue>(options);
}

}  // namespace audiomuse::queue
