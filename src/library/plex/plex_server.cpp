#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "plain_lyrics.h"
#include "plex/plex.h"
#include "plex/plex_parse.h"
#include "server/http.h"
#include "server/json_read.h"
#include "server/listing.h"

namespace audiomuse::library {

namespace json = boost::json;

namespace {

constexpr std::string_view kName = "Plex";
constexpr std::int64_t kPage = 500;
constexpr std::size_t kIdsAtOnce = 100;  // keeps addresses short enough for every proxy
const std::string kAlbums = "9";         // metadata types
const std::string kTracks = "10";

Pairs headers_of(const ServerAccount& account) {
    const std::string token(trim(account.token));
    if (token.empty()) {
        throw Error(ErrorCode::invalid_argument,
                    "Plex needs a token. Plex's own help says how to find it: \"Finding an authentication token\".");
    }
    if (std::ranges::any_of(token, [](char c) { return c <= ' ' || c >= '\x7F'; })) {
        throw Error(ErrorCode::invalid_argument, "The token for Plex has characters that no token has. Copy it anew.");
    }
    return {{"Accept", "application/json"},
            {"X-Plex-Token", token},
            {"X-Plex-Client-Identifier", "audiomuse"},
            {"X-Plex-Product", "AudioMuse"}};
}

/// A page of a "MediaContainer".
struct Page {
    json::value container;
    std::int64_t rows = 0;
    std::optional<std::int64_t> total;
};

class PlexServer : public MediaServer {
public:
    explicit PlexServer(const ServerAccount& account)
        : http_(std::string(kName), account.url, account.limits, headers_of(account)), wanted_(account.libraries) {}

    ServerInfo probe(const CancelToken& cancel) override;
    std::vector<MusicLibrary> libraries(const CancelToken& cancel) override;
    std::vector<ServerAlbum> newest_albums(std::int64_t limit, const CancelToken& cancel) override;
    std::int64_t list_tracks(const std::function<void(ServerTrack)>& found, const CancelToken& cancel) override;
    std::vector<ServerTrack> most_played(std::int64_t limit, const CancelToken& cancel) override;
    Opinions opinions(const CancelToken& cancel) override;
    void fetch(const std::string& track, const std::filesystem::path& file, const CancelToken& cancel) override;
    std::string lyrics(const std::string& track, const CancelToken& cancel) override;
    std::string change_stamp(const CancelToken& cancel) override;
    std::vector<ServerPlaylist> playlists(const CancelToken& cancel) override;
    std::vector<std::string> playlist_tracks(const std::string& playlist, const CancelToken& cancel) override;
    std::string create_playlist(const std::string& name, std::span<const std::string> tracks,
                                const CancelToken& cancel) override;
    std::string replace_playlist(const ServerPlaylist& playlist, std::span<const std::string> tracks,
                                 const CancelToken& cancel) override;
    void delete_playlist(const std::string& playlist, const CancelToken& cancel) override;
    bool keeps_duplicates() const override { return true; }

private:
    struct Identity {
        std::string machine;
        std::string version;
    };
    Identity identity(const CancelToken& cancel) const;
    json::value container(const Call& call, const CancelToken& cancel) const;
    Page page(const std::string& path, const Pairs& query, std::int64_t first, std::int64_t count,
              const CancelToken& cancel) const;
    json::value sections(const CancelToken& cancel) const;
    std::vector<MusicLibrary> music_of(const json::value& sections) const;
    std::int64_t count_tracks(const MusicLibrary& library, const CancelToken& cancel) const;
    json::value metadata(const std::string& track, const CancelToken& cancel) const;
    /// Rows of a section in the order that `sort` says, until `take` returns false.
    void walk(const MusicLibrary& library, const std::string& type, const std::string& sort, std::int64_t page_size,
              const std::function<bool(const json::value& row)>& take, const CancelToken& cancel) const;
    using Value = std::function<std::int64_t(const ServerTrack&)>;
    std::vector<ServerTrack> with_most(const std::string& sort, std::int64_t limit, const Value& value,
                                       const CancelToken& cancel);
    void check_ids(std::span<const std::string> tracks) const;
    void add(const std::string& playlist, std::span<const std::vector<std::string>> parts, const std::string& machine,
             const CancelToken& cancel) const;
    void verify(const std::string& playlist, std::span<const std::string> wanted, const CancelToken& cancel);
    std::string id_of(const json::value& row) const;

