#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "audiomuse/base/text.h"
#include "lyrion/lyrion.h"
#include "lyrion/lyrion_client.h"
#include "lyrion/lyrion_parse.h"
#include "lyrion/lyrion_playlists.h"
#include "plain_lyrics.h"
#include "server/json_read.h"
#include "server/listing.h"

namespace audiomuse::library {

namespace json = boost::json;
using lyrion::kPage;
using lyrion::Place;

namespace {

using Effect = lyrion::LyrionClient::Effect;

constexpr int kFirstCalledLyrion = 9;
constexpr int kFirstWithPlayCounts = 8;
constexpr std::string_view kByRow = "sort:sql=tracks.id";  // in an order that pages can't mix up

/// What a look at all addresses of the library found.
struct Census {
    std::int64_t tracks = 0;            ///< in the folders that are read
    std::vector<std::int64_t> folders;  ///< tracks in each of the libraries
    std::int64_t remote = 0;
    std::int64_t cue_tracks = 0;
};

class LyrionServer : public MediaServer {
public:
    explicit LyrionServer(const ServerAccount& account)
        : client_(account), playlists_(client_), wanted_(account.libraries) {}

    ServerInfo probe(const CancelToken& cancel) override;
    std::vector<MusicLibrary> libraries(const CancelToken& cancel) override;
    std::vector<ServerAlbum> newest_albums(std::int64_t limit, const CancelToken& cancel) override;
    std::int64_t list_tracks(const std::function<void(ServerTrack)>& found, const CancelToken& cancel) override;
    std::vector<ServerTrack> most_played(std::int64_t limit, const CancelToken& cancel) override;
    Opinions opinions(const CancelToken& cancel) override;
    void fetch(const std::string& track, const std::filesystem::path& file, const CancelToken& cancel) override;
    std::string lyrics(const std::string& track, const CancelToken& cancel) override;
    std::string change_stamp(const CancelToken& cancel) override;

    std::vector<ServerPlaylist> playlists(const CancelToken& cancel) override { return playlists_.list(cancel); }
    std::vector<std::string> playlist_tracks(const std::string& playlist, const CancelToken& cancel) override {
        return playlists_.tracks(playlist, cancel);
    }
    std::string create_playlist(const std::string& name, std::span<const std::string> tracks,
                                const CancelToken& cancel) override {
        return playlists_.create(name, tracks, cancel);
    }
    std::string replace_playlist(const ServerPlaylist& playlist, std::span<const std::string> tracks,
                                 const CancelToken& cancel) override {
        playlists_.replace(playlist, tracks, cancel);
        return playlist.id;
    }
    void delete_playlist(const std::string& playlist, const CancelToken& cancel) override {
        playlists_.remove(playlist, cancel);
    }
    bool keeps_duplicates() const override { return false; }

private:
    using Folders = lyrion::Folders;
    Folders chosen_folders(const std::vector<MusicLibrary>& all) const;
    Folders chosen_folders(const CancelToken& cancel);
    static bool is_chosen(std::string_view path, const Folders& folders);
    json::value titles(std::int64_t first, std::int64_t count, const std::vector<std::string>& terms,
                       const Error& refused, const CancelToken& cancel) const;
    std::string url_of(const json::value& row) const;
    ServerTrack track_of(const json::value& row) const;
    json::value songinfo(const std::string& track, std::string_view tags, const CancelToken& cancel) const;
    std::vector<ServerTrack> with_most(const std::string& column, std::int64_t limit, const Error& refused,
                                       const CancelToken& cancel);
    Census census(const std::vector<MusicLibrary>& all, const CancelToken& cancel);
    std::int64_t walk(const std::string& tags, const Folders& folders,
                      const std::function<void(const json::value& row)>& each_row,
                      const std::function<void(ServerTrack)>& found, const CancelToken& cancel) const;
    void refuse_while_scanning(const json::value& result) const;
    json::value status(const CancelToken& cancel) const;

