// How CLAP hears tracks, beside their analyses: a stage of its own, which may come later.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "audiomuse/store/analyses.h"
#include "audiomuse/store/track_vectors.h"

namespace audiomuse::store {

/// A track's vector is removed with the track, or when its new audio can't be analysed.
class SoundVectors : public TrackVectors {
public:
    /// Present tracks after `after` whose present audio was analysed by `analysed` and not yet heard by `wanted`.
    /// Ordered by id; at most `limit`. Tracks that Analyses::pending gives are not among them.
    virtual std::vector<Analyses::PendingTrack> due(const ModelTag& analysed, const ModelTag& wanted, TrackId after,
                                                    std::int64_t limit) = 0;
    /// Those of `ids` that are due, in their order.
    virtual std::vector<Analyses::PendingTrack> due_of(const ModelTag& analysed, const ModelTag& wanted,
                                                       std::span<const TrackId> ids) = 0;
    virtual std::int64_t count_due(const ModelTag& analysed, const ModelTag& wanted) = 0;
    /// Present tracks with a vector of this model.
    virtual std::int64_t count(const ModelTag& model) = 0;

    /// What CLAP alone made of a track; `stamp` is that of the file listened to.
    struct Heard {
        TrackId id;
        FileStamp stamp;
        SoundVector sound;
    };
    /// All in one transaction; a vector takes the place of the one before. Tracks that are gone are passed over.
    /// Returns how many were kept. Vectors that come with an analysis are saved by Analyses::save.
    virtual std::int64_t save(std::span<const Heard> heard) = 0;
};

}  // namespace audiomuse::store
