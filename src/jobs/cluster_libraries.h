// The library that searches for playlists read, kept between the batches that this process does.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "audiomuse/base/ids.h"
#include "audiomuse/features/clustering/search.h"

namespace audiomuse::jobs {

/// One library at a time, shared by all threads: it takes seconds to read, and half a gigabyte for 100,000 tracks.
/// Thread-safe.
class ClusterLibraries {
public:
    using Made = std::shared_ptr<const features::ClusterLibrary>;

    /// The library of this search; `make` is called when it is not there. Others who ask for it meanwhile wait.
    Made get(const JobId& search, const std::function<Made()>& make);
    /// To be called now and then: lets go of a library that nobody has asked for for some seconds.
    void forget_idle();

private:
    std::mutex mutex_;  // guards everything below
    JobId search_;
    Made library_;
    double asked_ = 0;
};

}  // namespace audiomuse::jobs
