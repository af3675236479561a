// Playlists.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>
#include <set>

#include "audiomuse/base/text.h"
#include "audiomuse/features/playlists/m3u8.h"
#include "audiomuse/servers/account.h"
#include "audiomuse/servers/playlist.h"
#include "backend.h"
#include "cards.h"
#include "errors.h"
#include "json.h"
#include "list_profile.h"
#include "media_server_slot.h"
#include "who_asks.h"

namespace audiomuse::api {
namespace {

constexpr std::size_t kMostTracks = 10'000;
constexpr int kMostSameNames = 1000;

std::vector<store::TrackRow> rows_of(Backend& backend, PlaylistId id) {
    const std::vector<TrackId> ids = backend.context.store.playlists().tracks(id);
    return backend.context.store.tracks().get(ids);
}

json::object list_json(Backend& backend, const store::Playlist& list, const std::vector<store::TrackRow>& rows) {
    return {{"id", list.id.value},
            {"name", list.name},
            {"kind", list.kind == store::PlaylistKind::automatic ? "automatic" : "own"},
            {"shared", !list.owner},
            {"track_count", list.track_count},
            {"duration_s", rounded(list.duration_s, 1)},
            {"created_at", list.created_at},
            {"updated_at", list.updated_at},
            {"recipe", parse_stored_object(list.recipe)},
            {"profile", list_profile(backend, rows)},
            {"covers", list_covers(rows)}};
}

store::Playlist require_list(Backend& backend, const Call& call, const std::string& id_text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(id_text.data(), id_text.data() + id_text.size(), number);
    std::optional<store::Playlist> list;
    if (error == std::errc() && end == id_text.data() + id_text.size()) {
        list = visible_list(backend, call, PlaylistId{number});
    }
    if (!list) throw Error(ErrorCode::not_found, fmt::format("There is no playlist {}.", id_text));
    return std::move(*list);
}

Response one_list(Backend& backend, const Call& call, int status, PlaylistId id) {
    const store::Playlist list = require_list(backend, call, std::to_string(id.value));
    return json_response(status, list_json(backend, list, rows_of(backend, id)));
}

struct AskedTracks {
    bool like_audiomuse_ai = false;  ///< repeats and what is no id are left out
    std::optional<ServerId> server;  ///< whose ids they are; nothing: the default one's, or any other's
};

/// Track ids of a body's list: texts, whole numbers, or objects with item_id. Throws Error(invalid_argument) naming
/// those that are not in the library, so that no list is saved shorter than it was asked for.
std::vector<TrackId> track_ids(Backend& backend, const json::array& items, const AskedTracks& asked) {
    if (items.size() > kMostTracks) {
        throw Error(ErrorCode::invalid_argument, fmt::format("A playlist holds at most {} tracks.", kMostTracks));
    }
    std::vector<std::string> item_ids;
    std::set<std::string> seen;
    for (const json::value& item : items) {
        const json::value* value = item.is_object() ? item.get_object().if_contains("item_id") : &item;
        std::string item_id;
        if (value && value->is_string()) {
            item_id = std::string_view(value->get_string());
        } else if (value && value->is_int64()) {
            item_id = std::to_string(value->get_int64());
        } else if (!asked.like_audiomuse_ai) {
            throw Error(ErrorCode::invalid_argument,
                        "A track is named by its id, as a text or a whole number, or by an object with item_id.");
        }
        if (item_id.empty() || (!seen.insert(item_id).second && asked.like_audiomuse_ai)) continue;
        item_ids.push_back(std::move(item_id));
    }
    const auto found = backend.context.store.tracks().by_item_ids(item_ids, asked.server);
    std::vector<TrackId> ids;
    std::vector<std::string> unknown;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i]) {
            ids.push_back(*found[i]);
        } else if (unknown.size() < 10) {
            unknown.push_back(item_ids[i]);
        }
    }
    if (!unknown.empty()) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("These tracks are not in the library: {}.", fmt::join(unknown, ", ")));
    }
    return ids;
}

// --- AudioMuse-AI's routes

Response playlists(Backend& backend, const Call& call) {
    const auto server = selected_server(backend, call);
    json::object by_name;
    for (const store::Playlist& list : backend.context.store.playlists().list()) {
        if (list.kind != store::PlaylistKind::automatic) continue;
        json::array lines;
        std::vector<store::TrackRow> rows = rows_of(backend, list.id);
        speak_ids_of(backend, server, rows);
        for (const store::TrackRow& row : rows)
            lines.push_back(track_line(row));
        const bool suffixed = list.name.find("_automatic") != std::string::npos;
        by_name[suffixed ? list.name : list.name + "_automatic"] = std::move(lines);
    }
    return json_response(200, by_name);
}