    const lyrion::LyrionClient client_;
    const lyrion::LyrionPlaylists playlists_;
    const std::vector<std::string> wanted_;
};

// --- folders -------------------------------------------------------------------------------------------------------

std::vector<MusicLibrary> LyrionServer::libraries(const CancelToken& cancel) {
    const Error refused = client_.error(ErrorCode::unsupported, "does not list its music folders.");
    std::vector<MusicLibrary> all;
    std::unordered_set<std::string> known;
    for (std::int64_t rows = 0;;) {
        const json::value result =
            client_.command(Effect::reads, {"musicfolder", rows, kPage, "tags:u"}, refused, cancel);
        const std::int64_t total = client_.count(result);
        const auto before = known.size();
        const auto came = each_at(result, "folder_loop", [&](const json::value& row) {
            if (!known.insert(text_at(row, "id") + ' ' + text_at(row, "url")).second) return;
            const std::string path = to_valid_utf8(lyrion::path_of_url(text_at(row, "url")));
            // Row numbers change with a new scan, the path does not.
            if (text_at(row, "type") == "folder" && !path.empty()) {
                all.push_back({path, text_at(row, "filename"), std::nullopt});
            }
        });
        rows += static_cast<std::int64_t>(came);
        if (rows >= total) return all;
        if (came == 0 || known.size() == before) client_.http().fail_reading("a list of folders that does not end");
    }
}

/// Paths of the folders that are read; none: everything.
LyrionServer::Folders LyrionServer::chosen_folders(const std::vector<MusicLibrary>& all) const {
    std::vector<std::string> folders;
    for (const std::string& name : wanted_) {
        const auto before = folders.size();
        for (const MusicLibrary& one : all) {  // two media folders may have one name
            if (one.id == name || fold(one.name) == fold(name)) folders.push_back(one.id);
        }
        const bool near = std::ranges::any_of(all, [&](const MusicLibrary& one) {
            return lyrion::is_inside(name, one.id) || lyrion::is_inside(one.id, name);
        });
        if (folders.size() == before && lyrion::is_path(name) && near) folders.push_back(name);
        if (folders.size() == before) choose_libraries(client_.http().shown(), all, {name});  // throws
    }
    return Folders(folders);
}

LyrionServer::Folders LyrionServer::chosen_folders(const CancelToken& cancel) {
    return wanted_.empty() ? Folders{} : chosen_folders(libraries(cancel));
}

bool LyrionServer::is_chosen(std::string_view path, const Folders& folders) {
    return folders.empty() || !folders.holding(path).empty();
}

// --- listings ------------------------------------------------------------------------------------------------------

json::value LyrionServer::titles(std::int64_t first, std::int64_t count, const std::vector<std::string>& terms,
                                 const Error& refused, const CancelToken& cancel) const {
    json::array command{"titles", first, count};
    for (const std::string& term : terms)
        command.emplace_back(term);
    return client_.command(Effect::reads, std::move(command), refused, cancel);
}

std::string LyrionServer::url_of(const json::value& row) const {
    std::string url = text_at(row, "url");
    if (url.empty()) client_.http().fail_reading("a track without address");
    return url;
}

ServerTrack LyrionServer::track_of(const json::value& row) const {
    ServerTrack track = lyrion::read_track(row);
    if (track.id.empty()) client_.http().fail_reading("a track without id");
    return track;
}

void LyrionServer::refuse_while_scanning(const json::value& result) const {
    if (!flag_at(result, "rescan")) return;
    throw client_.error(ErrorCode::unavailable, "is scanning its music. Its library can be read when that has ended.");
}

/// Every row goes to `each_row`, those of files in `folders` to `found`.
std::int64_t LyrionServer::walk(const std::string& tags, const Folders& folders,
                                const std::function<void(const json::value& row)>& each_row,
                                const std::function<void(ServerTrack)>& found, const CancelToken& cancel) const {
    const Error refused = client_.error(ErrorCode::unsupported, "does not list its tracks.");
    const auto read_page = [&](std::int64_t first) {
        const json::value result = titles(first, kPage, {tags, std::string(kByRow)}, refused, cancel);
        refuse_while_scanning(result);
        TrackPage page;
        page.total = client_.count(result);
        each_at(result, "titles_loop", [&](const json::value& row) {
            each_row(row);
            const std::string url = url_of(row);
            if (lyrion::place_of(url) == Place::file && is_chosen(lyrion::path_of_url(url), folders)) {
                page.tracks.push_back(track_of(row));
            } else {
                ++page.skipped;
            }
        });
        return page;
    };
    return list_pages(client_.http().shown(), read_page, found, cancel);
}

std::int64_t LyrionServer::list_tracks(const std::function<void(ServerTrack)>& found, const CancelToken& cancel) {
    return walk(
        std::string(lyrion::kTrackTags), chosen_folders(cancel), [](const json::value&) {},
        [&](ServerTrack track) {
            cancel.check();
            found(std::move(track));
        },
        cancel);
}

Census LyrionServer::census(const std::vector<MusicLibrary>& all, const CancelToken& cancel) {
    Census census;
    census.folders.resize(all.size());
    std::vector<std::string> paths;
    for (const MusicLibrary& library : all)
        paths.push_back(library.id);
    const Folders libraries(paths);
    const auto count_row = [&](const json::value& row) {
        const std::string url = url_of(row);
        const Place place = lyrion::place_of(url);
        census.remote += place == Place::remote ? 1 : 0;
        census.cue_tracks += place == Place::cue_track ? 1 : 0;
        if (place != Place::file) return;
        for (const std::size_t i : libraries.holding(lyrion::path_of_url(url)))
            ++census.folders[i];
    };
    census.tracks = walk(
        "tags:u", chosen_folders(all), count_row, [](const ServerTrack&) {}, cancel);
    return census;
}

std::vector<ServerAlbum> LyrionServer::newest_albums(std::int64_t limit, const CancelToken& cancel) {
    // Not "albums" with "sort:new": a setting of the server, 100 by default, cuts that off, count and all.
    const Error refused = client_.error(ErrorCode::unsupported, "does not list its tracks by age.");
    const Folders folders = chosen_folders(cancel);
    std::vector<ServerAlbum> albums;
    std::unordered_set<std::string> known;
    const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(limit, 0));
    for (std::int64_t rows = 0; albums.size() < wanted;) {
        const json::value result =
            titles(rows, kPage, {"tags:uelAn", "sort:sql=tracks.timestamp DESC"}, refused, cancel);
        const std::int64_t total = client_.count(result);
        const auto came = each_at(result, "titles_loop", [&](const json::value& row) {
            const std::string url = url_of(row);
            if (lyrion::place_of(url) != Place::file || !is_chosen(lyrion::path_of_url(url), folders)) return;
            const ServerTrack track = track_of(row);
            if (track.album_id.empty() || albums.size() >= wanted || !known.insert(track.album_id).second) return;
            albums.push_back(
                {.id = track.album_id,
                 .name = track.tags.album,
                 .artist = track.tags.album_artist.empty() ? display_artist(track.tags) : track.tags.album_artist,
                 .added_at = track.changed_at});
        });
        rows += static_cast<std::int64_t>(came);
        if (rows >= total) break;
        if (came == 0) client_.http().fail_reading("a list of tracks that is cut off");
    }
    return albums;
}

/// Tracks with more than nothing in a column of the server's own book-keeping, those with most first.
std::vector<ServerTrack> LyrionServer::with_most(const std::string& column, std::int64_t limit, const Error& refused,
                                                 const CancelToken& cancel) {
    const Folders folders = chosen_folders(cancel);
    std::vector<ServerTrack> tracks;
    const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(limit, 0));
    for (std::int64_t rows = 0; tracks.size() < wanted;) {
        const json::value result =
            titles(rows, kPage,
                   {std::string(lyrion::kTrackTags), fmt::format("search:sql=tracks_persistent.{} > 0", column),
                    fmt::format("sort:sql=tracks_persistent.{} DESC", column)},
                   refused, cancel);
        const std::int64_t total = client_.count(result);
        const auto came = each_at(result, "titles_loop", [&](const json::value& row) {
            const std::string url = url_of(row);
            if (lyrion::place_of(url) != Place::file || !is_chosen(lyrion::path_of_url(url), folders)) return;
            if (tracks.size() < wanted) tracks.push_back(track_of(row));
        });
        rows += static_cast<std::int64_t>(came);
        if (rows >= total) break;
        if (came == 0) client_.http().fail_reading("a list of tracks that is cut off");
    }
    return tracks;
}