    const ServerHttp http_;
    const std::vector<std::string> wanted_;
};

// --- answers -------------------------------------------------------------------------------------------------------

json::value PlexServer::container(const Call& call, const CancelToken& cancel) const {
    json::value whole = http_.json(call, cancel);
    json::object* object = whole.if_object();
    json::value* found = object == nullptr ? nullptr : object->if_contains("MediaContainer");
    if (found == nullptr || !found->is_object()) http_.fail_reading("an answer without MediaContainer");
    return std::move(*found);
}

Page PlexServer::page(const std::string& path, const Pairs& query, std::int64_t first, std::int64_t count,
                      const CancelToken& cancel) const {
    Page page;
    page.container = container({.path = path,
                                .query = query,
                                .headers = {{"X-Plex-Container-Start", std::to_string(first)},
                                            {"X-Plex-Container-Size", std::to_string(count)}}},
                               cancel);
    page.rows = static_cast<std::int64_t>(each_at(page.container, "Metadata", [](const json::value&) {}));
    page.total = integer_at(page.container, "totalSize");
    if (!page.total) page.total = integer_at(page.container, "leafCount");  // of a playlist that came whole
    const auto offset = integer_at(page.container, "offset");
    if (page.rows > 0 && offset && *offset != first) http_.fail_reading("a page that was not asked for");
    return page;
}

std::string PlexServer::id_of(const json::value& row) const {
    std::string id = text_at(row, "ratingKey");
    if (id.empty()) http_.fail_reading("an item without ratingKey");
    return id;
}

PlexServer::Identity PlexServer::identity(const CancelToken& cancel) const {
    const json::value found = container({.path = "/identity"}, cancel);
    Identity identity{text_at(found, "machineIdentifier"), text_at(found, "version")};
    if (identity.machine.empty()) {
        throw Error(ErrorCode::invalid_argument, fmt::format("{} is no Plex Media Server.", http_.shown()));
    }
    return identity;
}

// --- libraries -----------------------------------------------------------------------------------------------------

json::value PlexServer::sections(const CancelToken& cancel) const {
    return container({.path = "/library/sections"}, cancel);
}

std::vector<MusicLibrary> PlexServer::music_of(const json::value& sections) const {
    std::vector<MusicLibrary> all;
    each_at(sections, "Directory", [&](const json::value& section) {
        if (text_at(section, "type") != "artist") return;
        all.push_back({text_at(section, "key"), text_at(section, "title"), std::nullopt});
        if (all.back().id.empty()) http_.fail_reading("a library without key");
    });
    return all;
}

std::vector<MusicLibrary> PlexServer::libraries(const CancelToken& cancel) {
    return music_of(sections(cancel));
}

std::string all_of(const MusicLibrary& library) {
    return "/library/sections/" + encode_segment(library.id) + "/all";
}

std::int64_t PlexServer::count_tracks(const MusicLibrary& library, const CancelToken& cancel) const {
    const auto total = page(all_of(library), {{"type", kTracks}}, 0, 0, cancel).total;
    if (!total || *total < 0) http_.fail_reading("a library that does not say how large it is");
    return *total;
}

ServerInfo PlexServer::probe(const CancelToken& cancel) {
    ServerInfo info{.product = "Plex Media Server", .version = identity(cancel).version};
    info.libraries = libraries(cancel);
    for (MusicLibrary& library : info.libraries)
        library.tracks = count_tracks(library, cancel);
    for (const MusicLibrary& library : choose_libraries(http_.shown(), info.libraries, wanted_))
        info.tracks += library.tracks.value_or(0);
    if (info.libraries.empty()) info.advice = "This server has no music library that the token's user may see.";
    return info;
}

std::string PlexServer::change_stamp(const CancelToken& cancel) {
    const json::value all = sections(cancel);
    std::string stamp;
    for (const MusicLibrary& library : choose_libraries(http_.shown(), music_of(all), wanted_)) {
        const Page newest = page(all_of(library), {{"type", kTracks}, {"sort", "addedAt:desc"}}, 0, 1, cancel);
        stamp += fmt::format("{}:{}", library.id, newest.total.value_or(-1));
        each_at(newest.container, "Metadata", [&](const json::value& row) {
            stamp += ':' + text_at(row, "ratingKey") + ':' + text_at(row, "addedAt");
        });
        each_at(all, "Directory", [&](const json::value& section) {
            if (text_at(section, "key") == library.id) stamp += ':' + text_at(section, "scannedAt");
        });
        stamp += ' ';
    }
    return stamp;
}

// --- listings ------------------------------------------------------------------------------------------------------

std::int64_t PlexServer::list_tracks(const std::function<void(ServerTrack)>& found, const CancelToken& cancel) {
    std::int64_t count = 0;
    for (const MusicLibrary& library : choose_libraries(http_.shown(), libraries(cancel), wanted_)) {
        const auto read_page = [&](std::int64_t first) {
            const Page page = this->page(all_of(library), {{"type", kTracks}}, first, kPage, cancel);
            TrackPage read;
            read.total = page.total;
            each_at(page.container, "Metadata", [&](const json::value& row) {
                id_of(row);
                read.tracks.push_back(plex::read_track(row));
            });
            return read;
        };
        const auto hand_on = [&](ServerTrack track) {
            cancel.check();
            found(std::move(track));
        };
        count += list_pages(http_.shown(), read_page, hand_on, cancel);
    }
    return count;
}

void PlexServer::walk(const MusicLibrary& library, const std::string& type, const std::string& sort,
                      std::int64_t page_size, const std::function<bool(const json::value& row)>& take,
                      const CancelToken& cancel) const {
    std::unordered_set<std::string> known;
    for (std::int64_t rows = 0;;) {
        const Page page = this->page(all_of(library), {{"type", type}, {"sort", sort}}, rows, page_size, cancel);
        const auto before = known.size();
        bool goes_on = true;
        each_at(page.container, "Metadata", [&](const json::value& row) {
            if (known.insert(id_of(row)).second) goes_on = goes_on && take(row);
        });
        rows += page.rows;
        if (!goes_on || page.rows == 0 || (page.total && rows >= *page.total)) return;
        if (known.size() == before) http_.fail_reading("the same page again and again");
    }
}

std::vector<ServerAlbum> PlexServer::newest_albums(std::int64_t limit, const CancelToken& cancel) {
    const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(limit, 0));
    std::vector<ServerAlbum> albums;
    if (wanted == 0) return albums;
    for (const MusicLibrary& library : choose_libraries(http_.shown(), libraries(cancel), wanted_)) {
        std::size_t here = 0;
        const auto take = [&](const json::value& row) {
            albums.push_back(plex::read_album(row));
            return ++here < wanted;
        };
        walk(library, kAlbums, "addedAt:desc", std::min(kPage, limit), take, cancel);
    }
    std::ranges::stable_sort(albums, std::ranges::greater(), &ServerAlbum::added_at);
    if (albums.size() > wanted) albums.resize(wanted);
    return albums;
}

/// The first tracks by `sort`, up to one of which `value` is 0.
std::vector<ServerTrack> PlexServer::with_most(const std::string& sort, std::int64_t limit, const Value& value,
                                               const CancelToken& cancel) {
    const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(limit, 0));
    std::vector<ServerTrack> tracks;
    if (wanted == 0) return tracks;
    for (const MusicLibrary& library : choose_libraries(http_.shown(), libraries(cancel), wanted_)) {
        std::size_t here = 0;
        const auto take = [&](const json::value& row) {
            ServerTrack track = plex::read_track(row);
            if (value(track) == 0) return false;
            tracks.push_back(std::move(track));
            return ++here < wanted;
        };
        walk(library, kTracks, sort, std::min(kPage, limit), take, cancel);
    }
    std::ranges::stable_sort(tracks, std::ranges::greater(), value);
    if (tracks.size() > wanted) tracks.resize(wanted);
    return tracks;
}