/// The media server that an instant playlist goes to: the one that is asked for, else the default one. Nothing when
/// that is the music folders.
std::optional<store::ServerRow> target_of(Backend& backend, std::optional<ServerId> asked) {
    for (store::ServerRow& server : backend.context.store.servers().all()) {
        if (asked ? server.id != *asked : !server.is_default) continue;
        if (library::parse_kind(server.type)) return std::move(server);
    }
    return std::nullopt;
}

/// Another user of the server, by the names of AudioMuse-AI: Jellyfin user_identifier and token, Emby user_id and
/// token, Navidrome user and password. What is left out stays as it is kept. Returns whether anything was named.
bool act_as(const json::object& creds, library::ServerAccount& account) {
    bool named = false;
    const auto take = [&](std::string_view name, std::string& field) {
        const json::value* value = creds.if_contains(name);
        if (value && value->is_string() && !value->get_string().empty()) {
            field = std::string_view(value->get_string());
            named = true;
        }
    };
    take("user_identifier", account.user);
    take("user_id", account.user);
    take("user", account.user);
    take("token", account.token);
    if (creds.contains("password")) account.token.clear();  // a key would go before the other user's password
    take("password", account.password);
    return named;
}

/// Returns the server's id of a new playlist that holds exactly `tracks`. It is of whom `creds` names, else of the
/// account that who asks has linked, else of the household's.
std::string write_to(Backend& backend, const Call& call, const store::ServerRow& server, const std::string& name,
                     std::span<const TrackId> tracks, const json::object& creds) {
    const std::vector<std::string> item_ids = backend.context.store.tracks().item_ids_on(server.id, tracks);
    if (const auto missing = std::ranges::count(item_ids, std::string())) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("{} does not have {} of these {} tracks.", server.name, missing, item_ids.size()));
    }
    const auto create = [&](const library::ServerAccount& account) {
        const MediaServerSlot slot(backend);
        return servers::create_verified_playlist(*backend.context.connect(account), name, item_ids,
                                                 backend.stopping.token());
    };
    library::ServerAccount account = patient_account(server);
    const bool named = act_as(creds, account);
    const bool brought = !text_field(creds, "token").empty() || !text_field(creds, "password").empty();
    if (named) require_own_proof(call, server, account, brought);
    try {
        if (named) return with_own_proof(backend, call, [&] { return create(account); });
        const auto linked = backend.context.store.servers().account(listener_of(call), server.id);
        return create(linked ? patient_account(servers::as_user(server, *linked)) : account);
    } catch (const HttpError&) {
        throw;
    } catch (const Error& error) {
        throw Error(error.code(),
                    fmt::format("An error occurred while creating the playlist on the media server. {}", error.what()));
    }
}

/// In the store no two own playlists of one owner are called alike: they are numbered. Returns id and name.
std::pair<PlaylistId, std::string> create_numbered(store::Playlists& playlists, const std::string& wanted,
                                                   std::span<const TrackId> tracks, UserId owner) {
    for (int number = 1;; ++number) {
        std::string name = wanted + (number == 1 ? "" : fmt::format(" ({})", number));
        try {
            const PlaylistId id = playlists.create(name, store::PlaylistKind::own, "{}", tracks, owner);
            return {id, std::move(name)};
        } catch (const Error& error) {
            if (error.code() != ErrorCode::conflict || number == kMostSameNames) throw;
        }
    }
}

/// The server that a playlist is for, as the query or the body names it.
std::optional<ServerId> asked_server(Backend& backend, const Call& call, const json::object& body) {
    std::optional<ServerId> server = selected_server(backend, call);
    for (const std::string_view field : {"server", "server_id"}) {
        if (const std::string_view called = text_field(body, field); !server && !called.empty())
            server = server_called(backend, std::string(called));
    }
    return server;
}

struct InstantPlaylist {
    std::string name;
    std::string id;
    bool on_media_server = false;  // name and id are those it has there
};

/// Saves tracks as "<given>_instant" on the media server that the playlist is for, if any, and here.
InstantPlaylist save_instant(Backend& backend, const Call& call, std::string_view given,
                             std::span<const TrackId> tracks, std::optional<ServerId> server,
                             const json::object& body) {
    std::string name = fmt::format("{}_instant", given);
    std::string id_there;
    const auto target = target_of(backend, server);
    if (target) {
        const json::value* creds = body.if_contains("user_creds");
        id_there = write_to(backend, call, *target, name, tracks, creds ? creds->get_object() : json::object());
    }
    auto [id, name_here] = create_numbered(backend.context.store.playlists(), name, tracks, listener_of(call));
    publish_playlists(backend);
    // A media server keeps several playlists of one name.
    if (target) return {std::move(name), std::move(id_there), true};
    return {std::move(name_here), std::to_string(id.value), false};
}

