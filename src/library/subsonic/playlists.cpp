#include "subsonic/playlists.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "server/json_read.h"

namespace audiomuse::library::subsonic {

namespace json = boost::json;

namespace {

constexpr const char* kAnswersWithPlaylist = "1.14";  // the first API version that tells what it made

bool is_among(const std::vector<PlaylistRow>& rows, const std::string& id) {
    return std::ranges::any_of(rows, [&](const PlaylistRow& row) { return row.playlist.id == id; });
}

}  // namespace

std::vector<PlaylistRow> Playlists::rows_of(const std::string& user, const CancelToken& cancel) const {
    const json::value content = session_.ask("getPlaylists", {}, cancel);
    const std::string folded = fold(user);
    std::vector<PlaylistRow> rows;
    session_.each_row(content, "playlists", "playlist", [&](const json::value& one) {
        PlaylistRow row = read_playlist(one);
        if (row.playlist.id.empty()) session_.fail_reading("a playlist without an id");
        const bool of_another = !row.owner.empty() && !user.empty() && fold(row.owner) != folded;
        if (!row.read_only && !of_another) rows.push_back(std::move(row));
    });
    return rows;
}

std::vector<ServerPlaylist> Playlists::own(const std::string& user, const CancelToken& cancel) const {
    std::vector<ServerPlaylist> playlists;
    for (PlaylistRow& row : rows_of(user, cancel))
        playlists.push_back(std::move(row.playlist));
    return playlists;
}

std::vector<std::string> Playlists::tracks(const std::string& playlist, const CancelToken& cancel) const {
    const json::value content = session_.ask("getPlaylist", {{"id", playlist}}, cancel);
    if (!member(content, "playlist").is_object()) session_.fail_reading("no playlist");
    std::vector<std::string> ids;
    session_.each_row(content, "playlist", "entry", [&](const json::value& entry) {
        ids.push_back(text_at(entry, "id"));
        if (ids.back().empty()) session_.fail_reading("a track without an id");
    });
    return ids;
}

/// Sends as many of `ids` as go into one request, and cuts them off.
Response Playlists::change(std::string_view method, const Pairs& parameters, const std::string& key, Ids& ids,
                           const CancelToken& cancel) const {
    for (;;) {
        const Ids some = ids.first(std::min(ids.size(), session_.change_size()));
        Pairs all = parameters;
        for (const std::string& id : some)
            all.emplace_back(key, id);
        auto response = session_.try_change(method, all, cancel);
        if (!response) continue;  // it takes no forms
        if (!response->ok) session_.fail(*response);
        ids = ids.subspan(some.size());
        return std::move(*response);
    }
}

void Playlists::append(const std::string& playlist, Ids ids, const CancelToken& cancel) const {
    while (!ids.empty())
        change("updatePlaylist", {{"playlistId", playlist}}, "songIdToAdd", ids, cancel);
}

/// createPlaylist without songs leaves Navidrome's as they are.
void Playlists::clear(const std::string& playlist, const CancelToken& cancel) const {
    std::vector<std::string> positions;
    for (std::size_t i = tracks(playlist, cancel).size(); i > 0; --i)  // from the end: the others keep their places
        positions.push_back(std::to_string(i - 1));
    for (Ids left = positions; !left.empty();)
        change("updatePlaylist", {{"playlistId", playlist}}, "songIndexToRemove", left, cancel);
}

/// Makes the playlist of the first of `ids`, which are cut off; returns its id.
std::string Playlists::begin(const std::string& name, Ids& ids, const std::string& user,
                             const CancelToken& cancel) const {
    const auto tells = [&] {
        const std::string version = session_.server().api_version;
        return !version.empty() && !older(version, kAnswersWithPlaylist);
    };
    std::unique_lock<std::mutex> lock;
    std::vector<PlaylistRow> before;
    if (!tells()) {
        lock = std::unique_lock(creating_);
        before = rows_of(user, cancel);
    }
    const Response response = change("createPlaylist", {{"name", name}}, "songId", ids, cancel);
    if (std::string id = text_at(response.content, "playlist.id"); !id.empty()) return id;
    // An old server says nothing but "ok": the playlist is the one that was not there before.
    std::vector<PlaylistRow> fresh = rows_of(user, cancel);
    std::erase_if(
        fresh, [&](const PlaylistRow& row) { return row.playlist.name != name || is_among(before, row.playlist.id); });
    const auto newest = std::ranges::max_element(fresh, {}, &PlaylistRow::created_at);
    if (newest == fresh.end()) {
        throw Error(
            ErrorCode::server_failed,
            fmt::format("{} says that it made the playlist \"{}\", but does not list it.", session_.shown(), name));
    }
    return newest->playlist.id;
}

void Playlists::verify(const ServerPlaylist& playlist, Ids wanted, const CancelToken& cancel) const {
    const auto there = tracks(playlist.id, cancel);
    if (std::ranges::equal(there, wanted)) return;
    const std::string what =
        there.size() == wanted.size()
            ? fmt::format("other tracks than those {} that were sent, or another order", there.size())
            : fmt::format("{} tracks instead of {}", there.size(), wanted.size());
    throw Error(
        ErrorCode::server_failed,
        fmt::format("{} has the playlist \"{}\" with {}. If files were moved or removed there, read its library "
                    "again first.",
                    session_.shown(), playlist.name, what));
}

std::string Playlists::create(const std::string& name, Ids tracks, const std::string& user,
                              const CancelToken& cancel) const {
    if (trim(name).empty() || tracks.empty())
        throw Error(ErrorCode::invalid_argument, "A playlist needs a name and at least one track.");
    Ids left = tracks;
    std::string id = begin(name, left, user, cancel);
    try {
        append(id, left, cancel);
        verify({.id = id, .name = name}, tracks, cancel);
    } catch (const Error&) {
        try {
            remove(id, {});  // even when the rest was cancelled
        } catch (const Error& error) {
            log::warn("The unfinished playlist \"{}\" could not be removed again: {}", name, error.what());
        }
        throw;
    }
    return id;
}

void Playlists::replace(const ServerPlaylist& playlist, Ids tracks, const CancelToken& cancel) const {
    if (tracks.empty()) {
        clear(playlist.id, cancel);
    } else {
        Ids left = tracks;
        change("createPlaylist", {{"playlistId", playlist.id}}, "songId", left, cancel);
        append(playlist.id, left, cancel);
    }
    verify(playlist, tracks, cancel);
}

void Playlists::remove(const std::string& playlist, const CancelToken& cancel) const {
    for (;;) {
        const auto response = session_.try_change("deletePlaylist", {{"id", playlist}}, cancel);
        if (!response) continue;  // it takes no forms
        if (!response->ok && response->error != kNotFound) session_.fail(*response);
        return;
    }
}

}  // namespace audiomuse::library::subsonic