std::vector<ServerTrack> PlexServer::most_played(std::int64_t limit, const CancelToken& cancel) {
    const auto plays = [](const ServerTrack& track) { return track.play_count.value_or(0); };
    return with_most("viewCount:desc", limit, plays, cancel);
}

Opinions PlexServer::opinions(const CancelToken& cancel) {
    const auto stars = [](const ServerTrack& track) { return std::int64_t{track.rating.value_or(0)}; };
    return {.tracks = with_most("userRating:desc", std::numeric_limits<std::int64_t>::max(), stars, cancel),
            .all_ratings = true};
}

// --- one track -----------------------------------------------------------------------------------------------------

json::value PlexServer::metadata(const std::string& track, const CancelToken& cancel) const {
    const Error unknown(ErrorCode::not_found,
                        fmt::format("{} has no track {} any more.", http_.shown(), to_valid_utf8(track)));
    if (!plex::is_id(track)) throw unknown;
    const json::value found = container({.path = "/library/metadata/" + track}, cancel);
    json::value row;
    each_at(found, "Metadata", [&](const json::value& one) {
        if (text_at(one, "ratingKey") == track) row = one;
    });
    if (row.is_null()) throw unknown;
    return row;
}

void PlexServer::fetch(const std::string& track, const std::filesystem::path& file, const CancelToken& cancel) {
    for (bool again = false;; again = true) {
        const std::string key = plex::part_key(metadata(track, cancel));
        if (key.empty()) {
            throw Error(ErrorCode::not_found, fmt::format("{} has no file for track {}.", http_.shown(), track));
        }
        try {
            return http_.fetch({.path = key, .query = {{"download", "1"}}}, file, {}, cancel);
        } catch (const Error& error) {
            // The address of a file has its time in it, and is another one once the file has changed.
            if (error.code() != ErrorCode::not_found || again) throw;
        }
    }
}