Response create_playlist(Backend& backend, const Call& call) {
    const json::object body = call.body();
    const std::string_view given = trim(text_field(body, "playlist_name"));
    if (given.empty()) throw Error(ErrorCode::invalid_argument, "Missing 'playlist_name'");
    const std::optional<ServerId> server = asked_server(backend, call, body);
    std::vector<TrackId> ids;
    if (const json::value* items = body.if_contains("track_ids"))
        ids = track_ids(backend, items->get_array(), {.like_audiomuse_ai = true, .server = server});
    if (ids.empty()) {
        throw Error(ErrorCode::invalid_argument, "No valid track IDs were provided to create the playlist");
    }
    const InstantPlaylist made = save_instant(backend, call, given, ids, server, body);
    return json_response(
        201, {{"message", fmt::format("Playlist '{}' created successfully!", made.name)}, {"playlist_id", made.id}});
}

InstantPlaylist create_from_chat(Backend& backend, const Call& call) {
    const json::object body = call.body();
    const json::value* items = body.if_contains("item_ids");
    if (!body.contains("playlist_name") || !items)
        throw Error(ErrorCode::invalid_argument, "Missing playlist_name or item_ids in request");
    const std::string_view given = trim(text_field(body, "playlist_name"));
    if (given.empty()) throw Error(ErrorCode::invalid_argument, "Playlist name cannot be empty.");
    const std::optional<ServerId> server = asked_server(backend, call, body);
    const std::vector<TrackId> ids =
        track_ids(backend, items->get_array(), {.like_audiomuse_ai = true, .server = server});
    if (ids.empty()) throw Error(ErrorCode::invalid_argument, "No songs provided to create the playlist.");
    return save_instant(backend, call, given, ids, server, body);
}

/// create_playlist with the names of AudioMuse-AI's chat, whose page shows "message" whatever became of it.
Response chat_create_playlist(Backend& backend, const Call& call) {
    try {
        const InstantPlaylist made = create_from_chat(backend, call);
        return json_response(200,
                             {{"message", fmt::format("Successfully created playlist '{}'{} with ID: {}", made.name,
                                                      made.on_media_server ? " on the media server" : "", made.id)}});
    } catch (...) {
        const Response failure = exception_response(std::current_exception(), "POST /chat/api/create_playlist");
        json::object body = parse_stored_object(std::get<std::string>(failure.body));
        body["message"] = fmt::format("Error: {}", text_field(body, "error"));
        return json_response(failure.status, body);
    }
}

// --- The page's routes

Response lists(Backend& backend, const Call& call) {
    store::Store& store = backend.context.store;
    const auto all = backend.lists.get(store.change_counter(), steady_now(), [&] {
        std::vector<OwnedJson> made;
        for (const store::Playlist& list : store.playlists().list())
            made.push_back({list.owner, list_json(backend, list, rows_of(backend, list.id))});
        return made;
    });
    json::array visible;
    for (const OwnedJson& list : *all) {
        if (store::may_see(list.owner, listener_of(call))) visible.push_back(list.json);
    }
    return json_response(200, {{"lists", std::move(visible)}});
}

Response list(Backend& backend, const Call& call) {
    const store::Playlist found = require_list(backend, call, call.text("id"));
    const std::vector<store::TrackRow> rows = rows_of(backend, found.id);
    json::object answer = list_json(backend, found, rows);
    answer["tracks"] = track_cards(backend, rows);
    return json_response(200, answer);
}

Response create_list(Backend& backend, const Call& call) {
    const json::object body = call.body();
    std::vector<TrackId> ids;
    if (const json::value* items = body.if_contains("track_ids")) ids = track_ids(backend, items->get_array(), {});
    const PlaylistId id = backend.context.store.playlists().create(
        std::string(trim(text_field(body, "name"))), store::PlaylistKind::own, "{}", ids, listener_of(call));
    publish_playlists(backend);
    return one_list(backend, call, 201, id);
}

