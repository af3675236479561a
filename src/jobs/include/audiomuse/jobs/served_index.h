// The index of all tracks, kept in step with the store.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "audiomuse/base/analysis.h"
#include "audiomuse/base/cancel.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/queue/queue.h"
#include "audiomuse/store/store.h"

namespace audiomuse::jobs {

using store::kTrackIndex;

/// Every process has its own copy of the index: the saved image, and what has changed in the store since that image was
/// made. So a new album is found everywhere within a moment, and nothing is ever built twice. Thread-safe.
class ServedIndex {
public:
    struct Options {
        index::IndexParams params;
        /// Folder in which images read from the store are kept; empty where the store is a file of this machine anyway.
        std::filesystem::path cache;
        unsigned threads = 1;  ///< that build it anew, load it, or add many tracks
    };
    /// Of the embeddings of analyses, saved as store::kTrackIndex.
    ServedIndex(store::Store& store, Options options);
    /// Of `vectors`, which are of the store too, saved under `name`.
    ServedIndex(store::Store& store, store::TrackVectors& vectors, std::string name, Options options);
    ~ServedIndex();
    ServedIndex(const ServedIndex&) = delete;
    ServedIndex& operator=(const ServedIndex&) = delete;

    index::LiveIndex& live() { return live_; }

    /// Loads the saved image if there is none yet, or one of another model or a newer state, and applies what has
    /// changed since. A missing image, a damaged one and one made with other settings are made good from the
    /// embeddings; a damaged one, such as that of an older version, is then saved anew. Throws what the store throws.
    void catch_up();
    /// Calls catch_up from a thread of its own, now, whenever an event tells of a change, and every few seconds.
    void follow(queue::Queue& queue);

    /// Saves the image if the saved one is missing, of another model than most tracks, far behind, damaged or made with
    /// other settings; for one process at a time. With `every_change` also if it is behind at all: before tracks that
    /// it may hold are deleted from the store, which then can't tell that they are gone. `report` gets the number of
    /// tracks done.
    void save_if_needed(const std::function<void(std::int64_t)>& report, const CancelToken& cancel,
                        bool every_change = false);
    /// Gives the memory back, in a process that serves no searches.
    void release();

private:
    class Follower;

    std::shared_ptr<index::VectorIndex> load(const store::IndexBlobInfo& info);
    std::shared_ptr<index::VectorIndex> read_image(const store::IndexBlobInfo& info);
    void rebuild(const ModelTag& model, const std::function<void(std::int64_t)>& report, const CancelToken& cancel);
    void catch_up_locked();
    void save();

    store::Store& store_;
    store::TrackVectors& vectors_;
    const std::string name_;
    const Options options_;
    index::LiveIndex live_;
    std::mutex mutex_;           // guards what follows, and every change of the index
    ModelTag model_;             ///< of the vectors in live_
    std::int64_t version_ = 0;   ///< of the saved image looked at last
    std::int64_t useless_ = 0;   ///< version of a saved image that is damaged or made with other settings
    bool damaged_ = false;       ///< and nobody has saved another yet
    std::int64_t revision_ = 0;  ///< the last change of the store that live_ holds
    std::unique_ptr<Follower> follower_;
};

}  // namespace audiomuse::jobs
