#include "subsonic/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "audiomuse/base/log.h"
#include "server/json_read.h"
#include "server/listing.h"
#include "subsonic/album_pages.h"
#include "subsonic/directory_walk.h"

namespace audiomuse::library::subsonic {

namespace json = boost::json;

namespace {

constexpr std::int64_t kPage = 500;
constexpr std::int64_t kSample = 20;                   // rows that tell two listings apart
constexpr const char* kByName = "alphabeticalByName";  // "newest" is in no stable order on all servers

/// Puts `track` where it belongs among the most played, most played first, of which `limit` are kept.
void keep_most_played(std::vector<ServerTrack>& kept, std::int64_t limit, ServerTrack track) {
    const auto rank = [](const ServerTrack& one) {
        return std::pair(one.play_count.value_or(0), one.last_played.value_or(0));
    };
    const auto at = std::ranges::upper_bound(kept, rank(track), std::ranges::greater(), rank);
    kept.insert(at, std::move(track));
    if (static_cast<std::int64_t>(kept.size()) > limit) kept.pop_back();
}

}  // namespace

std::vector<MusicLibrary> Catalogue::libraries(const CancelToken& cancel) const {
    const json::value content = session_.ask("getMusicFolders", {}, cancel);
    std::vector<MusicLibrary> libraries;
    session_.each_row(content, "musicFolders", "musicFolder", [&](const json::value& row) {
        libraries.push_back(read_library(row));
        if (libraries.back().id.empty()) session_.fail_reading("a library without an id");
    });
    return libraries;
}

Catalogue::Selection Catalogue::select(const CancelToken& cancel) const {
    Selection selection;
    selection.all = libraries(cancel);
    for (MusicLibrary& library : choose_libraries(session_.shown(), selection.all, wanted_))
        if (std::ranges::find(selection.chosen, library.id, &MusicLibrary::id) == selection.chosen.end())
            selection.chosen.push_back(std::move(library));
    return selection;
}

/// A listing that shows the same rows for a library that is read and for one that is not doesn't know libraries.
Catalogue::Filter Catalogue::judge(const Selection& selection, const Sample& first_ids) {
    const auto other = std::ranges::find_if(selection.all, [&](const MusicLibrary& library) {
        return std::ranges::find(selection.chosen, library.id, &MusicLibrary::id) == selection.chosen.end();
    });
    const auto inside = first_ids(selection.chosen.front());
    const auto outside = first_ids(*other);
    if (inside.empty() && outside.empty()) return Filter::nothing_there;
    const bool shared = std::ranges::any_of(
        inside, [&](const std::string& id) { return std::ranges::find(outside, id) != outside.end(); });
    return shared ? Filter::ignored : Filter::honoured;
}

Catalogue::Filter Catalogue::filter_of_albums(const Selection& selection, const CancelToken& cancel) const {
    return judge(selection, [&](const MusicLibrary& library) {
        std::vector<std::string> ids;
        for (AlbumRow& row : AlbumPages(session_, kByName, library.id, kSample).next(cancel))
            ids.push_back(std::move(row.album.id));
        return ids;
    });
}

Catalogue::Filter Catalogue::filter_of_songs(const Selection& selection, const std::string& query,
                                             const CancelToken& cancel) const {
    return judge(selection, [&](const MusicLibrary& library) {
        std::vector<std::string> ids;
        for (ServerTrack& track : search(query, library.id, kSample, 0, cancel).tracks)
            ids.push_back(std::move(track.id));
        return ids;
    });
}

std::vector<Catalogue::Scope> Catalogue::scopes(const CancelToken& cancel) const {
    const Selection selection = select(cancel);
    std::vector<Scope> scopes;
    if (!selection.filtered()) {
        scopes.emplace_back();
    } else if (filter_of_albums(selection, cancel) == Filter::honoured) {
        for (const MusicLibrary& library : selection.chosen)
            scopes.push_back({.library = library.id, .albums = {}});
    } else {
        scopes.push_back({.library = {}, .albums = albums_by_directory(selection.chosen, cancel)});
    }
    return scopes;
}

void Catalogue::each_album(std::string_view type, const Scope& scope, std::int64_t page, const AlbumSink& sink,
                           const CancelToken& cancel) const {
    AlbumPages pages(session_, std::string(type), scope.library, page);
    for (auto rows = pages.next(cancel); !rows.empty(); rows = pages.next(cancel)) {
        for (const AlbumRow& row : rows) {
            if (scope.albums && !scope.albums->contains(row.album.id)) continue;
            if (!sink(row)) return;
        }
    }
}

std::int64_t Catalogue::count_tracks(const std::string& library, const CancelToken& cancel) const {
    std::int64_t tracks = 0;
    const auto add = [&](const AlbumRow& row) {
        tracks += row.album.tracks;
        return true;
    };
    each_album(kByName, {.library = library, .albums = {}}, kPage, add, cancel);
    return tracks;
}

std::unordered_set<std::string> Catalogue::albums_by_directory(const std::vector<MusicLibrary>& libraries,
                                                               const CancelToken& cancel) const {
    std::unordered_set<std::string> albums;
    DirectoryWalk walk(session_, libraries);
    for (auto songs = walk.next(cancel); !songs.empty(); songs = walk.next(cancel))
        for (const json::value& song : songs)
            albums.insert(text_at(song, "albumId"));
    return albums;
}

Catalogue::Count Catalogue::count(const CancelToken& cancel) const {
    const Selection selection = select(cancel);
    Count count{.libraries = selection.all};
    const auto is_chosen = [&](const MusicLibrary& library) {
        return std::ranges::find(selection.chosen, library.id, &MusicLibrary::id) != selection.chosen.end();
    };
    if (count.libraries.size() < 2) {
        count.tracks = count_tracks({}, cancel);
        if (!count.libraries.empty()) count.libraries.front().tracks = count.tracks;
        return count;
    }
    Selection one = selection;  // against another: the filter can be judged although all are chosen
    one.chosen.resize(1);
    if (filter_of_albums(one, cancel) == Filter::honoured) {
        for (MusicLibrary& library : count.libraries) {
            library.tracks = count_tracks(library.id, cancel);
            if (is_chosen(library)) count.tracks += *library.tracks;
        }
        return count;
    }
    count.tracks = selection.filtered() ? list_by_directory(
                                              selection.chosen, [](const ServerTrack&) {}, cancel)
                                        : count_tracks({}, cancel);
    return count;
}

std::optional<ServerTrack> Catalogue::any_track(const CancelToken& cancel) const {
    Songs songs = search("", {}, 1, 0, cancel);
    if (songs.tracks.empty()) return std::nullopt;
    return std::move(songs.tracks.front());
}

Catalogue::Survey Catalogue::survey(const Selection& selection, const CancelToken& cancel) const {
    Survey survey;
    const bool wants_artists = !session_.server().open_subsonic;
    std::int64_t tracks = 0;
    const auto add = [&](const AlbumRow& row) {
        tracks += row.album.tracks;
        if (wants_artists) survey.artists.emplace(row.album.id, row.album.artist);
        return true;
    };
    if (selection.filtered() && filter_of_albums(selection, cancel) == Filter::honoured) {
        for (const MusicLibrary& library : selection.chosen)
            each_album(kByName, {.library = library.id, .albums = {}}, kPage, add, cancel);
        survey.tracks = tracks;
    } else if (!selection.filtered() || wants_artists) {
        each_album(kByName, {}, kPage, add, cancel);
        if (!selection.filtered()) survey.tracks = tracks;
    }
    return survey;
}

ServerTrack Catalogue::track_of(const json::value& song) const {
    ServerTrack track = read_track(song, session_.is_navidrome());
    if (track.id.empty()) session_.fail_reading("a track without an id");
    return track;
}

Catalogue::Songs Catalogue::search(const std::string& query, const std::string& library, std::int64_t size,
                                   std::int64_t first, const CancelToken& cancel) const {
    Pairs parameters = {{"query", query},
                        {"songCount", std::to_string(size)},
                        {"songOffset", std::to_string(first)},
                        {"artistCount", "0"},
                        {"albumCount", "0"}};
    if (!library.empty()) parameters.emplace_back("musicFolderId", library);
    const Response response = session_.try_ask("search3", parameters, cancel);
    Songs songs;
    // gonic: an empty query is none at all.
    if (!response.ok && response.error == kMissingParameter && query.empty()) return songs;
    if (!response.ok) session_.fail(response);
    session_.each_row(response.content, "searchResult3", "song", [&](const json::value& row) {
        if (is_music(row)) {
            songs.tracks.push_back(track_of(row));
        } else {
            ++songs.skipped;
        }
    });
    return songs;
}

/// What makes a search find everything. Two quotes are what the specification says; supysonic finds nothing then, and
/// gonic nothing without.
std::optional<std::string> Catalogue::working_query(const CancelToken& cancel) const {
    for (const char* query : {"", "\"\""}) {
        const Songs songs = search(query, {}, 1, 0, cancel);
        if (!songs.tracks.empty() || songs.skipped > 0) return query;
    }
    return std::nullopt;
}

std::vector<ServerTrack> Catalogue::tracks_of(const ServerAlbum& album, const CancelToken& cancel) const {
    const json::value content = session_.ask("getAlbum", {{"id", album.id}}, cancel);
    std::vector<ServerTrack> tracks;
    session_.each_row(content, "album", "song", [&](const json::value& row) {
        if (!is_music(row)) return;
        tracks.push_back(track_of(row));
        if (tracks.back().tags.album_artist.empty()) tracks.back().tags.album_artist = album.artist;
    });
    return tracks;
}

std::int64_t Catalogue::list_by_search(const Selection& selection, const std::string& query, const TrackSink& found,
                                       const CancelToken& cancel) const {
    std::vector<std::string> libraries;
    if (selection.filtered()) {
        for (const MusicLibrary& library : selection.chosen)
            libraries.push_back(library.id);
    } else {
        libraries.emplace_back();  // all of them
    }
    std::size_t at = 0;
    std::int64_t before = 0;  // rows of the libraries that are done
    return list_pages(
        session_.shown(),
        [&](std::int64_t first) {
            for (;;) {
                Songs songs = search(query, libraries[at], kPage, first - before, cancel);
                const bool end = songs.tracks.empty() && songs.skipped == 0;
                if (!end || at + 1 == libraries.size())
                    return TrackPage{.tracks = std::move(songs.tracks), .skipped = songs.skipped, .total = {}};
                ++at;
                before = first;
            }
        },
        found, cancel);
}

std::int64_t Catalogue::list_by_album(const TrackSink& found, const CancelToken& cancel) const {
    AlbumPages pages(session_, kByName, {});
    std::vector<AlbumRow> albums;  // those of a page that are still to be read, last first
    return list_pages(
        session_.shown(),
        [&](std::int64_t) {
            TrackPage page;
            while (page.tracks.empty()) {
                if (albums.empty()) {
                    albums = pages.next(cancel);
                    std::ranges::reverse(albums);
                }
                if (albums.empty()) break;
                page.tracks = tracks_of(albums.back().album, cancel);
                albums.pop_back();
            }
            return page;
        },
        found, cancel);
}

std::int64_t Catalogue::list_by_directory(const std::vector<MusicLibrary>& libraries, const TrackSink& found,
                                          const CancelToken& cancel) const {
    DirectoryWalk walk(session_, libraries);
    return list_pages(
        session_.shown(),
        [&](std::int64_t) {
            TrackPage page;
            for (const json::value& song : walk.next(cancel))
                page.tracks.push_back(track_of(song));
            return page;
        },
        found, cancel);
}

void Catalogue::check_complete(const Survey& survey, std::int64_t listed) const {
    if (!survey.tracks) return;
    // The counts of albums are the server's own book-keeping, and may lag behind a file that went away.
    const std::int64_t allowed = std::max<std::int64_t>(10, *survey.tracks / 50);
    if (*survey.tracks - listed <= allowed) return;
    throw Error(ErrorCode::server_failed,
                fmt::format("{} listed {} tracks, but its albums hold {}.", session_.shown(), listed, *survey.tracks));
}

std::int64_t Catalogue::list_tracks(const TrackSink& found, const CancelToken& cancel) const {
    const Selection selection = select(cancel);
    const Survey albums = survey(selection, cancel);
    const auto hand_on = [&](ServerTrack track) {
        if (track.tags.album_artist.empty())
            if (const auto artist = albums.artists.find(track.album_id); artist != albums.artists.end())
                track.tags.album_artist = artist->second;
        found(std::move(track));
    };
    const auto query = working_query(cancel);
    if (!selection.filtered() && !query) return list_by_album(hand_on, cancel);
    if (selection.filtered() && (!query || filter_of_songs(selection, *query, cancel) != Filter::honoured)) {
        log::info("{} can't restrict a listing of songs to a library: its folders are read one by one.",
                  session_.shown());
        return list_by_directory(selection.chosen, hand_on, cancel);
    }
    const std::int64_t listed = list_by_search(selection, *query, hand_on, cancel);
    check_complete(albums, listed);
    return listed;
}

std::vector<ServerAlbum> Catalogue::newest_albums(std::int64_t limit, const CancelToken& cancel) const {
    if (limit <= 0) return {};
    std::vector<ServerAlbum> albums;
    const auto all = scopes(cancel);
    for (const Scope& scope : all) {
        std::int64_t taken = 0;
        const auto take = [&](const AlbumRow& row) {
            albums.push_back(row.album);
            return ++taken < limit;
        };
        each_album("newest", scope, scope.albums ? kPage : std::min(limit, kPage), take, cancel);
    }
    if (all.size() > 1) std::ranges::stable_sort(albums, std::ranges::greater(), &ServerAlbum::added_at);
    albums.resize(std::min(albums.size(), static_cast<std::size_t>(limit)));
    return albums;
}

/// There is no list of the most played songs. Albums come by their plays, which are those of their tracks together, so
/// those that follow one with fewer plays than the tracks that are kept have none to add.
std::vector<ServerTrack> Catalogue::most_played(std::int64_t limit, const CancelToken& cancel) const {
    if (limit <= 0) return {};
    std::vector<ServerTrack> kept;
    bool counts = session_.is_navidrome();
    const auto take = [&](const AlbumRow& row) {
        const bool full = static_cast<std::int64_t>(kept.size()) == limit;
        if (full && row.play_count && *row.play_count <= kept.back().play_count.value_or(0)) return false;
        if (row.play_count && *row.play_count == 0) return false;
        bool played = false;
        for (ServerTrack& track : tracks_of(row.album, cancel)) {
            counts = counts || track.play_count;
            if (track.play_count.value_or(0) <= 0) continue;
            played = true;
            keep_most_played(kept, limit, std::move(track));
        }
        counts = counts || row.play_count || session_.is_navidrome();
        if (!counts) {
            throw Error(ErrorCode::unsupported,
                        fmt::format("{} does not say how often tracks were played.", session_.shown()));
        }
        return played || row.play_count;
    };
    for (const Scope& scope : scopes(cancel))
        each_album("frequent", scope, AlbumPages::kLargest, take, cancel);
    return kept;
}

std::vector<ServerTrack> Catalogue::starred(const CancelToken& cancel) const {
    std::vector<ServerTrack> tracks;
    session_.each_row(session_.ask("getStarred2", {}, cancel), "starred2", "song", [&](const json::value& row) {
        if (is_music(row)) tracks.push_back(track_of(row));
    });
    return tracks;
}

}  // namespace audiomuse::library::subsonic
