#include "audiomuse/features/common/song_cache.h"

#include <mutex>
#include <vector>

#include "audiomuse/features/common/songs.h"

namespace audiomuse::features {

void read_songs(store::Store& store, std::span<const TrackId> ids, Songs& songs) {
    for (const TrackId id : ids)
        songs[id] = {};
    for (const store::TrackRow& row : store.tracks().get(ids)) {
        // "A feat. B" in one place and "A" in another are one song.
        const std::string artist = artist_key(row.tags);
        const std::string& author = artist.empty() ? row.author : artist;
        songs[row.id] = {.artist = song_key(artist),
                         .album = song_key(album_key(row.tags)),
                         .signature = song_key(song_signature(row.tags.title, author)),
                         .work = song_key(song_signature(row.tags.title, author, false)),
                         .duration_s = row.tags.duration_s,
                         .present = row.present};
    }
}

void SongCache::read(store::Store& store, std::span<const TrackId> ids, Songs& songs) {
    // Before the rows: what they are read from is this state or a later one, and a later one has another number.
    const std::int64_t change = store.change_counter();
    std::vector<TrackId> missing;
    {
        std::shared_lock lock(mutex_);
        for (const TrackId id : ids) {
            const auto kept = change == change_ ? songs_.find(id) : songs_.end();
            if (kept != songs_.end()) {
                songs[id] = kept->second;
            } else {
                missing.push_back(id);
            }
        }
    }
    if (missing.empty()) return;
    Songs fresh;
    read_songs(store, missing, fresh);
    for (const auto& [id, song] : fresh)
        songs[id] = song;
    keep(change, fresh);
}

std::size_t SongCache::size() const {
    std::shared_lock lock(mutex_);
    return songs_.size();
}

void SongCache::keep(std::int64_t change, const Songs& songs) {
    std::lock_guard lock(mutex_);
    if (change < change_) return;  // others are ahead
    if (change > change_ || songs_.size() + songs.size() > capacity_) songs_.clear();
    change_ = change;
    if (songs.size() <= capacity_) songs_.insert(songs.begin(), songs.end());
}

}  // namespace audiomuse::features
