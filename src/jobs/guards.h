// What keeps the analysis of a process from beginning the next track.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "audiomuse/jobs/context.h"

namespace audiomuse::jobs {

/// "Waiting until 22:00: files are analysed from 22:00 to 6:00 only."
std::string waiting_for_hours(const settings::HoursOfDay& hours);

/// Shared by all threads of a process that analyse. Thread-safe.
class Guards {
public:
    /// `track_bytes`: memory that listening to one more track takes.
    explicit Guards(std::uint64_t track_bytes = 0) : track_bytes_(track_bytes) {}

    /// A track that is listened to, until its end.
    class Track {
    public:
        explicit Track(Guards& guards) : guards_(guards) {}
        ~Track() { --guards_.in_hand_; }
        Track(const Track&) = delete;
        Track& operator=(const Track&) = delete;

    private:
        Guards& guards_;
    };

    /// Whether a track may not begin now. `why` becomes the sentence for people; "" for the rate, which is waited for
    /// all the time. If false, a Track has to be made.
    bool hold_back(const JobContext& context, std::string& why);

private:
    std::string reason(const JobContext& context, const settings::Settings& settings) const;

    const std::uint64_t track_bytes_;
    std::atomic<int> in_hand_ = 0;
    Pace pace_;
    std::mutex mutex_;  // guards told_
    std::string told_;  // the log's last line of why
};

}  // namespace audiomuse::jobs
