#include "server/subsonic_scenarios.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "audiomuse/base/text.h"
#include "server/fixtures.h"
#include "server/json_read.h"
#include "support/temp_folder.h"

namespace audiomuse::library::testing {

namespace json = boost::json;
using testing_support::TempFolder;

const std::map<std::string, Fixture>& subsonic_fixtures() {
    static const std::map<std::string, Fixture> kAll = [] {
        std::map<std::string, Fixture> all;
        for (const std::string kind : {"navidrome", "supysonic"}) {
            for (const FixtureRow& row : fixtures_of(kind)) {
                Fixture& made = all[row.file];
                const auto start = row.request.find("/rest/") + 6;
                made.method = row.request.substr(start, row.request.find(".view") - start);
                const auto question = row.request.find('?');
                if (question != std::string::npos)
                    for (const std::string& pair : split(row.request.substr(question + 1), '&'))
                        made.parameters.emplace(pair.substr(0, pair.find('=')), pair.substr(pair.find('=') + 1));
                made.status = row.status;
                made.type = row.content_type;
                made.body = fixture(row.file);
            }
        }
        return all;
    }();
    return kAll;
}

namespace {

// --- what the adapter found, as text

std::string show(const std::vector<std::string>& lines) {
    return join(lines, " | ");
}
std::string show(const std::vector<ServerPlaylist>& playlists) {
    std::vector<std::string> lines;
    for (const ServerPlaylist& one : playlists)
        lines.push_back(fmt::format("{} {} {}", one.id, one.name, one.tracks));
    return show(lines);
}
std::string show(const std::vector<ServerAlbum>& albums) {
    std::vector<std::string> lines;
    for (const ServerAlbum& one : albums)
        lines.push_back(fmt::format("{} by {}: {}, {:.0f}", one.name, one.artist, one.tracks, one.added_at));
    return show(lines);
}
std::string show(const std::vector<MusicLibrary>& libraries) {
    std::vector<std::string> lines;
    for (const MusicLibrary& one : libraries)
        lines.push_back(one.id + " " + one.name);
    return show(lines);
}
std::string show(const ServerTrack& track) {
    const TrackTags& tags = track.tags;
    return fmt::format("{} by {} on {} by {}, {}/{} {} {}s, {} bytes, {} plays", tags.title, join(tags.artists, "+"),
                       tags.album, tags.album_artist, tags.disc_number, tags.track_number, tags.year, tags.duration_s,
                       track.size, track.play_count ? std::to_string(*track.play_count) : "unknown");
}
std::string list(MediaServer& server) {
    std::vector<std::string> lines;
    server.list_tracks([&](const ServerTrack& track) { lines.push_back(show(track)); }, {});
    std::ranges::sort(lines);
    return fmt::format("{}: {}", lines.size(), lines.empty() ? "" : lines.front());
}

// --- scenarios

std::vector<std::string> songs_of(const std::string& file) {
    std::vector<std::string> ids;
    each_at(json::parse(subsonic_fixtures().at(file).body), "subsonic-response.playlist.entry",
            [&](const json::value& entry) { ids.push_back(text_at(entry, "id")); });
    return ids;
}

std::string libraries(MediaServer& server) {
    return show(server.libraries({}));
}
std::string newest(MediaServer& server) {
    return show(server.newest_albums(500, {}));
}
std::string most_played(MediaServer& server) {
    std::vector<std::string> lines;
    for (const ServerTrack& track : server.most_played(2, {}))
        lines.push_back(fmt::format("{} {} {:.3f}", track.tags.title, *track.play_count, *track.last_played));
    return show(lines);
}
std::string lyrics(MediaServer& server) {
    return server.lyrics("SONG", {});
}
std::string playlists(MediaServer& server) {
    return show(server.playlists({}));
}
std::string playlist_size(MediaServer& server) {
    return std::to_string(server.playlist_tracks("PL", {}).size());
}
std::string create(MediaServer& server, const std::string& name, const std::vector<std::string>& tracks) {
    return server.create_playlist(name, tracks, {});
}
std::string remove(MediaServer& server) {
    server.delete_playlist("PL", {});
    return "gone";
}
std::string probe(MediaServer& server) {
    return server.probe({}).product;
}
std::string stamp(MediaServer& server) {
    return server.change_stamp({});
}
std::string fetch(MediaServer& server) {
    const TempFolder folder;
    server.fetch("nosuch", folder / "audio", {});
    return "fetched";
}
std::string replace(MediaServer& server, const std::vector<std::string>& tracks) {
    return server.replace_playlist({.id = "PL", .name = "Mix"}, tracks, {});
}

std::vector<Scenario> navidrome_scenarios() {
    const std::string n = "navidrome/";
    const Step folders{n + "getMusicFolders.json"};
    const std::map<std::string, std::string> by_name = {{"type", "alphabeticalByName"}};
    const Step albums{n + "getAlbumList2_newest.json", by_name};
    const Step no_more_albums{n + "getAlbumList2_past_end.json", {{"type", "alphabeticalByName"}, {"offset", "4"}}};
    const auto in_folder = [](std::string file, std::string id) {
        return Step{
            std::move(file),
            {{"type", "alphabeticalByName"}, {"size", "20"}, {"offset", "0"}, {"musicFolderId", std::move(id)}}};
    };
    const Step frequent{n + "getAlbumList2_frequent.json", {{"size", "500"}, {"offset", "0"}}};
    const Step no_more_frequent{n + "getAlbumList2_past_end.json", {{"type", "frequent"}, {"offset", "1"}}};
    const auto made = songs_of(n + "createPlaylist.json");
    const auto all_but_one = songs_of(n + "createPlaylist_unknown_song.json");
    const std::vector<std::string> with_unknown = {"nosuch", all_but_one.front()};
    const auto replaced = songs_of(n + "createPlaylist_replace.json");
    const Step none_yet{n + "getPlaylists_empty.json"};
    const auto as_playlist = [&](const std::string& file) {
        return Step{n + file, {{"id", "*"}, {"name", ""}, {"playlistId", ""}, {"songId", ""}}, "getPlaylist"};
    };
    const Step no_such_method{"supysonic/getLyricsBySongId.json", {{"p", ""}, {"t", "TOKEN"}, {"s", "SALT"}}};
    const std::string quiet_rooms = "Quiet Rooms by Anna Bell: 3, 1795353651";
    return {
        {"libraries", {folders}, libraries, "1 Music Library | 2 World"},
        {"libraries of a user", {{n + "getMusicFolders_limited_user.json"}}, libraries, "1 Music Library"},
        {"newest",
         {folders, {n + "getAlbumList2_newest.json"}, {n + "getAlbumList2_past_end.json", {{"offset", "4"}}}},
         newest,
         "Bølger #2 by Ørjan & Søn: 1, 1795353677 | Bølger #2 by Ørjan & Søn: 2, 1795353677 | " + quiet_rooms +
             " | Harbour Lights by Various Artists: 3, 1795353651"},
        {"newest of one library",
         {folders,
          in_folder(n + "getAlbumList2_folder.json", "2"),
          in_folder(n + "getAlbumList2_past_end.json", "1"),
          {n + "getAlbumList2_folder.json"},
          {n + "getAlbumList2_past_end.json", {{"offset", "2"}, {"musicFolderId", "2"}}}},
         newest,
         "Bølger #2 by Ørjan & Søn: 1, 1795353677 | Bølger #2 by Ørjan & Søn: 2, 1795353677",
         {"World"}},
        {"newest of a library that went away",
         {folders, in_folder(n + "getAlbumList2_unknown_folder.json", "2")},
         newest,
         "not_found",
         {"World"}},
        {"no type",
         {folders, {n + "getAlbumList2_missing_type.json", {{"type", "newest"}, {"size", "500"}, {"offset", "0"}}}},
         newest,
         "server_failed"},
        {"most played",
         {folders, frequent, {n + "getAlbum_played.json"}, no_more_frequent},
         most_played,
         "First Light 2 1795353856.731 | Slow Tide 1 1790000000.000"},
        {"most played but not by this user",
         {folders, frequent, {n + "getAlbum.json"}, no_more_frequent},
         most_played,
         ""},
        {"nothing played",
         {folders, {n + "getAlbumList2_frequent_none.json", {{"size", "500"}, {"offset", "0"}}}},
         most_played,
         ""},
        {"an album that went away", {folders, frequent, {n + "getAlbum_not_found.json"}}, most_played, "not_found"},
        {"tracks",
         {folders,
          albums,
          no_more_albums,
          {n + "search3_all.json", {{"songCount", "1"}}},
          {n + "search3_all.json"},
          {n + "search3_past_end.json", {{"songOffset", "9"}}}},
         list,
         "9: Bølge én by Ørjan & Søn on Bølger #2 by Ørjan & Søn, 1/1 2020 4s, 15517 bytes, 0 plays"},
        {"lyrics", {{n + "getLyricsBySongId_unsynced.json"}}, lyrics, "Morning comes in slowly\nOver paper walls"},
        {"lyrics with times", {{n + "getLyricsBySongId_synced.json"}}, lyrics, "Tide goes out\nTide comes in"},
        {"no lyrics", {{n + "getLyricsBySongId_none.json"}}, lyrics, ""},
        {"lyrics of an unknown song", {{n + "getLyricsBySongId_unknown_song.json"}}, lyrics, "not_found"},
        {"lyrics by name",
         {no_such_method, {n + "getSong.json"}, {n + "getLyrics.json"}},
         lyrics,
         "Morning comes in slowly\nOver paper walls"},
        {"lyrics by name of an unknown song", {no_such_method, {n + "getSong_not_found.json"}}, lyrics, "not_found"},
        {"no playlists", {none_yet}, playlists, ""},
        {"playlists",
         {{n + "getPlaylists.json"}},
         playlists,
         "JQc8MHtNFRH6bA1C2VpD2l Bad 1 | DTcus1c6dxc8wOg6gprI0W Empty 0 | 1FTfToUxFh5kZvnmA2KgIv Mix_automatic 2 | "
         "MSaTwxpigm8UXCbbJlCmms Renamed 1"},
        {"playlists of others", {{n + "getPlaylists_other_user.json"}}, playlists, ""},
        {"entries", {{n + "getPlaylist.json"}}, playlist_size, "5"},
        {"entries of none", {{n + "getPlaylist_not_found.json"}}, playlist_size, "not_found"},
        {"create",
         {none_yet, {n + "createPlaylist.json"}, as_playlist("createPlaylist.json")},
         [made](MediaServer& server) { return create(server, "Mix_automatic", made); },
         "1FTfToUxFh5kZvnmA2KgIv"},
        {"create with an unknown track",
         {none_yet,
          {n + "createPlaylist_unknown_song.json"},
          as_playlist("createPlaylist_unknown_song.json"),
          {n + "deletePlaylist.json"}},
         [with_unknown](MediaServer& server) { return create(server, "Bad", with_unknown); },
         "server_failed"},
        {"create without a name",
         {none_yet, {n + "createPlaylist_no_name.json", {{"name", "*"}}}},
         [made](MediaServer& server) { return create(server, "Name", {made.front()}); },
         "server_failed"},
        {"create with too many parameters",
         {none_yet, {n + "too_many_parameters.xml", {{"name", "*"}, {"songId", "*"}}}},
         [made](MediaServer& server) { return create(server, "Name", made); },
         "server_failed"},
        {"replace",
         {{n + "createPlaylist_replace.json"}, as_playlist("createPlaylist_replace.json")},
         [replaced](MediaServer& server) { return replace(server, replaced); },
         "PL"},
        {"replace what is gone",
         {{n + "createPlaylist_unknown_playlist.json"}},
         [replaced](MediaServer& server) { return replace(server, replaced); },
         "not_found"},
        {"empty",
         {{n + "getPlaylist.json"},
          {n + "updatePlaylist.json", {{"songIdToAdd", ""}, {"public", ""}, {"songIndexToRemove", "*"}}},
          as_playlist("createPlaylist_empty.json")},
         [](MediaServer& server) { return replace(server, {}); },
         "PL"},
        {"empty that of another",
         {{n + "getPlaylist.json"},
          {n + "updatePlaylist_not_owner.json", {{"songIdToAdd", ""}, {"songIndexToRemove", "*"}}}},
         [](MediaServer& server) { return replace(server, {}); },
         "permission_denied"},
        {"delete", {{n + "deletePlaylist.json"}}, remove, "gone"},
        {"delete again", {{n + "deletePlaylist_twice.json"}}, remove, "gone"},
        {"delete that of another", {{n + "deletePlaylist_not_owner.json"}}, remove, "permission_denied"},
        {"stamp", {{n + "getScanStatus.json"}}, stamp, "2026-11-22T13:21:16.73302279Z 9"},
        {"wrong password", {{n + "ping_wrong_password.json"}}, probe, "login_refused"},
        {"key", {{n + "ping_no_user.json"}}, probe, "login_refused", {}, true},
        {"fetch of an unknown track", {{n + "download_not_found.json"}}, fetch, "not_found"},
        {"gone in the middle", {{n + "ping.json"}, folders}, probe, "server_failed"},
    };
}

std::vector<Scenario> supysonic_scenarios() {
    const std::string s = "supysonic/";
    const Step folders{s + "getMusicFolders.json"};
    const auto token_first = [&](std::string method, std::map<std::string, std::string> more = {}) {
        return Step{s + "ping_token_auth.json", std::move(more), std::move(method)};
    };
    const auto songs = songs_of(s + "getPlaylist.json");
    const Step none_yet{s + "getPlaylists_empty.json"};
    const Step as_created{s + "getPlaylist.json", {{"id", "*"}}};
    const std::string first = "0e5e43f0-1011-424b-8046-6e38072363d1 Mix_automatic 1";
    const std::map<std::string, std::string> any_name = {{"name", "*"}, {"songId", "*"}};
    return {
        {"libraries", {token_first("getMusicFolders"), folders}, libraries, "1 Main | 2 World"},
        {"product", {token_first("ping"), {s + "ping.json"}}, probe, "server_failed"},
        {"wrong password", {token_first("ping"), {s + "ping_wrong_password.json"}}, probe, "login_refused"},
        {"newest",
         {token_first("getMusicFolders"),
          folders,
          {s + "getAlbumList2_newest.json"},
          {s + "getAlbumList2_past_end.json", {{"offset", "3"}}}},
         newest,
         "Harbour Lights by Various Artists: 3, 1795351511 | Bølger #2 by Ørjan & Søn: 3, 1795351511 | Quiet Rooms by "
         "Anna Bell: 3, 1795351510"},
        {"tracks",
         {token_first("getMusicFolders"),
          folders,
          {s + "getAlbumList2_newest.json", {{"type", "alphabeticalByName"}}},
          {s + "getAlbumList2_past_end.json", {{"type", "alphabeticalByName"}, {"offset", "3"}}},
          {s + "search3_all.json", {{"songCount", "1"}, {"artistCount", "0"}, {"albumCount", "0"}}},
          {s + "search3_all.json", {{"artistCount", "0"}, {"albumCount", "0"}}},
          {s + "search3_none.json",
           {{"query", ""}, {"songCount", "500"}, {"songOffset", "9"}, {"artistCount", "0"}, {"albumCount", "0"}}}},
         list,
         "9: Bølge én by Ørjan & Søn on Bølger #2 by Ørjan & Søn, 1/1 2020 4s, 15517 bytes, unknown plays"},
        {"tracks, album by album",
         {token_first("getMusicFolders"),
          folders,
          {s + "getAlbumList2_past_end.json", {{"type", "alphabeticalByName"}, {"offset", "0"}}},
          {s + "search3_none.json",
           {{"query", ""}, {"songCount", "1"}, {"songOffset", "0"}, {"artistCount", "0"}, {"albumCount", "0"}}},
          {s + "search3_quoted_empty.json",
           {{"songCount", "1"}, {"songOffset", "0"}, {"artistCount", "0"}, {"albumCount", "0"}}},
          {s + "getAlbumList2_newest.json", {{"type", "alphabeticalByName"}}},
          {s + "getAlbum.json"},
          {s + "getAlbum.json"}},
         list,
         "server_failed"},
        {"most played",
         {token_first("getMusicFolders"),
          folders,
          {s + "getAlbumList2_newest.json", {{"type", "frequent"}}},
          {s + "getAlbum.json"}},
         most_played,
         "unsupported"},
        {"lyrics",
         {token_first("getLyricsBySongId", {{"id", "*"}}),
          {s + "getLyricsBySongId.json"},
          {s + "getSong.json"},
          {s + "getLyrics.json"}},
         lyrics,
         "Morning comes in slowly\nOver paper walls"},
        {"no lyrics",
         {token_first("getLyricsBySongId", {{"id", "*"}}),
          {s + "getLyricsBySongId.json"},
          {s + "getSong.json"},
          {s + "getLyrics_none.json"}},
         lyrics,
         ""},
        {"lyrics of an unknown song",
         {token_first("getLyricsBySongId", {{"id", "*"}}),
          {s + "getLyricsBySongId.json"},
          {s + "getSong_not_found.json"}},
         lyrics,
         "not_found"},
        {"lyrics of an id of another form",
         {token_first("getLyricsBySongId", {{"id", "*"}}),
          {s + "getLyricsBySongId.json"},
          {s + "getSong_bad_id.json", {{"id", "*"}}}},
         lyrics,
         "server_failed"},
        {"playlists of others",
         {token_first("getPlaylists"), {s + "getPlaylists_other_user.json"}},
         playlists,
         "625a2258-8bca-42bc-a236-8a898d9673bb [alice] Long_public 1000"},  // recorded by bob; here it is alice's
        {"create",
         {token_first("getPlaylists"), none_yet, {s + "createPlaylist.json"}, {s + "getPlaylists.json"}, as_created},
         [songs](MediaServer& server) { return create(server, "Mix_automatic", songs); },
         "0e5e43f0-1011-424b-8046-6e38072363d1"},
        {"create with an unknown track",
         {token_first("getPlaylists"), none_yet, {s + "createPlaylist_unknown_song.json", any_name}},
         [songs](MediaServer& server) { return create(server, "Bad", songs); },
         "not_found"},
        {"an address that is too long",
         {token_first("getPlaylists"), none_yet, {s + "request_line_too_long.html", any_name, "createPlaylist"}},
         [songs](MediaServer& server) { return create(server, "Bad", songs); },
         "server_failed"},
        {"empty",
         {token_first("getPlaylist", {{"id", "*"}}),
          as_created,
          {s + "updatePlaylist.json", {{"songIdToAdd", ""}, {"songIndexToRemove", "*"}}},
          as_created},
         [](MediaServer& server) { return replace(server, {}); },
         "server_failed"},
        {"delete", {token_first("deletePlaylist", {{"id", "*"}}), {s + "deletePlaylist.json"}}, remove, "gone"},
        {"delete again",
         {token_first("deletePlaylist", {{"id", "*"}}), {s + "deletePlaylist_twice.json"}},
         remove,
         "gone"},
        {"delete that of another",
         {token_first("deletePlaylist", {{"id", "*"}}), {s + "deletePlaylist_not_owner.json"}},
         remove,
         "permission_denied"},
    };
}

}  // namespace

std::vector<Scenario> subsonic_scenarios() {
    auto all = navidrome_scenarios();
    for (Scenario& scenario : supysonic_scenarios())
        all.push_back(std::move(scenario));
    return all;
}

}  // namespace audiomuse::library::testing
