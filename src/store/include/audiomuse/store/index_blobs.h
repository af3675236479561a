// Saved vector indexes, in parts, so that no single value grows with the library.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/base/analysis.h"

namespace audiomuse::store {

/// The name of the saved index of all tracks.
inline constexpr const char* kTrackIndex = "tracks";
/// And of how CLAP hears them.
inline constexpr const char* kSoundIndex = "sounds";

struct IndexBlobInfo {
    std::string name;
    ModelTag model;
    std::int64_t version = 0;   ///< grows with every save of this name
    std::int64_t revision = 0;  ///< the last change of the catalogue it holds, for Analyses::each_change
    std::int64_t count = 0;     ///< vectors inside
    std::int64_t bytes = 0;
    double saved_at = 0;
};

class IndexBlobs {
public:
    virtual ~IndexBlobs() = default;
    /// Replaces the saved index `name` in one transaction; of `info`, name, model, revision and count are used.
    /// `produce` is called with a function that takes the next
    /// bytes; call it as often as needed. Parts of 4 MiB are written as they fill up. Returns the new version.
    virtual std::int64_t save(
        const IndexBlobInfo& info,
        const std::function<void(const std::function<void(std::span<const std::byte>)>&)>& produce) = 0;
    virtual std::optional<IndexBlobInfo> info(const std::string& name) = 0;
    /// Calls `part` with the saved bytes in order. False when there is no such index.
    virtual bool load(const std::string& name, const std::function<void(std::span<const std::byte>)>& part) = 0;
};

/// All bytes of a saved index in one piece; nothing when there is no such index.
std::optional<std::vector<std::byte>> read_whole(IndexBlobs& blobs, const std::string& name);

}  // namespace audiomuse::store
