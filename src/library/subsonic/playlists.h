// The playlists of the user on a Subsonic server.
#pragma once

#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "subsonic/session.h"

namespace audiomuse::library::subsonic {

/// What is made or changed is read back: it is what was asked for, or an error says what it became. Threads: any
/// number.
class Playlists {
public:
    explicit Playlists(const Session& session) : session_(session) {}

    /// Those of `user` (blind to case) that may be changed. No user: all that may.
    std::vector<ServerPlaylist> own(const std::string& user, const CancelToken& cancel) const;
    std::vector<std::string> tracks(const std::string& playlist, const CancelToken& cancel) const;
    std::string create(const std::string& name, std::span<const std::string> tracks, const std::string& user,
                       const CancelToken& cancel) const;
    void replace(const ServerPlaylist& playlist, std::span<const std::string> tracks, const CancelToken& cancel) const;
    void remove(const std::string& playlist, const CancelToken& cancel) const;

private:
    using Ids = std::span<const std::string>;

    std::vector<PlaylistRow> rows_of(const std::string& user, const CancelToken& cancel) const;
    Response change(std::string_view method, const Pairs& parameters, const std::string& key, Ids& ids,
                    const CancelToken& cancel) const;
    void append(const std::string& playlist, Ids ids, const CancelToken& cancel) const;
    void clear(const std::string& playlist, const CancelToken& cancel) const;
    std::string begin(const std::string& name, Ids& ids, const std::string& user, const CancelToken& cancel) const;
    void verify(const ServerPlaylist& playlist, Ids tracks, const CancelToken& cancel) const;

    const Session& session_;
    mutable std::mutex creating_;  ///< a playlist that was just made may have to be found by what is new
};

}  // namespace audiomuse::library::subsonic
