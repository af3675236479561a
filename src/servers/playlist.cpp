#include "audiomuse/servers/playlist.h"

#include <fmt/format.h>

#include <algorithm>

#include "audiomuse/base/log.h"

namespace audiomuse::servers {

void verify_playlist(library::MediaServer& media, const std::string& name, const std::string& id,
                     std::span<const std::string> tracks, const CancelToken& cancel) {
    const std::vector<std::string> read = media.playlist_tracks(id, cancel);
    if (std::ranges::equal(read, tracks)) return;
    if (read.size() == tracks.size()) {
        throw Error(ErrorCode::server_failed,
                    fmt::format("{} has other tracks, or another order, than was written.", name));
    }
    throw Error(ErrorCode::server_failed,
                fmt::format("{} holds {} tracks, but {} were written.", name, read.size(), tracks.size()));
}

std::string create_verified_playlist(library::MediaServer& media, const std::string& name,
                                     std::span<const std::string> tracks, const CancelToken& cancel) {
    std::string id = media.create_playlist(name, tracks, cancel);
    try {
        verify_playlist(media, name, id, tracks, cancel);
    } catch (const Error&) {
        try {
            media.delete_playlist(id, cancel);
        } catch (const Error& error) {
            log::warn("{} is not what was asked for, and stays: {}", name, error.what());
        }
        throw;
    }
    return id;
}

}  // namespace audiomuse::servers
