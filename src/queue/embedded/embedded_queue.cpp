// The queue of one process: lanes and holders in memory.
#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "audiomuse/queue/queue.h"
#include "listeners.h"

namespace audiomuse::queue {

namespace {

/// What waits and what is worked on. Claims share it, so that they may outlive the queue.
class Deliveries {
public:
    void enqueue(const JobId& job, Lane lane) {
        std::lock_guard lock(mutex_);
        if (!waiting_.insert(job).second) return;
        lane_of(lane).push_back(job);
        changed_.notify_all();
    }

    struct Delivery {
        JobId job;
        Lane lane;
        CancelToken token;
    };
    std::optional<Delivery> take(const std::vector<Lane>& lanes, std::chrono::milliseconds wait) {
        constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24 * 3650);  // keeps the deadline in range
        const auto deadline = std::chrono::steady_clock::now() + std::min(wait, kLongest);
        std::unique_lock lock(mutex_);
        for (;;) {
            if (closed_) return std::nullopt;
            if (auto delivery = take_now(lanes)) return delivery;
            if (changed_.wait_until(lock, deadline) == std::cv_status::timeout) {
                return closed_ ? std::nullopt : take_now(lanes);
            }
        }
    }

    /// Ends a claim; `again` puts the id back where it came from.
    void release(const JobId& job, Lane lane, bool again) {
        std::lock_guard lock(mutex_);
        held_.erase(job);
        if (again && waiting_.insert(job).second) lane_of(lane).push_front(job);
        changed_.notify_all();
    }

    void cancel(const JobId& job) {
        std::lock_guard lock(mutex_);
        if (waiting_.erase(job) > 0) {
            for (auto& ids : lanes_)
                std::erase(ids, job);
        }
        if (const auto found = held_.find(job); found != held_.end()) found->second.cancel();
    }

    std::size_t waiting(Lane lane) {
        std::lock_guard lock(mutex_);
        return lane_of(lane).size();
    }

    void close() {
        std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }

private:
    std::deque<JobId>& lane_of(Lane lane) { return lanes_[static_cast<std::size_t>(lane)]; }

    std::optional<Delivery> take_now(const std::vector<Lane>& lanes) {
        for (const Lane lane : {Lane::high, Lane::normal, Lane::library, Lane::aside, Lane::backup}) {
            if (std::ranges::find(lanes, lane) == lanes.end()) continue;
            auto& ids = lane_of(lane);
            const auto next = std::ranges::find_if(ids, [&](const JobId& job) { return !held_.contains(job); });
            if (next == ids.end()) continue;
            JobId job = *next;
            ids.erase(next);
            waiting_.erase(job);
            CancelToken token = held_[job].token();
            return Delivery{std::move(job), lane, std::move(token)};
        }
        return std::nullopt;
    }

    std::mutex mutex_;  // guards everything below
    std::condition_variable changed_;
    std::array<std::deque<JobId>, kLanes> lanes_;
    std::unordered_set<JobId> waiting_;             // the ids in lanes_
    std::unordered_map<JobId, CancelSource> held_;  // the ids that claims hold
    bool closed_ = false;
};

class EmbeddedClaim final : public Claim {
public:
    EmbeddedClaim(std::shared_ptr<Deliveries> deliveries, Deliveries::Delivery delivery)
        : deliveries_(std::move(deliveries)), delivery_(std::move(delivery)) {}
    ~EmbeddedClaim() override { end(true); }

    const JobId& job() const override { return delivery_.job; }
    CancelToken cancel_token() const override { return delivery_.token; }
    void renew() override {}  // a worker in this process cannot die alone
    void finish() override { end(false); }

private:
    void end(bool again) {
        if (std::exchange(ended_, true)) return;
        deliveries_->release(delivery_.job, delivery_.lane, again);
    }

    std::shared_ptr<Deliveries> deliveries_;
    Deliveries::Delivery delivery_;
    bool ended_ = false;
};

class EmbeddedQueue final : public Queue {
public:
    ~EmbeddedQueue() override { deliveries_->close(); }

    void enqueue(const JobId& job, Lane lane) override { deliveries_->enqueue(job, lane); }
    std::unique_ptr<Claim> claim(const std::vector<Lane>& lanes, std::chrono::milliseconds wait) override {
        auto delivery = deliveries_->take(lanes, wait);
        if (!delivery) return nullptr;
        return std::make_unique<EmbeddedClaim>(deliveries_, *std::move(delivery));
    }
    void cancel(const JobId& job) override { deliveries_->cancel(job); }
    std::size_t waiting(Lane lane) override { return deliveries_->waiting(lane); }
    void publish(const Event& event) override { listeners_.tell(event); }
    std::unique_ptr<Subscription> subscribe(std::function<void(const Event&)> listener) override {
        return listeners_.add(std::move(listener));
    }
    void close() override { deliveries_->close(); }

private:
    std::shared_ptr<Deliveries> deliveries_ = std::make_shared<Deliveries>();
    Listeners listeners_;
};

}  // namespace

std::unique_ptr<Queue> create_embedded() {
    return std::make_unique<EmbeddedQueue>();
}

}  // namespace audiomuse::queue
