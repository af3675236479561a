// What the library knows about a track before it was listened to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audiomuse/base/ids.h"

namespace audiomuse {

/// Tags of one recording, all UTF-8; empty text, 0 and an empty list mean "not known".
struct TrackTags {
    std::string title;
    std::vector<std::string> artists;  ///< as listed by the file, the first is the main one
    std::string album;
    std::string album_artist;
    int track_number = 0;
    int disc_number = 0;
    int year = 0;
    std::vector<std::string> genres;
    std::string lyrics;
    std::string musicbrainz_recording_id;
    std::string musicbrainz_album_id;
    std::vector<std::string> musicbrainz_artist_ids;
    double duration_s = 0;
    bool has_cover = false;
    friend bool operator==(const TrackTags&, const TrackTags&) = default;
};

/// What tells whether a file's content may have changed: size and modification time. Equal stamps mean "not read
/// again".
struct FileStamp {
    std::int64_t size = 0;
    std::int64_t mtime_ns = 0;
    friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// The artist line shown to people and sent as `author`: the artists joined by ", ", else the album artist, else
/// "Unknown Artist".
std::string display_artist(const TrackTags& tags);

}  // namespace audiomuse