std::vector<ServerTrack> LyrionServer::most_played(std::int64_t limit, const CancelToken& cancel) {
    const Error refused = client_.error(ErrorCode::unsupported, "does not tell which tracks were played most.");
    return with_most("playcount", limit, refused, cancel);
}

Opinions LyrionServer::opinions(const CancelToken& cancel) {
    const Error refused = client_.error(ErrorCode::unsupported, "does not tell which tracks are rated.");
    return {.tracks = with_most("rating", std::numeric_limits<std::int64_t>::max(), refused, cancel),
            .all_ratings = true};
}

// --- one track -----------------------------------------------------------------------------------------------------

json::value LyrionServer::songinfo(const std::string& track, std::string_view tags, const CancelToken& cancel) const {
    const Error unknown =
        client_.error(ErrorCode::not_found, fmt::format("has no track {} any more.", to_valid_utf8(track)));
    if (!lyrion::is_row_number(track)) throw unknown;
    json::value result = client_.command(
        Effect::reads, {"songinfo", 0, 100, "track_id:" + track, "tags:" + std::string(tags)}, unknown, cancel);
    if (lyrion::songinfo_member(result, "id").is_null()) throw unknown;
    return result;
}

void LyrionServer::fetch(const std::string& track, const std::filesystem::path& file, const CancelToken& cancel) {
    (void)songinfo(track, "u", cancel);  // asked for the file of a track that is not there, the server never answers
    client_.download(track, file, cancel);
}

