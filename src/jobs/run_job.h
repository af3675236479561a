// One job from its row to its end.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "steps.h"

namespace audiomuse::jobs {

/// Jobs that this process holds: their claims and leases are renewed here, and who asked them to stop is told.
/// Thread-safe.
class HeldJobs {
public:
    explicit HeldJobs(const JobContext& context) : context_(context) {}

    enum class Stop { none, asked, lost };
    /// A job in hand. Ends with its holder.
    class Hold {
    public:
        Hold(HeldJobs& all, queue::Claim& claim, bool coordinator);
        ~Hold();
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;
        CancelSource& work() { return work_; }
        Stop stopped() const { return stop_; }

    private:
        friend class HeldJobs;
        HeldJobs& all_;
        queue::Claim& claim_;
        const bool coordinator_;
        const CancelToken asked_;
        CancelSource work_;  ///< cancelled by whatever stops the job
        std::atomic<Stop> stop_{Stop::none};
        double renewed_ = 0;
    };

    /// Call about twice a second.
    void beat();
    /// The process goes: interrupts coordinators, or everything, now and from now on.
    enum class Interrupt { none, coordinators, all };
    void interrupt(Interrupt what);

private:
    void beat(Hold& hold, double now);
    void interrupt_if_due(Hold& hold) const;

    const JobContext& context_;
    std::mutex mutex_;  // guards jobs_, and what beat does with them
    std::vector<Hold*> jobs_;
    Interrupt interrupt_ = Interrupt::none;
    bool store_failed_ = false;
};

/// Does the claimed job in the calling thread, whose priority it lowers to what the settings say. Afterwards its row is
/// final, or unfinished and free for another worker. Throws what the store throws while the job could not be begun.
void run_job(const JobContext& context, HeldJobs& held, queue::Claim& claim, Slot& slot);

}  // namespace audiomuse::jobs
