// Playlists of a Lyrion server, changed without a player.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lyrion/lyrion_client.h"

namespace audiomuse::library::lyrion {

/// The playlist half of MediaServer, whose contract holds. Names are unique here: one that is taken is
/// Error(conflict). A track is in a list once. Threads: any number.
class LyrionPlaylists {
public:
    explicit LyrionPlaylists(const LyrionClient& client) : client_(client) {}

    std::vector<ServerPlaylist> list(const CancelToken& cancel) const;
    std::vector<std::string> tracks(const std::string& playlist, const CancelToken& cancel) const;
    std::string create(const std::string& name, std::span<const std::string> tracks, const CancelToken& cancel) const;
    /// Keeps the id, and leaves alone what the lists begin with in common.
    void replace(const ServerPlaylist& playlist, std::span<const std::string> tracks, const CancelToken& cancel) const;
    void remove(const std::string& playlist, const CancelToken& cancel) const;

private:
    struct Entry {
        std::string id;
        std::string url;
    };
    boost::json::value page(const std::string& playlist, std::int64_t first, std::int64_t count,
                            const CancelToken& cancel) const;
    std::vector<Entry> resolve(std::span<const std::string> tracks, const CancelToken& cancel) const;
    std::string url_of(const std::string& track, const CancelToken& cancel) const;
    void add_urls(std::span<Entry> entries, const CancelToken& cancel) const;
    void add(const std::string& playlist, std::span<const Entry> entries, const CancelToken& cancel) const;
    void verify(const std::string& playlist, std::span<const Entry> wanted, const CancelToken& cancel) const;

    const LyrionClient& client_;
};

}  // namespace audiomuse::library::lyrion
