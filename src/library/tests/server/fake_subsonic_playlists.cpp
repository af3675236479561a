// The playlists and the folders of the fake Subsonic server.
#include <boost/json/array.hpp>
#include <functional>
#include <set>

#include "server/fake_subsonic.h"

namespace audiomuse::library::testing {

namespace json = boost::json;

FakeSubsonic::Object FakeSubsonic::show(std::int64_t number, const FakePlaylist& playlist, bool entries) const {
    const bool foreign_name = supysonic() && !playlist.own;
    Object shown{{"id", playlist_id(number)},
                 {"name", foreign_name ? "[other] " + playlist.name : playlist.name},
                 {"songCount", playlist.tracks.size()},
                 {"duration", 12},
                 {"owner", playlist.own ? kUser : "other"},
                 {"created", time_of(1'700'000'000)}};
    if (supysonic()) shown["public"] = !playlist.own;
    if (!supysonic()) {
        if (!playlist.own) shown["public"] = true;
        shown["readonly"] = !playlist.own || playlist.smart;
    }
    if (!entries) return shown;
    json::array rows;
    for (const std::int64_t track : playlist.tracks)
        rows.push_back(show_track(track));
    if (!rows.empty()) shown["entry"] = rows;
    return shown;
}

WebAnswer FakeSubsonic::playlists() const {
    json::array rows;
    for (const auto& [number, playlist] : state_.playlists)
        rows.push_back(show(number, playlist, false));
    return ok("playlists", rows.empty() ? Object{} : Object{{"playlist", rows}});
}

WebAnswer FakeSubsonic::playlist(const WebRequest& request) const {
    const auto number = number_of('p', request.value("id"));
    const auto found = number ? state_.playlists.find(*number) : state_.playlists.end();
    if (found == state_.playlists.end()) return failed(70, "playlist not found");
    return ok("playlist", show(*number, found->second, true));
}

WebAnswer FakeSubsonic::not_owner() const {
    return navidrome() ? failed(0, "Internal Server Error: permission denied")
                       : failed(50, "User is not authorized for the given operation.");
}

WebAnswer FakeSubsonic::create_playlist(const WebRequest& request) {
    std::vector<std::int64_t> songs;
    for (const std::string& id : request.values("songId")) {
        if (!well_formed(id)) return failed(0, "ValueError: badly formed hexadecimal UUID string");
        if (const auto track = track_of(id)) {
            songs.push_back(*track);
        } else if (!navidrome()) {
            return failed(70, "Track not found");
        }
    }
    if (state_.drops_last && !songs.empty()) songs.pop_back();
    std::int64_t number = 0;
    if (const std::string id = request.value("playlistId"); !id.empty()) {
        const auto known = number_of('p', id);
        if (!known || !state_.playlists.contains(*known)) return failed(70, "data not found");
        number = *known;
        if (!state_.playlists[number].own) return not_owner();
    } else {
        if (request.value("name").empty())
            return failed(0, "Internal Server Error: required parameter name is missing");
        number = state_.next_playlist++;
        state_.playlists[number] = {.name = request.value("name")};
    }
    if (!(navidrome() && songs.empty())) state_.playlists[number].tracks = songs;
    return supysonic() ? ok() : ok("playlist", show(number, state_.playlists[number], true));
}

WebAnswer FakeSubsonic::update_playlist(const WebRequest& request) {
    const auto number = number_of('p', request.value("playlistId"));
    if (!number || !state_.playlists.contains(*number)) return failed(70, "playlist not found");
    FakePlaylist& playlist = state_.playlists[*number];
    if (!playlist.own) return not_owner();
    std::set<std::int64_t, std::greater<>> gone;
    for (const std::string& index : request.values("songIndexToRemove"))
        gone.insert(parse(index).value_or(-1));
    for (const std::int64_t index : gone)
        if (index >= 0 && index < std::ssize(playlist.tracks)) playlist.tracks.erase(playlist.tracks.begin() + index);
    for (const std::string& id : request.values("songIdToAdd"))
        if (const auto track = track_of(id)) playlist.tracks.push_back(*track);
    if (state_.drops_last && !playlist.tracks.empty()) playlist.tracks.pop_back();
    return ok();
}

WebAnswer FakeSubsonic::delete_playlist(const WebRequest& request) {
    const auto number = number_of('p', request.value("id"));
    const auto found = number ? state_.playlists.find(*number) : state_.playlists.end();
    if (found == state_.playlists.end())
        return navidrome() && !habits.deletes_only_once ? ok() : failed(70, "Playlist not found");
    if (!found->second.own) return not_owner();
    state_.playlists.erase(found);
    return ok();
}

// --- folders

// Directory 1 + library holds directories 1000 + album.
WebAnswer FakeSubsonic::indexes(const WebRequest& request) const {
    const std::int64_t modified = 1'700'000'000'000 + state_.scans * 1000;
    Object shown{{"lastModified", modified}, {"ignoredArticles", "The"}};
    const auto since = parse(request.value("ifModifiedSince"));
    if (since && *since > modified) return ok("indexes", shown);
    const std::int64_t library = library_of(request);
    if (library < 0 || library >= kFakeLibraries) return failed(70, "Folder not found");
    if (tracks() > 0) {
        const Object artist{{"id", id_of('d', 1 + library)}, {"name", "Various Artists"}};
        shown["index"] = json::array{Object{{"name", "V"}, {"artist", json::array{artist}}}};
    }
    return ok("indexes", shown);
}

WebAnswer FakeSubsonic::directory(const WebRequest& request) const {
    const auto number = number_of('d', request.value("id"));
    if (!number) return failed(70, "Folder not found");
    json::array children;
    if (*number < 1000) {
        for (std::int64_t i = 0; i < album_count(); ++i)
            if (fake_track(i * 10).library == *number - 1)
                children.push_back(Object{{"id", id_of('d', 1000 + i)}, {"isDir", true}, {"title", "Album"}});
    } else {
        const std::int64_t album = *number - 1000;
        for (std::int64_t i = album * 10; i < std::min(album * 10 + 10, tracks()); ++i)
            children.push_back(show_track(i));
    }
    Object shown{{"id", request.value("id")}, {"name", "Directory"}};
    if (!children.empty()) shown["child"] = children;
    return ok("directory", shown);
}

}  // namespace audiomuse::library::testing
