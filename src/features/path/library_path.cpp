#include "audiomuse/features/path/library_path.h"

namespace audiomuse::features {

SongPath find_library_path(store::Store& store, const index::VectorIndex& index, std::span<const TrackId> stops,
                           const LibraryPathParams& params, const PathCaches& caches) {
    const ListFilter& filter = params.filter;
    const AllowedTracks allowed =
        caches.filters != nullptr ? caches.filters->allowed_tracks(store, filter) : allowed_tracks(store, filter);
    const auto read = [&](std::span<const TrackId> ids) {
        Songs songs;
        if (caches.songs != nullptr) {
            caches.songs->read(store, ids, songs);
        } else {
            read_songs(store, ids, songs);
        }
        std::vector<PathSong> result;
        result.reserve(ids.size());
        for (const TrackId id : ids) {
            const Song& song = songs[id];
            const std::uint64_t version = filter.keep_versions_apart ? song.signature : song.work;
            result.push_back({.artist = song.artist,
                              .album = song.album,
                              .signature = filter.one_version ? version : 0,
                              .duration_s = song.duration_s,
                              .present = song.present});
        }
        return result;
    };
    return find_path(index, stops,
                     {.length = params.length,
                      .exact = params.exact,
                      .variance = filter.variance,
                      .seed = filter.seed,
                      .max_songs_per_artist = filter.max_songs_per_artist,
                      .max_songs_per_album = filter.max_songs_per_album,
                      .duplicate_distance = filter.duplicate_lookback > 0 ? filter.duplicate_distance : 0},
                     read, allowed.index_filter());
}

}  // namespace audiomuse::features
