// Playlists of Jellyfin and Emby.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "jellyfin/media_browser.h"
#include "server/json_read.h"

namespace audiomuse::library {

namespace json = boost::json;
namespace mb = media_browser;

namespace {

constexpr std::size_t kBatch = 100;  // ids in an address, which may be 8 KB long
constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();

std::string comma_list(std::span<const std::string> ids) {
    return fmt::format("{}", fmt::join(ids, ","));
}

std::vector<std::string> without_repeats(std::span<const std::string> ids) {
    std::unordered_set<std::string> known;
    std::vector<std::string> once;
    for (const std::string& id : ids)
        if (known.insert(id).second) once.push_back(id);
    return once;
}

std::string playlist_path(const std::string& playlist) {
    return fmt::format("/Playlists/{}/Items", encode_segment(playlist));
}

}  // namespace

void MediaBrowser::check_playlist(std::string_view name, std::span<const std::string> tracks) {
    if (trim(name).empty()) throw Error(ErrorCode::invalid_argument, "A playlist needs a name.");
    if (tracks.empty()) {
        throw Error(ErrorCode::invalid_argument, fmt::format("The playlist \"{}\" needs at least one track.", name));
    }
}

std::vector<ServerPlaylist> MediaBrowser::playlists(const CancelToken& cancel) {
    const auto session = connect(cancel);
    Call call = items_call(*session);
    call.query.insert(call.query.end(), {{"IncludeItemTypes", "Playlist"},
                                         {"Recursive", "true"},
                                         {"SortBy", "SortName,DateCreated"},
                                         {"Fields", "ChildCount,CanDelete"},
                                         {"EnableImages", "false"}});
    std::vector<ServerPlaylist> playlists;
    const auto add = [&](const json::value& row) {
        if (!mb::is_own_playlist(row)) return;
        ServerPlaylist playlist{.id = text_at(row, "Id"), .name = text_at(row, "Name")};
        const auto count = integer_at(row, "ChildCount");
        playlist.tracks = count && *count >= 0 ? *count : -1;
        const auto same = std::ranges::find(playlists, playlist.id, &ServerPlaylist::id);
        if (same == playlists.end()) playlists.push_back(std::move(playlist));
    };
    each_row(*session, call, kAll, add, cancel);
    for (ServerPlaylist& playlist : playlists) {
        if (playlist.tracks < 0) playlist.tracks = std::ssize(read_entries(*session, playlist.id, cancel));
    }
    return playlists;
}

std::vector<mb::Entry> MediaBrowser::read_entries(const Session& session, const std::string& playlist,
                                                  const CancelToken& cancel) const {
    std::vector<mb::Entry> entries;
    try {
        each_row(
            session, {.path = playlist_path(playlist), .query = {{dialect_.user, session.user.id}}}, kAll,
            [&](const json::value& row) { entries.push_back(mb::parse_entry(row)); }, cancel);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found) throw;
        throw Error(error.code(), fmt::format("{} has no such playlist (any more).", http_.shown()));
    }
    return entries;
}

std::vector<std::string> MediaBrowser::playlist_tracks(const std::string& playlist, const CancelToken& cancel) {
    std::vector<std::string> tracks;
    for (mb::Entry& entry : read_entries(*connect(cancel), playlist, cancel))
        if (entry.audio && !entry.track.empty()) tracks.push_back(std::move(entry.track));
    return tracks;
}

void MediaBrowser::verify_playlist(const Session& session, const std::string& playlist, std::string_view name,
                                   std::span<const std::string> tracks, const CancelToken& cancel) const {
    std::vector<std::string> held;
    for (mb::Entry& entry : read_entries(session, playlist, cancel))
        held.push_back(std::move(entry.track));
    const auto once = without_repeats(tracks);
    if (std::ranges::equal(held, tracks) || held == once) return;
    const bool counts = held.size() == tracks.size() || held.size() == once.size();
    throw Error(ErrorCode::server_failed,
                counts ? fmt::format("{} put other tracks, or in another order, into the playlist \"{}\" than it was "
                                     "told to.",
                                     http_.shown(), name)
                       : fmt::format("{} made the playlist \"{}\" of {} tracks, but it holds {}. Some may be "
                                     "gone from its library.",
                                     http_.shown(), name, once.size(), held.size()));
}

void MediaBrowser::add_tracks(const Session& session, const std::string& playlist, std::span<const std::string> tracks,
                              std::size_t& added) const {
    while (added < tracks.size()) {
        const auto batch = tracks.subspan(added, std::min(kBatch, tracks.size() - added));
        send(session,
             {.method = "POST",
              .path = playlist_path(playlist),
              .query = {{dialect_.ids, comma_list(batch)}, {dialect_.user, session.user.id}}},
             {});
        added += batch.size();
    }
}

