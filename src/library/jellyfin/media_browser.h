// What Jellyfin and Emby have in common: a login that belongs to a user, listings in pages, playlists of entries.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/library/media_server.h"
#include "jellyfin/items.h"
#include "server/http.h"

namespace audiomuse::library {

/// The adapters of both kinds derive from it and say what is different.
class MediaBrowser : public MediaServer {
public:
    ServerInfo probe(const CancelToken& cancel) override;
    std::vector<MusicLibrary> libraries(const CancelToken& cancel) override;
    std::vector<ServerAlbum> newest_albums(std::int64_t limit, const CancelToken& cancel) override;
    std::int64_t list_tracks(const std::function<void(ServerTrack)>& found, const CancelToken& cancel) override;
    std::vector<ServerTrack> most_played(std::int64_t limit, const CancelToken& cancel) override;
    Opinions opinions(const CancelToken& cancel) override;
    void fetch(const std::string& track, const std::filesystem::path& file, const CancelToken& cancel) override;
    std::string change_stamp(const CancelToken& cancel) override;

    std::vector<ServerPlaylist> playlists(const CancelToken& cancel) override;
    std::vector<std::string> playlist_tracks(const std::string& playlist, const CancelToken& cancel) override;
    std::string create_playlist(const std::string& name, std::span<const std::string> tracks,
                                const CancelToken& cancel) override;
    void delete_playlist(const std::string& playlist, const CancelToken& cancel) override;

protected:
    /// What one kind calls things.
    struct Dialect {
        std::string prefix;              ///< of every path
        std::string user, ids, entries;  ///< names of parameters
        std::string track_fields;        ///< that a listing does not show by itself
        std::size_t ids_at_creation;     ///< tracks that a playlist can be made of at once
    };

    /// Who we are to the server. Kept from the first call on.
    struct Session {
        Pairs headers;
        media_browser::User user;
        bool own_token = false;  ///< the token is that user's; else an API key, or another administrator's
        std::string version;
        std::string advice;
    };

    /// Throws Error(invalid_argument) for an account without address, or without a token or user and password.
    MediaBrowser(const ServerAccount& account, std::string_view url, Dialect dialect);

    virtual Pairs token_headers(const std::string& token) const = 0;
    /// How a program presents itself at a login.
    virtual std::pair<std::string, std::string> client_header() const = 0;
    /// Throws invalid_argument when `info`, what the server says of itself, is another kind's.
    virtual void check_kind(const boost::json::value& info) const = 0;
    /// Fills in `user` and `own_token` of a session with a token.
    virtual void resolve_user(Session& session, const CancelToken& cancel) const = 0;
    /// A call for items of the user's libraries, without filters.
    virtual Call items_call(const Session& session) const = 0;
    virtual std::vector<media_browser::Folder> read_folders(const Session& session,
                                                            const CancelToken& cancel) const = 0;
    /// Makes a playlist of at most `ids_at_creation` tracks and returns its id.
    virtual std::string post_playlist(const Session& session, const std::string& name,
                                      std::span<const std::string> tracks, const CancelToken& cancel) const = 0;
    virtual Call deletion_call(const std::string& item) const = 0;
    /// A row of the most played ones.
    virtual ServerTrack played_track(const Session& session, const boost::json::value& row,
                                     const CancelToken& cancel) const;
    virtual void fetch_file(const Session& session, const std::string& track, const std::filesystem::path& file,
                            const CancelToken& cancel) const;

    std::shared_ptr<const Session> connect(const CancelToken& cancel) const;
    ServerHttp::Answer send(const Session& session, Call call, const CancelToken& cancel,
                            std::initializer_list<int> also_accepts = {}) const;
    boost::json::value json(const Session& session, Call call, const CancelToken& cancel) const;
    void download(const Session& session, const std::string& path, const std::filesystem::path& file,
                  const CancelToken& cancel) const;
    /// Throws when the answer is no list of libraries.
    std::vector<media_browser::Folder> folders_of(const boost::json::value& answer) const;

    /// "Client=..., Device=..., ...": all four parts are needed to log in.
    static std::string client_description();

    static void check_playlist(std::string_view name, std::span<const std::string> tracks);
    /// Makes one and reads it back; what did not become as asked for is deleted again.
    std::string make_playlist(const Session& session, const std::string& name, std::span<const std::string> tracks,
                              const CancelToken& cancel) const;
    /// Takes out all entries and puts in others. False, and nothing is changed: the server lets nobody take out.
    bool refill(const Session& session, const ServerPlaylist& playlist, std::span<const std::string> tracks,
                const CancelToken& cancel) const;
    /// Throws server_failed unless the playlist holds the tracks, in order; of repeated ones all or the first.
    void verify_playlist(const Session& session, const std::string& playlist, std::string_view name,
                         std::span<const std::string> tracks, const CancelToken& cancel) const;
    /// One that is gone is no error. Never touches anything but a playlist.
    void remove_playlist(const Session& session, const std::string& playlist, const CancelToken& cancel) const;

    const ServerAccount& account() const { return account_; }
    const ServerHttp& http() const { return http_; }
    const Dialect& dialect() const { return dialect_; }

private:
    using Row = std::function<void(const boost::json::value&)>;

    std::shared_ptr<const Session> open_session(const CancelToken& cancel) const;
    void log_in(Session& session, const CancelToken& cancel) const;
    void forget_session(const Pairs& headers) const;
    template <class Send>
    auto authorized(const Session& session, const CancelToken& cancel, const Send& send) const;

    media_browser::Rows read_rows(const Session& session, Call call, std::int64_t first, std::int64_t count,
                                  const CancelToken& cancel) const;
    /// Rows of a list, page by page, up to `most` of them.
    void each_row(const Session& session, const Call& call, std::int64_t most, const Row& row,
                  const CancelToken& cancel) const;
    /// Ids of the libraries that are read; "" stands for all of them.
    std::vector<std::string> chosen(const Session& session, const CancelToken& cancel) const;
    Call audio_call(const Session& session, const std::string& library) const;
    std::int64_t count_tracks(const Session& session, const std::string& library, const CancelToken& cancel) const;
    std::int64_t list_library(const Session& session, const std::string& library,
                              const std::function<void(ServerTrack)>& found, const CancelToken& cancel) const;
    /// When the last scan ended; empty where the user may not know.
    std::string last_scan(const Session& session, const CancelToken& cancel) const;

    std::vector<media_browser::Entry> read_entries(const Session& session, const std::string& playlist,
                                                   const CancelToken& cancel) const;
    void add_tracks(const Session& session, const std::string& playlist, std::span<const std::string> tracks,
                    std::size_t& added) const;
    /// How far a replacement has come.
    struct Refill {
        bool begun = false;
        std::size_t old = 0;  ///< entries that are there still
        std::size_t added = 0;
    };
    bool remove_entries(const Session& session, const std::string& playlist, Refill& state) const;

    ServerAccount account_;
    Dialect dialect_;
    ServerHttp http_;
    mutable std::mutex mutex_;
    mutable std::condition_variable connected_;
    mutable bool connecting_ = false;
    mutable std::shared_ptr<const Session> session_;
};

}  // namespace audiomuse::library
