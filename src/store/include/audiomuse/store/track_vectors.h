// One vector per track, by some model: what an index is made of and kept in step with.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "audiomuse/base/analysis.h"
#include "audiomuse/base/ids.h"

namespace audiomuse::store {

class TrackVectors {
public:
    virtual ~TrackVectors() = default;

    /// Visits every present track's embedding by `model`, ordered by track id, without holding them all. Rows are read
    /// in lots: writers are not kept waiting, and what they change meanwhile may or may not be seen.
    virtual void each_embedding(const ModelTag& model, const std::function<void(TrackId, const Embedding&)>& visit) = 0;
    /// Visits what happened to embeddings by `model` after the change `after` (see Store::change_counter): a track with
    /// its embedding, or with an empty one when it is gone or has none. Tracks that have an embedding by another model
    /// only are passed over: their old place in an index still serves. Each track at most once, at its last change; in
    /// lots, as above. Returns the number of the last change seen, from which the next call goes on.
    virtual std::int64_t each_change(const ModelTag& model, std::int64_t after,
                                     const std::function<void(TrackId, const Embedding&)>& visit) = 0;
    virtual std::int64_t count_changes(std::int64_t after) = 0;  ///< tracks that each_change would look at
    virtual std::optional<Embedding> embedding(TrackId id, const ModelTag& model) = 0;
    /// The model most present tracks have embeddings of; empty name when there is none.
    virtual ModelTag dominant_model() = 0;
};

}  // namespace audiomuse::store
