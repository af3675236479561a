#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/base/ids.h"

namespace audiomuse::store {

enum class PlaylistKind { automatic, own };

struct Playlist {
    PlaylistId id;
    std::string name;
    PlaylistKind kind = PlaylistKind::own;
    std::string recipe;  ///< JSON: why it exists (algorithm, parameters, seed tracks); "{}" when unknown
    double created_at = 0;
    double updated_at = 0;
    std::int64_t track_count = 0;
    double duration_s = 0;
    UserId owner = {};  ///< nobody: the household's, which all see
};

class Playlists {
public:
    virtual ~Playlists() = default;
    virtual std::vector<Playlist> list() = 0;  ///< automatic ones first, then by name
    virtual std::optional<Playlist> get(PlaylistId id) = 0;
    /// In playlist order; a track may occur more than once. Empty for an unknown id.
    virtual std::vector<TrackId> tracks(PlaylistId id) = 0;
    /// The name is kept without white space at its ends. Throws Error(invalid_argument) for a blank name or one over
    /// 200 characters, Error(conflict) when its owner has an own playlist of that name (and this is one),
    /// Error(not_found) for an unknown track.
    virtual PlaylistId create(const std::string& name, PlaylistKind kind, const std::string& recipe,
                              std::span<const TrackId> tracks, UserId owner = {}) = 0;
    virtual void rename(PlaylistId id, const std::string& name) = 0;  ///< throws as create, and Error(not_found)
    /// Throws Error(not_found). Tracks that a cleaning has removed from view stay, at the end.
    virtual void set_tracks(PlaylistId id, std::span<const TrackId> tracks) = 0;
    virtual void remove(PlaylistId id) = 0;  ///< throws Error(not_found)
    struct NewPlaylist {
        std::string name;
        std::string recipe;
        std::vector<TrackId> tracks;
        PlaylistId replaces = {};  ///< the automatic playlist whose id it keeps; a new id when that is none
    };
    /// Replaces all automatic playlists in one transaction: readers see the old or the new set, never a mixture.
    virtual void replace_automatic(std::span<const NewPlaylist> playlists) = 0;
};

}  // namespace audiomuse::store
