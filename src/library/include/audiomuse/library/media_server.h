// A music server that people run (Jellyfin, Navidrome, ...): all that the program asks of one, the same for every kind.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/track.h"

namespace audiomuse::library {

enum class ServerKind { jellyfin, emby, navidrome, lyrion, plex, mpd };  ///< navidrome: every (Open)Subsonic server
std::string_view kind_name(ServerKind kind);                  ///< "jellyfin": as in MEDIASERVER_TYPE and in the store
std::string_view kind_title(ServerKind kind);                 ///< "Jellyfin": for people
std::optional<ServerKind> parse_kind(std::string_view name);  ///< blind to case; "subsonic" is navidrome

/// How long to wait. Nothing takes longer than its limit, whatever the server does.
struct ServerLimits {
    std::chrono::milliseconds connect{10'000};
    std::chrono::milliseconds answer{120'000};  ///< for one page of a listing or one change
    std::chrono::milliseconds stall{60'000};    ///< of a download without a single byte
    int retries = 2;                            ///< of reads, when no connection comes about
    int connections = 4;                        ///< at once, to be polite to small machines
};

/// Where a server is, and as whom to talk to it. Ids and names are the server's own.
struct ServerAccount {
    ServerKind kind = ServerKind::jellyfin;
    std::string url;       ///< "http://nas:8096/music"; MPD: "mpd://nas:6600", or the path of its socket
    std::string user;      ///< Jellyfin and Emby: the id or the name of a user; Plex and MPD: not used
    std::string password;  ///< Navidrome, Lyrion (where protected), MPD
    std::string token;     ///< API key or access token: Jellyfin, Emby, Plex; OpenSubsonic servers with keys
    std::vector<std::string> libraries;  ///< ids or names (blind to case) of those to read; empty: all
    std::filesystem::path music_folder;  ///< where MPD's music directory is on this machine
    /// Subsonic: sends the password readable over http, too, where a server takes no tokens. Over https it always may.
    bool allow_plain_password = false;
    ServerLimits limits;
};

struct MusicLibrary {
    std::string id;
    std::string name;
    std::optional<std::int64_t> tracks;  ///< nothing: the server does not say
};

/// Who answered.
struct ServerInfo {
    std::string product;  ///< "Navidrome", "supysonic", "Jellyfin": what it calls itself
    std::string version;
    std::string user;  ///< name of the user whose playlists and play counts these are; empty: the server has no users
    std::vector<MusicLibrary> libraries;  ///< that may be chosen, whether ServerAccount::libraries names them or not
    std::int64_t tracks = 0;              ///< in the libraries that are read
    std::string advice;                   ///< a sentence where the user could make things better; else empty
};

struct ServerAlbum {
    std::string id;
    std::string name;
    std::string artist;
    std::int64_t tracks = 0;
    double added_at = 0;  ///< Unix seconds; 0: not known
};

/// A track as a listing shows it. Everything but `id` may be missing.
struct ServerTrack {
    std::string id;
    TrackTags tags;  ///< without lyrics
    std::string artist_id;
    std::string album_id;
    std::string path;          ///< as the server has it, decoded; absolute, relative to a library, or empty
    bool path_is_real = true;  ///< false: made up from tags (Navidrome's default), so no file has that name
    std::int64_t size = 0;     ///< bytes
    double changed_at = 0;     ///< Unix seconds, of the file where the server says so, else of its row
    std::optional<std::int64_t> play_count;  ///< nothing: not known
    std::optional<double> last_played;       ///< Unix seconds; nothing: never, or not known
    std::optional<int> rating;               ///< the user's: 1..5 stars, 0: none; nothing: not known
    std::optional<bool> favourite;           ///< of the user; nothing: not known
};

/// What the user thinks of tracks.
struct Opinions {
    std::vector<ServerTrack> tracks;  ///< those with a rating, and the favourites; of any library
    bool all_ratings = false;         ///< no other track is rated; else only a listing tells
    bool all_favourites = false;      ///< no other track is a favourite; else only a listing tells, or nothing does
};

struct ServerPlaylist {
    std::string id;
    std::string name;
    std::int64_t tracks = 0;
};

/// A music server. Ids are texts without meaning.
///
/// Errors, all with a sentence for the user that names server and address but never a secret:
///   invalid_argument   the address can't be right (no http, redirects elsewhere, a web page, another kind of server),
///                      a library that is not there, a name that the server does not take
///   unavailable        no such host, refused, lost in the middle, too busy
///   timeout            a limit of time
///   login_refused      user, password or key
///   permission_denied  the user may not do this
///   not_found          no such item
///   unsupported        this server can't do it
///   server_failed      5xx, an answer that can't be understood, a listing that is cut or repeats itself, a playlist
///   that
///                      did not become what was asked for
///   cancelled, io (no room here)
/// An error is never an empty result. Only reads are repeated, and only when no connection came about.
///
/// Threads: every function from any number of threads.
class MediaServer {
public:
    virtual ~MediaServer() = default;

    /// Whether address, login and chosen libraries are right, and what is there. An empty library is tracks == 0.
    virtual ServerInfo probe(const CancelToken& cancel) = 0;
    virtual std::vector<MusicLibrary> libraries(const CancelToken& cancel) = 0;
    virtual std::vector<ServerAlbum> newest_albums(std::int64_t limit, const CancelToken& cancel) = 0;
    /// Calls `found` once for every track of the chosen libraries, page by page, in flat memory; returns their number.
    /// It lists all of them or throws.
    virtual std::int64_t list_tracks(const std::function<void(ServerTrack)>& found, const CancelToken& cancel) = 0;
    /// The most played tracks of the user, most played first.
    virtual std::vector<ServerTrack> most_played(std::int64_t limit, const CancelToken& cancel) = 0;
    /// What can be told without a listing.
    virtual Opinions opinions(const CancelToken& cancel) = 0;
    /// Writes the original file to `file`, which is made or emptied. On an error nothing usable is left there.
    virtual void fetch(const std::string& track, const std::filesystem::path& file, const CancelToken& cancel) = 0;
    /// Plain text, one line for each line; empty when there are none.
    virtual std::string lyrics(const std::string& track, const CancelToken& cancel) = 0;
    /// A text that changes when the library has (a finished scan, a count); compared, never read. Cheap.
    virtual std::string change_stamp(const CancelToken& cancel) = 0;

    /// Those that this user owns and may change: no smart ones, none of others.
    virtual std::vector<ServerPlaylist> playlists(const CancelToken& cancel) = 0;
    /// Ids of the tracks, in order.
    virtual std::vector<std::string> playlist_tracks(const std::string& playlist, const CancelToken& cancel) = 0;
    /// Makes a playlist of at least one track and returns its id. Never repeated by itself, as that makes two.
    virtual std::string create_playlist(const std::string& name, std::span<const std::string> tracks,
                                        const CancelToken& cancel) = 0;
    /// Replaces what is in a playlist. Returns its id, which is another one only where a server can't keep it.
    virtual std::string replace_playlist(const ServerPlaylist& playlist, std::span<const std::string> tracks,
                                         const CancelToken& cancel) = 0;
    /// One that is gone already is not an error.
    virtual void delete_playlist(const std::string& playlist, const CancelToken& cancel) = 0;
    /// What becomes of a track that is given twice: kept twice, or once.
    virtual bool keeps_duplicates() const = 0;
};

/// Connects to nothing yet. Throws Error(invalid_argument) when the account lacks something, naming it.
std::unique_ptr<MediaServer> create_media_server(const ServerAccount& account);

}  // namespace audiomuse::library