std::string PlexServer::lyrics(const std::string& track, const CancelToken& cancel) {
    for (const std::string& key : plex::lyrics_keys(metadata(track, cancel))) {
        const auto answer = http_.send({.path = key}, cancel, {403, 404});  // those of a service may need Plex Pass
        const std::string_view body = trim(answer.body);
        if (answer.status != 200 || body.starts_with('<') || body.starts_with('{')) continue;
        if (std::string text = plain_lyrics(answer.body); !text.empty()) return text;
    }
    return {};
}

// --- playlists -----------------------------------------------------------------------------------------------------

std::vector<ServerPlaylist> PlexServer::playlists(const CancelToken& cancel) {
    std::vector<ServerPlaylist> all;
    std::unordered_set<std::string> known;
    for (std::int64_t rows = 0;;) {
        const Page page = this->page("/playlists", {{"playlistType", "audio"}, {"smart", "0"}}, rows, kPage, cancel);
        const auto before = known.size();
        each_at(page.container, "Metadata", [&](const json::value& row) {
            const bool fits = !flag_at(row, "smart") && text_at(row, "playlistType") == "audio";
            if (known.insert(id_of(row)).second && fits) all.push_back(plex::read_playlist(row));
        });
        rows += page.rows;
        const bool whole = page.total ? rows >= *page.total : page.rows < kPage;
        if (whole) return all;
        if (known.size() == before) http_.fail_reading("a list of playlists that is cut off");
    }
}

std::vector<std::string> PlexServer::playlist_tracks(const std::string& playlist, const CancelToken& cancel) {
    std::vector<std::string> tracks;
    std::unordered_set<std::string> entries;
    for (;;) {
        const Page page = this->page("/playlists/" + encode_segment(playlist) + "/items", {},
                                     static_cast<std::int64_t>(tracks.size()), kPage, cancel);
        each_at(page.container, "Metadata", [&](const json::value& row) {
            tracks.push_back(id_of(row));
            const std::string entry = text_at(row, "playlistItemID");
            if (!entry.empty() && !entries.insert(entry).second) http_.fail_reading("the same entries again");
        });
        const auto count = static_cast<std::int64_t>(tracks.size());
        if (page.total ? count >= *page.total : page.rows < kPage) return tracks;
        if (page.rows == 0) http_.fail_reading(fmt::format("{} of {} tracks of a playlist", count, *page.total));
    }
}

