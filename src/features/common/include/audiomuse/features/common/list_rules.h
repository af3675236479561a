// All rules of one list together.
#pragma once

#include <cstdint>
#include <span>

#include "audiomuse/features/common/acceptors.h"
#include "audiomuse/features/common/list_filter.h"
#include "audiomuse/features/common/song_cache.h"

namespace audiomuse::features {

struct Candidate {
    Song song;
    std::span<const float> vector = {};  ///< unit length; empty: not compared by sound
};

/// Caps per artist and album, one version of a song, near duplicates: what a ListFilter says about tracks that stand in
/// one list. Offer candidates in order, the best first. The vectors must outlive the object. Not thread-safe.
class ListRules {
public:
    explicit ListRules(const ListFilter& filter)
        : switches_(filter),
          artists_(filter.max_songs_per_artist),
          albums_(filter.max_songs_per_album),
          near_({filter.duplicate_distance, filter.duplicate_lookback}) {}

    bool may_take(const Candidate& candidate) const {
        return artists_.may_take(candidate.song.artist) && albums_.may_take(candidate.song.album) &&
               (!switches_.one_version || once_.may_take(version(candidate.song))) &&
               (candidate.vector.empty() || near_.may_take({candidate.vector, candidate.song.duration_s}));
    }
    void take(const Candidate& candidate) {
        artists_.take(candidate.song.artist);
        albums_.take(candidate.song.album);
        shun(candidate);
    }
    /// may_take, and take when it may.
    bool offer(const Candidate& candidate) {
        if (!may_take(candidate)) return false;
        take(candidate);
        return true;
    }
    /// Refuses versions and near duplicates of a track that is not in the list, as of a seed. Counts for no cap.
    void shun(const Candidate& candidate) {
        once_.take(version(candidate.song));
        if (!candidate.vector.empty()) near_.take({candidate.vector, candidate.song.duration_s});
    }

private:
    std::uint64_t version(const Song& song) const { return switches_.keep_versions_apart ? song.signature : song.work; }

    struct Switches {
        explicit Switches(const ListFilter& filter)
            : one_version(filter.one_version), keep_versions_apart(filter.keep_versions_apart) {}
        bool one_version, keep_versions_apart;
    };
    Switches switches_;
    ArtistCap<std::uint64_t> artists_;
    ArtistCap<std::uint64_t> albums_;
    SongOnce<std::uint64_t> once_;
    NearDuplicates near_;
};

}  // namespace audiomuse::features
