// Remembers which tracks are being listened to, so that a file that brings the whole program down is found out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>

#include "audiomuse/base/ids.h"

namespace audiomuse::jobs {

/// Kept in one small file that survives a killed process. Thread-safe. Losing the file costs nothing but the memory of
/// crashes.
class InFlight {
public:
    /// A track that was in flight this many times when the process died is not tried again.
    static constexpr int kMaxCrashes = 3;

    /// Reads what an earlier process left: its tracks in flight get one crash more.
    explicit InFlight(const std::filesystem::path& file);
    ~InFlight();
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;

    void begin(TrackId id);
    void end(TrackId id);
    int crashes(TrackId id) const;

private:
    void write();

    int descriptor_ = -1;
    std::size_t written_ = 0;   ///< bytes in the file
    mutable std::mutex mutex_;  // guards what follows, and the file
    std::set<std::int64_t> running_;
    std::map<std::int64_t, int> crashes_;
};

}  // namespace audiomuse::jobs