std::string LyrionServer::lyrics(const std::string& track, const CancelToken& cancel) {
    const json::value result = songinfo(track, "w", cancel);
    const auto* text = lyrion::songinfo_member(result, "lyrics").if_string();
    return text == nullptr ? "" : plain_lyrics(std::string_view(*text));
}

// --- the whole -----------------------------------------------------------------------------------------------------

json::value LyrionServer::status(const CancelToken& cancel) const {
    return client_.command(Effect::reads, {"serverstatus", 0, 0},
                           client_.error(ErrorCode::unsupported, "does not tell its state."), cancel);
}

std::string LyrionServer::change_stamp(const CancelToken& cancel) {
    const json::value now = status(cancel);
    refuse_while_scanning(now);  // numbers change all the time then
    return fmt::format("{} {} {}", text_at(now, "lastscan"), text_at(now, "info total songs"),
                       text_at(now, "info total albums"));
}

ServerInfo LyrionServer::probe(const CancelToken& cancel) {
    ServerInfo info;
    info.version = client_.version(cancel);
    const int major = lyrion::major_version(info.version);
    info.product = major >= kFirstCalledLyrion ? "Lyrion Music Server" : "Logitech Media Server";
    info.libraries = libraries(cancel);
    const json::value now = status(cancel);
    if (flag_at(now, "rescan")) {
        (void)chosen_folders(info.libraries);
        info.tracks = integer_at(now, "info total songs").value_or(0);  // of all folders, as far as it got
        info.advice = "The server is scanning its music. Test again when that has ended.";
        return info;
    }
    const Census found = census(info.libraries, cancel);
    info.tracks = found.tracks;
    for (std::size_t i = 0; i < info.libraries.size(); ++i)
        info.libraries[i].tracks = found.folders[i];
    if (found.cue_tracks > 0) {
        info.advice = fmt::format(
            "{} tracks are parts of larger files, cut by cue sheets, and can't be read. Split "
            "the files to have them read.",
            found.cue_tracks);
    } else if (found.remote > 0) {
        info.advice =
            fmt::format("{} tracks of online services are left out: there is no file to listen to.", found.remote);
    } else if (major < kFirstWithPlayCounts) {
        info.advice = "This version does not tell how often a track was played; Lyrion 8 and later do.";
    }
    return info;
}

}  // namespace

std::unique_ptr<MediaServer> create_lyrion(const ServerAccount& account) {
    return std::make_unique<LyrionServer>(account);
}

}  // namespace audiomuse::library
