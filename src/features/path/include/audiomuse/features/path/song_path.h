// A list that leads from one song to another in small steps.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/base/ids.h"
#include "audiomuse/index/vector_index.h"

namespace audiomuse::features {

struct PathParams {
    int length = 25;         ///< wanted songs, the ends and the songs on the way included
    bool exact = false;      ///< as many as wanted, when there are; else places without a song near by are left out
    double variance = 0;     ///< 0..1: how much chance decides between songs that fit alike
    std::uint64_t seed = 1;  ///< of that chance
    int max_songs_per_artist = 3;      ///< the stops count; <= 0: no limit
    int max_songs_per_album = 0;       ///< likewise
    double duplicate_distance = 0.01;  ///< 1 - cos below which a song of the same length repeats another; <= 0: off
};

/// What the rules ask of a song; two songs of one artist, or two versions of one song, have equal numbers, 0 is
/// unknown.
struct PathSong {
    std::uint64_t artist = 0;
    std::uint64_t album = 0;
    std::uint64_t signature = 0;
    double duration_s = 0;
    bool present = false;
};
/// Where songs come from: one for each id, in their order.
using ReadPathSongs = std::function<std::vector<PathSong>(std::span<const TrackId>)>;

struct SongPath {
    std::vector<TrackId> songs;    ///< from the first stop to the last
    std::vector<float> distances;  ///< 1 - cos to the song before; 0 for the first
    std::vector<float> positions;  ///< how far along the way: the sum of the angles up to here, the last one is 1
    /// Why there are fewer songs than wanted, as a sentence that names the rule; empty when there are as many.
    std::string shortfall;
};

/// Leads through `stops`, at least two different songs, in their order. Between them lie targets at even steps on the
/// great circle; each target takes, of the songs near it, the one that is near to the target and to the song before. An
/// exact path is filled up where its steps are widest. At last the songs between two stops are put into the order of
/// the shortest way.
///
/// `allowed` says which songs may stand between the stops (all, if it is empty). Never twice the same song, another
/// version of it, or a near duplicate. Throws Error(invalid_argument) for stops that are too few or repeat, and
/// Error(not_found) for one that is not in the index.
SongPath find_path(const index::VectorIndex& index, std::span<const TrackId> stops, const PathParams& params,
                   const ReadPathSongs& read, const index::VectorIndex::Filter& allowed = {});

struct PathStatistics {
    double total = 0;            ///< sum of the distances
    double mean = 0;             ///< of a step
    double longest = 0;          ///< step
    std::size_t longest_at = 0;  ///< the place of the song that the longest step leads to
};
PathStatistics statistics_of(std::span<const float> distances);

/// The length of a path as AudioMuse-AI measures it: the sum of the angles in half turns, from `distances` of 1 - cos.
double angular_length(std::span<const float> distances);

}  // namespace audiomuse::features
