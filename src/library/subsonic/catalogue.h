// The albums and tracks of a Subsonic server, restricted to the libraries (music folders) that are read.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "subsonic/session.h"

namespace audiomuse::library::subsonic {

/// Every function asks anew; nothing is kept between calls. Throws as MediaServer does. Threads: any number.
class Catalogue {
public:
    /// `wanted`: names or ids of libraries; none: all.
    Catalogue(const Session& session, std::vector<std::string> wanted)
        : session_(session), wanted_(std::move(wanted)) {}

    std::vector<MusicLibrary> libraries(const CancelToken& cancel) const;

    struct Count {
        std::vector<MusicLibrary> libraries;  ///< all of them
        std::int64_t tracks = 0;              ///< in those that are read
    };
    Count count(const CancelToken& cancel) const;
    /// Some track, of any library; nothing where a search finds none.
    std::optional<ServerTrack> any_track(const CancelToken& cancel) const;

    std::int64_t list_tracks(const std::function<void(ServerTrack)>& found, const CancelToken& cancel) const;
    std::vector<ServerAlbum> newest_albums(std::int64_t limit, const CancelToken& cancel) const;
    std::vector<ServerTrack> most_played(std::int64_t limit, const CancelToken& cancel) const;
    std::vector<ServerTrack> starred(const CancelToken& cancel) const;

private:
    struct Selection {
        std::vector<MusicLibrary> all;
        std::vector<MusicLibrary> chosen;
        bool filtered() const { return chosen.size() < all.size(); }
    };
    /// What a listing makes of musicFolderId.
    enum class Filter { honoured, ignored, nothing_there };
    /// What the list of albums tells of the tracks.
    struct Survey {
        std::optional<std::int64_t> tracks;  ///< nothing: only that of all libraries could be told
        /// By album; empty where tracks name the artist of their album themselves.
        std::unordered_map<std::string, std::string> artists;
    };
    struct Songs {
        std::vector<ServerTrack> tracks;
        std::int64_t skipped = 0;  ///< rows that are no music
    };
    using Sample = std::function<std::vector<std::string>(const MusicLibrary& library)>;
    /// A listing of albums that stays within the chosen libraries.
    struct Scope {
        std::string library;                                    ///< its id; empty: all
        std::optional<std::unordered_set<std::string>> albums;  ///< of all that are listed, only these
    };
    using AlbumSink = std::function<bool(const AlbumRow& album)>;  ///< goes on while it returns true
    using TrackSink = std::function<void(ServerTrack)>;

    Selection select(const CancelToken& cancel) const;
    static Filter judge(const Selection& selection, const Sample& first_ids);
    Filter filter_of_albums(const Selection& selection, const CancelToken& cancel) const;
    Filter filter_of_songs(const Selection& selection, const std::string& query, const CancelToken& cancel) const;

    std::vector<Scope> scopes(const CancelToken& cancel) const;
    void each_album(std::string_view type, const Scope& scope, std::int64_t page, const AlbumSink& sink,
                    const CancelToken& cancel) const;
    std::int64_t count_tracks(const std::string& library, const CancelToken& cancel) const;
    std::unordered_set<std::string> albums_by_directory(const std::vector<MusicLibrary>& libraries,
                                                        const CancelToken& cancel) const;
    Survey survey(const Selection& selection, const CancelToken& cancel) const;

    ServerTrack track_of(const boost::json::value& song) const;
    Songs search(const std::string& query, const std::string& library, std::int64_t size, std::int64_t first,
                 const CancelToken& cancel) const;
    std::optional<std::string> working_query(const CancelToken& cancel) const;
    std::vector<ServerTrack> tracks_of(const ServerAlbum& album, const CancelToken& cancel) const;

    std::int64_t list_by_search(const Selection& selection, const std::string& query, const TrackSink& found,
                                const CancelToken& cancel) const;
    std::int64_t list_by_album(const TrackSink& found, const CancelToken& cancel) const;
    std::int64_t list_by_directory(const std::vector<MusicLibrary>& libraries, const TrackSink& found,
                                   const CancelToken& cancel) const;
    void check_complete(const Survey& survey, std::int64_t listed) const;

    const Session& session_;
    std::vector<std::string> wanted_;
};

}  // namespace audiomuse::library::subsonic