Response change_list(Backend& backend, const Call& call) {
    store::Playlists& playlists = backend.context.store.playlists();
    const PlaylistId id = require_list(backend, call, call.text("id")).id;
    const json::object body = call.body();
    // Both are checked before either is changed.
    std::optional<std::vector<TrackId>> ids;
    if (const json::value* items = body.if_contains("track_ids")) ids = track_ids(backend, items->get_array(), {});
    if (body.contains("name")) playlists.rename(id, std::string(trim(text_field(body, "name"))));
    if (ids) playlists.set_tracks(id, *ids);
    publish_playlists(backend);
    return one_list(backend, call, 200, id);
}

Response delete_list(Backend& backend, const Call& call) {
    backend.context.store.playlists().remove(require_list(backend, call, call.text("id")).id);
    publish_playlists(backend);
    Response response;
    response.status = 204;
    return response;
}

Response m3u8_response(std::string_view file, const std::string& name, const std::vector<store::TrackRow>& rows) {
    Response response;
    response.headers = {
        {"Content-Type", "audio/x-mpegurl; charset=utf-8"},
        {"Content-Disposition", fmt::format("attachment; filename=\"{}.m3u8\"; filename*=UTF-8''{}.m3u8", file,
                                            percent_encode(features::safe_file_name(name)))}};
    response.body = features::to_m3u8(rows, {.name = name, .relative_to = {}});
    return response;
}

Response export_list(Backend& backend, const Call& call) {
    const store::Playlist found = require_list(backend, call, call.text("id"));
    return m3u8_response(fmt::format("playlist-{}", found.id.value), found.name, rows_of(backend, found.id));
}

/// What is on no list: what a search has found.
Response export_tracks(Backend& backend, const Call& call) {
    const json::object body = call.body();
    const json::value* items = body.if_contains("track_ids");
    const std::vector<TrackId> ids = track_ids(backend, items ? items->get_array() : json::array(), {});
    const std::string name(trim(text_field(body, "name")));
    return m3u8_response("playlist", name.empty() ? "AudioMuse" : name, backend.context.store.tracks().get(ids));
}

}  // namespace

std::vector<Route> list_routes() {
    using enum ParamType;
    const Param id = {.name = "id", .in = In::path, .help = "Id of the playlist.", .required = true};
    const Param track_ids = {.name = "track_ids", .in = In::body, .type = array, .help = "Ids of tracks, in order."};
    const auto for_server = [](std::vector<Param> params) {
        params.push_back({.name = "server",
                          .in = In::body,
                          .help =
                              "Name or id of the media server that it is for, whose ids are meant; else the default "
                              "one. Also in the query."});
        params.push_back({.name = "server_id", .in = In::body, .help = "Another name of server."});
        params.push_back(
            {.name = "user_creds",
             .in = In::body,
             .type = object,
             .help = "Another user of that server: user_identifier, user_id or user, with token or password."});
        return params;
    };
    return {
        {Method::get, "/api/playlists", "playlists", playlists, Right::read, with_server({})},
        {Method::post, "/api/create_playlist", "create_playlist", create_playlist, Right::playlists,
         for_server({{.name = "playlist_name", .in = In::body, .help = "The name, without _instant.", .required = true},
                     {.name = "track_ids",
                      .in = In::body,
                      .type = array,
                      .help = "Ids, or objects with item_id; repeats are dropped."}}),
         kWaits},
        {Method::post, "/chat/api/create_playlist", "chat_create_playlist", chat_create_playlist, Right::playlists,
         for_server({{.name = "playlist_name", .in = In::body, .help = "The name, without _instant; must be given."},
                     {.name = "item_ids", .in = In::body, .type = array, .help = "Ids of tracks; must be given."}}),
         kWaits},
        {Method::get, "/api/lists", "lists", lists, Right::read, {}},
        {Method::post,
         "/api/lists",
         "create_list",
         create_list,
         Right::playlists,
         {{.name = "name", .in = In::body, .help = "Up to 200 characters.", .required = true}, track_ids}},
        {Method::post,
         "/api/lists/export.m3u8",
         "export_tracks",
         export_tracks,
         Right::read,
         {{.name = "name", .in = In::body, .help = "The name in the file."}, track_ids}},
        {Method::get, "/api/lists/{id}", "list", list, Right::read, {id}},
        {Method::patch,
         "/api/lists/{id}",
         "change_list",
         change_list,
         Right::playlists,
         {id, {.name = "name", .in = In::body, .help = "The new name."}, track_ids}},
        {Method::del, "/api/lists/{id}", "delete_list", delete_list, Right::playlists, {id}},
        {Method::get, "/api/lists/{id}/export.m3u8", "export_list", export_list, Right::read, {id}},
    };
}

}  // namespace audiomuse::api
