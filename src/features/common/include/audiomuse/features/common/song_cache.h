// What the rules of lists ask of songs, kept between lists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <shared_mutex>
#include <span>
#include <unordered_map>

#include "audiomuse/base/ids.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {

/// A track as the rules see it: two of one artist, or two versions of one song, have equal numbers.
struct Song {
    std::uint64_t artist = 0;     ///< song_key of artist_key; 0: unknown
    std::uint64_t album = 0;      ///< song_key of album_key; 0: none
    std::uint64_t signature = 0;  ///< song_key of song_signature; 0: no title
    std::uint64_t work = 0;       ///< the same without keeping live, acoustic and remix apart
    double duration_s = 0;
    bool present = false;  ///< false for unknown tracks too
};

using Songs = std::unordered_map<TrackId, Song>;

/// Adds the songs of `ids` to `songs`, from the store.
void read_songs(store::Store& store, std::span<const TrackId> ids, Songs& songs);

/// Keeps the songs that were read: reading and folding forty tracks takes longer than finding them. What it gives is
/// what the store holds: all is forgotten when Store::change_counter has moved. At most `capacity` songs of about 96
/// bytes; when they are more, all are forgotten. Thread-safe.
class SongCache {
public:
    explicit SongCache(std::size_t capacity = std::size_t{1} << 19) : capacity_(capacity) {}
    /// As read_songs.
    void read(store::Store& store, std::span<const TrackId> ids, Songs& songs);
    std::size_t size() const;

private:
    void keep(std::int64_t change, const Songs& songs);

    const std::size_t capacity_;
    mutable std::shared_mutex mutex_;  // guards all below
    std::int64_t change_ = -1;         // the state of the store that songs_ are of
    Songs songs_;
};

}  // namespace audiomuse::features
