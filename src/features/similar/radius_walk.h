// The radius walk: an order in which each track leads over to the next while the distance from the seed grows slowly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace audiomuse::features {

struct WalkCandidate {
    float distance = 0;         ///< to the seed
    std::uint64_t artist = 0;   ///< song_key of the artist; 0 when unknown
    std::uint64_t album = 0;    ///< song_key of the album; 0 when there is none
    std::vector<float> vector;  ///< unit length
    float weight = 1;           ///< of its distances: more for a track that is near to very many
};

struct WalkParams {
    std::size_t n = 10;
    int max_songs_per_artist = 3;  ///< <= 0: no rule for artists at all
    int max_songs_per_album = 0;   ///< <= 0: no limit
    std::size_t bucket = 50;       ///< candidates per ring around the seed
    float reach = 1.25F;           ///< how much farther than a plain list the walk may go
};

/// Indices into `candidates`, which are sorted by distance, in walk order; at most n. All distances are weighed: times
/// the weight of the candidate that they lead to.
///
/// The walk keeps to the neighbourhood: it uses candidates no farther than `reach` times the distance at which the
/// nearest candidates, under the same limits per artist and album, are n. (Without that, variety of artists in a small
/// library leads to other music altogether.)
///
/// The nearest comes first. The candidates are cut into buckets. Within a bucket the next track is the unused one with
/// the smallest 0.7 * (distance to the track before it) + 0.3 * (distance to the seed), the first of equals. Each
/// bucket takes one track per known artist, and the walk at most max_songs_per_artist and max_songs_per_album; when the
/// buckets are through and tracks are missing, they are gone through again by the second rule alone. At the end no
/// three tracks in a row are of one artist where a later track can be exchanged.
///
/// AudioMuse-AI allows an artist in two buckets only, which makes its documented limit of three a limit of two; that
/// rule is left out.
std::vector<std::size_t> radius_walk(std::span<const WalkCandidate> candidates, const WalkParams& params);

}  // namespace audiomuse::features
