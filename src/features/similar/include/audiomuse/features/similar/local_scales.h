// How dense the music is around each track, and lists without hubs.
//
// In many dimensions some vectors are near to very many others: tracks that come up everywhere. Local scaling takes
// most of that back: a distance counts in proportion to how near the neighbours of a track are (Schnitzer, Flexer,
// Schedl and Widmer, "Local and global scaling reduce hubs in space", JMLR 13, 2012: NICDM). Tracks that still stand in
// too many lists are put back until they do not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "audiomuse/base/analysis.h"
#include "audiomuse/base/ids.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {

struct ScaleParams {
    std::size_t neighbours = 10;  ///< whose mean distance is the scale of a track
    unsigned threads = 1;         ///< the result does not depend on it
};

/// The local scale of tracks: the mean distance to their nearest neighbours, less for hubs.
class LocalScales {
public:
    LocalScales() = default;
    explicit LocalScales(std::unordered_map<TrackId, float> scales) : scales_(std::move(scales)) {}

    std::size_t size() const { return scales_.size(); }
    std::optional<float> of(TrackId id) const;
    /// Sorts neighbours of one place by distance * weight, equal ones by id, and returns the weights in that order. A
    /// weight is sqrt(mean scale of all of them / scale of the neighbour). That is NICDM without the scale of the
    /// place, which is the same for all, and with the mean in its stead, so that weighed distances are about as long as
    /// the others. A track without a scale has the weight 1. The distances themselves stay.
    std::vector<float> sort(std::span<index::Neighbour> neighbours) const;

    /// As bytes with a version, for the store; read throws Error(damaged) for anything else.
    std::vector<std::byte> image() const;
    static LocalScales read(std::span<const std::byte> image);

private:
    std::unordered_map<TrackId, float> scales_;
};

/// Of all tracks of an index. Those of `known` are taken from there, but for `changed`, and are left out when they are
/// not in the index any more. Where nothing is taken over, hubs are looked for: the scale of a track that would stand,
/// among 200 candidates, in the first 50 of more than one in 200 others (of 20,000 of them where there are more), and
/// of more than twice the mean, is lowered until it does not. `report` gets the number of tracks measured, from any
/// thread, and may throw to stop.
LocalScales measure_scales(const index::VectorIndex& index, const ScaleParams& params = {},
                           const LocalScales& known = {}, std::span<const TrackId> changed = {},
                           const std::function<void(std::size_t)>& report = {});

/// The name of the saved scales among the indexes.
inline constexpr const char* kScalesBlob = "scales";

/// Brings the saved scales up to date with `index`, which holds embeddings of `model` and at least the changes up to
/// `revision`: tracks that have come or changed are measured, all when there are none, they are of another model or
/// damaged, or more than a twentieth has changed. Returns how many were measured; saves when there were changes. Throws
/// what the store and `report` throw.
std::size_t update_scales(store::Store& store, const index::VectorIndex& index, const ModelTag& model,
                          std::int64_t revision, const ScaleParams& params = {},
                          const std::function<void(std::size_t)>& report = {});

/// The saved scales, read again when newer ones were saved, which is looked for every few seconds only: a search must
/// not wait for the store. Thread-safe.
class SavedScales {
public:
    /// Null while none are saved, or they cannot be read. `now` is steady_now().
    std::shared_ptr<const LocalScales> get(store::Store& store, double now);

private:
    std::mutex mutex_;  // guards all below
    double looked_at_ = -1e9;
    std::int64_t version_ = 0;
    std::shared_ptr<const LocalScales> scales_;
};

}  // namespace audiomuse::features