void PlexServer::check_ids(std::span<const std::string> tracks) const {
    for (const std::string& track : tracks) {
        if (plex::is_id(track)) continue;
        throw Error(ErrorCode::not_found, fmt::format("{} has no track {}.", http_.shown(), to_valid_utf8(track)));
    }
}

void PlexServer::add(const std::string& playlist, std::span<const std::vector<std::string>> parts,
                     const std::string& machine, const CancelToken& cancel) const {
    for (const auto& part : parts) {
        http_.json({.method = "PUT",
                    .path = "/playlists/" + encode_segment(playlist) + "/items",
                    .query = {{"uri", plex::tracks_uri(machine, part)}}},
                   cancel);
    }
}

void PlexServer::verify(const std::string& playlist, std::span<const std::string> wanted, const CancelToken& cancel) {
    const auto found = playlist_tracks(playlist, cancel);
    if (std::ranges::equal(found, wanted)) return;
    throw Error(ErrorCode::server_failed,
                fmt::format("{} made a playlist of {} tracks where {} were asked for{}.", http_.shown(), found.size(),
                            wanted.size(), found.size() == wanted.size() ? ", with others or in another order" : ""));
}

std::string PlexServer::create_playlist(const std::string& name, std::span<const std::string> tracks,
                                        const CancelToken& cancel) {
    if (trim(name).empty()) throw Error(ErrorCode::invalid_argument, "A playlist needs a name.");
    if (tracks.empty()) throw Error(ErrorCode::invalid_argument, "A playlist needs at least one track.");
    check_ids(tracks);
    const std::string machine = identity(cancel).machine;
    const auto parts = plex::batches(tracks, kIdsAtOnce);
    const json::value made = container({.method = "POST",
                                        .path = "/playlists",
                                        .query = {{"type", "audio"},
                                                  {"title", name},
                                                  {"smart", "0"},
                                                  {"uri", plex::tracks_uri(machine, parts.front())}}},
                                       cancel);
    std::string id;
    each_at(made, "Metadata", [&](const json::value& row) { id = id_of(row); });
    if (id.empty()) http_.fail_reading("a new playlist without ratingKey");
    try {
        add(id, std::span(parts).subspan(1), machine, cancel);
        verify(id, tracks, cancel);
    } catch (const Error&) {
        try {
            delete_playlist(id, {});  // also when cancelled: half a playlist is of no use
        } catch (const Error& error) {
            log::warn("Half a playlist is left. {}", error.what());
        }
        throw;
    }
    return id;
}

std::string PlexServer::replace_playlist(const ServerPlaylist& playlist, std::span<const std::string> tracks,
                                         const CancelToken& cancel) {
    check_ids(tracks);
    const std::string machine = identity(cancel).machine;
    const auto parts = plex::batches(tracks, kIdsAtOnce);
    try {
        http_.json({.method = "DELETE", .path = "/playlists/" + encode_segment(playlist.id) + "/items"}, cancel);
        add(playlist.id, parts, machine, cancel);
        verify(playlist.id, tracks, cancel);
    } catch (const Error& error) {
        std::string now = "an unknown number";
        try {
            now = std::to_string(playlist_tracks(playlist.id, {}).size());
        } catch (const Error& unknown) {
            log::debug("{}", unknown.what());
        }
        throw Error(error.code(), fmt::format("{} The playlist \"{}\" has {} of {} tracks now.", error.what(),
                                              playlist.name, now, tracks.size()));
    }
    return playlist.id;
}

void PlexServer::delete_playlist(const std::string& playlist, const CancelToken& cancel) {
    const auto answer =
        http_.send({.method = "DELETE", .path = "/playlists/" + encode_segment(playlist)}, cancel, {404});
    if (answer.status != 404) http_.parse(answer);  // throws for a web page, of a proxy's login for one
}

}  // namespace

std::unique_ptr<MediaServer> create_plex(const ServerAccount& account) {
    return std::make_unique<PlexServer>(account);
}

}  // namespace audiomuse::library
