// The places that music comes from: the folders of this installation, and the media servers that people added.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audiomuse/base/ids.h"

namespace audiomuse::store {

struct ServerRow {
    ServerId id;
    std::string type;  ///< "local", or a kind of media server: "jellyfin", "navidrome", ...
    std::string name;  ///< what people call it; no two are alike
    std::string url;
    std::string user;
    std::string password;
    std::string token;
    std::vector<std::string> libraries;  ///< ids or names of those to read; empty: all
    std::string music_folder;            ///< where its files are on the machine of a worker; MPD
    /// What a path of the server begins with, and what it is for workers that can read the files themselves.
    std::vector<std::pair<std::string, std::string>> path_map;
    bool allow_plain_password = false;
    bool is_default = false;   ///< whose ids the API speaks unless asked for another's; exactly one is
    std::string change_stamp;  ///< library::MediaServer::change_stamp of the newest complete listing
};

/// A user's own account on a media server.
struct LinkedAccount {
    UserId user;
    ServerId server;
    std::string name;  ///< of the account, as ServerRow::user
    std::string password;
    std::string token;
    friend bool operator==(const LinkedAccount&, const LinkedAccount&) = default;
};

/// A playlist that this program wrote to a server: only what is noted here is ever replaced or deleted there.
struct WrittenPlaylist {
    std::string name;  ///< on the server; no two of an account are alike
    std::string id;    ///< the server's; empty while it is being made
};

class Servers {
public:
    virtual ~Servers() = default;
    virtual std::vector<ServerRow> all() = 0;  ///< by id; "local" is there once it was used
    virtual std::optional<ServerRow> get(ServerId id) = 0;
    /// Returns the new id. Throws Error(conflict) when the name is taken. `id` and `change_stamp` of `server` do not
    /// count. The first media server becomes the default.
    virtual ServerId add(const ServerRow& server) = 0;
    /// Everything but id and type. It is listed anew then: the change stamp is forgotten. Linked accounts are unlinked
    /// when the address changes, so that their secrets go to no other machine. Throws Error(not_found),
    /// Error(conflict).
    virtual void update(const ServerRow& server) = 0;
    /// Its tracks lose this place; what was analysed is kept, and found again by path and tags. When it was the
    /// default, another one becomes it. Nothing happens when it is not there. Throws Error(invalid_argument) for the
    /// local one.
    virtual void remove(ServerId id) = 0;
    virtual void make_default(ServerId id) = 0;  ///< throws Error(not_found)
    virtual void set_change_stamp(ServerId id, const std::string& stamp) = 0;

    virtual std::vector<LinkedAccount> accounts() = 0;  ///< of everybody, by server and user
    virtual std::optional<LinkedAccount> account(UserId user, ServerId server) = 0;
    /// One for each user and server. What was heard by another account before, and which playlists were written with
    /// it, is forgotten. Throws Error(not_found) for an unknown server.
    virtual void link(const LinkedAccount& account) = 0;
    /// With what was heard by it, and which playlists were written with it. Throws Error(not_found).
    virtual void unlink(UserId user, ServerId server) = 0;

    /// With the account of `owner`; nobody's is the household's, that of the server's row. By name.
    virtual std::vector<WrittenPlaylist> written_playlists(ServerId server, UserId owner = {}) = 0;
    /// Notes a playlist, or what has become of the one of that name.
    virtual void note_playlist(ServerId server, const WrittenPlaylist& playlist, UserId owner = {}) = 0;
    virtual void forget_playlist(ServerId server, const std::string& name, UserId owner = {}) = 0;
};

}  // namespace audiomuse::store