std::string MediaBrowser::make_playlist(const Session& session, const std::string& name,
                                        std::span<const std::string> tracks, const CancelToken& cancel) const {
    cancel.check();
    std::size_t added = std::min(dialect_.ids_at_creation, tracks.size());
    // From here to the end without asking whether to stop: nobody needs half a playlist.
    std::string id = post_playlist(session, name, tracks.first(added), {});
    if (id.empty()) http_.fail_reading("a new playlist without an id");
    try {
        add_tracks(session, id, tracks, added);
        verify_playlist(session, id, name, tracks, {});
    } catch (const Error&) {
        try {
            remove_playlist(session, id, {});
        } catch (const Error& error) {
            log::warn("The unfinished playlist \"{}\" stays on {}: {}", name, http_.shown(), error.what());
        }
        throw;
    }
    return id;
}

std::string MediaBrowser::create_playlist(const std::string& name, std::span<const std::string> tracks,
                                          const CancelToken& cancel) {
    check_playlist(name, tracks);
    return make_playlist(*connect(cancel), name, tracks, cancel);
}

bool MediaBrowser::remove_entries(const Session& session, const std::string& playlist, Refill& state) const {
    // Where an entry is called as its track is, of a track that is there twice one may stay.
    constexpr int kRounds = 3;
    for (int round = 0; round < kRounds; ++round) {
        std::vector<std::string> ids;
        for (mb::Entry& entry : read_entries(session, playlist, {})) {
            if (entry.id.empty()) http_.fail_reading("an entry of a playlist without an id");
            ids.push_back(std::move(entry.id));
        }
        ids = without_repeats(ids);
        state.old = ids.size();
        if (ids.empty()) return true;
        for (std::span<const std::string> rest(ids); !rest.empty();) {
            const auto batch = rest.first(std::min(kBatch, rest.size()));
            rest = rest.subspan(batch.size());
            const auto answer = send(
                session,
                {.method = "DELETE", .path = playlist_path(playlist), .query = {{dialect_.entries, comma_list(batch)}}},
                {}, {400});
            if (answer.status == 400) return false;
            state.begun = true;
            state.old = rest.size();
        }
    }
    throw Error(ErrorCode::server_failed,
                fmt::format("{} does not take tracks out of a playlist when it is told to.", http_.shown()));
}

bool MediaBrowser::refill(const Session& session, const ServerPlaylist& playlist, std::span<const std::string> tracks,
                          const CancelToken& cancel) const {
    cancel.check();
    Refill state;
    try {
        if (!remove_entries(session, playlist.id, state)) return false;
        add_tracks(session, playlist.id, tracks, state.added);
    } catch (const Error& error) {
        if (!state.begun && state.added == 0) throw;
        throw Error(error.code(),
                    fmt::format("{} The playlist \"{}\" now holds {} of its {} new tracks, and {} old ones.",
                                error.what(), playlist.name, state.added, tracks.size(), state.old));
    }
    verify_playlist(session, playlist.id, playlist.name, tracks, {});
    return true;
}

void MediaBrowser::remove_playlist(const Session& session, const std::string& playlist,
                                   const CancelToken& cancel) const {
    if (playlist.empty()) return;
    // The same call deletes an album with its files, so what it is is asked first.
    Call look = items_call(session);
    look.query.insert(look.query.end(), {{"Ids", playlist}, {"EnableImages", "false"}});
    bool there = false;
    each_row(
        session, look, 2,
        [&](const json::value& row) {
            if (text_at(row, "Id") != playlist) return;
            if (!mb::is_type(row, "Playlist")) {
                throw Error(ErrorCode::invalid_argument,
                            fmt::format("What is to be deleted on {} is no playlist.", http_.shown()));
            }
            there = true;
        },
        cancel);
    if (!there) return;
    const auto answer = send(session, deletion_call(playlist), cancel, {401, 404});
    if (answer.status != 401) return;
    // A user without the right to gets the same answer as one without a login.
    each_row(
        session, look, 1, [](const json::value&) {}, cancel);
    throw Error(ErrorCode::permission_denied,
                fmt::format("{} does not let this user, or an API key, delete that playlist.", http_.shown()));
}

void MediaBrowser::delete_playlist(const std::string& playlist, const CancelToken& cancel) {
    remove_playlist(*connect(cancel), playlist, cancel);
}

}  // namespace audiomuse::library
