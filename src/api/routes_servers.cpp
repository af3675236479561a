// The media servers that music comes from.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <charconv>
#include <filesystem>
#include <tuple>

#include "backend.h"
#include "errors.h"
#include "job_json.h"
#include "media_server_slot.h"
#include "route.h"
#include "server_json.h"

namespace audiomuse::api {
namespace {

/// An error about a field of the form names the field beside the sentence.
Response refusal(const FieldError& error) {
    return json_response(http_status(error.code()),
                         {{"error", error.what()}, {"error_code", code_name(error.code())}, {"field", error.field()}});
}

template <Response (*handler)(Backend&, const Call&)>
Response naming_fields(Backend& backend, const Call& call) {
    try {
        return handler(backend, call);
    } catch (const FieldError& error) {
        return refusal(error);
    }
}

store::ServerRow require_server(Backend& backend, std::string_view id_text) {
    ServerId id;
    const auto [end, error] = std::from_chars(id_text.data(), id_text.data() + id_text.size(), id.value);
    std::optional<store::ServerRow> server;
    if (error == std::errc() && end == id_text.data() + id_text.size()) {
        server = backend.context.store.servers().get(id);
    }
    if (!server) throw Error(ErrorCode::not_found, "Unknown server.");
    return std::move(*server);
}

/// One that may be changed here.
store::ServerRow require_media_server(Backend& backend, std::string_view id_text) {
    store::ServerRow server = require_server(backend, id_text);
    if (!library::parse_kind(server.type)) {
        throw Error(ErrorCode::invalid_argument,
                    "The music folders of this machine are set where the program is started, not here.");
    }
    return server;
}

library::ServerKind require_kind(const json::object& body) {
    const json::value* given = body.if_contains("server_type");
    if (!given) given = body.if_contains("type");
    if (!given) throw Error(ErrorCode::invalid_argument, "Missing 'server_type'");
    const auto kind = library::parse_kind(given->get_string());
    if (!kind) {
        throw Error(ErrorCode::invalid_argument,
                    "'server_type' must be jellyfin, emby, navidrome, lyrion, plex or mpd.");
    }
    return *kind;
}

/// What an account lacks that has a good address.
std::string missing_field(const Error& error, const library::ServerAccount& account) {
    using enum library::ServerKind;
    if (account.kind == mpd) return field_of(error, account);
    const bool takes_keys = account.kind == jellyfin || account.kind == emby || account.kind == plex;
    if (takes_keys && account.token.empty() && account.password.empty()) return "token";
    if (account.user.empty()) return "user";
    return account.token.empty() && account.password.empty() ? "password" : field_of(error, account);
}

/// Throws FieldError when address or login can't be right, which needs no connection to tell.
std::unique_ptr<library::MediaServer> connect(Backend& backend, const library::ServerAccount& account) {
    check_address(account.kind, account.url);
    try {
        return backend.context.connect(account);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::invalid_argument) throw;
        throw FieldError(error.code(), missing_field(error, account), error.what());
    }
}

std::int64_t tracks_of(Backend& backend, ServerId id) {
    return backend.context.store.tracks().unseen(id, 0).present;
}

json::object shown(Backend& backend, ServerId id) {
    const store::ServerRow server = require_server(backend, std::to_string(id.value));
    return server_json(server, tracks_of(backend, id));
}

/// The server of a form: a new one, or a kept one with changes.
store::ServerRow server_of_form(Backend& backend, const json::object& body) {
    store::ServerRow server;
    if (const json::value* id = body.if_contains("server_id")) {
        server = require_media_server(backend, id->get_string());
    } else {
        server.type = library::kind_name(require_kind(body));
    }
    apply_fields(body, server);
    return server;
}

json::object found_json(const library::ServerInfo& info) {
    return {{"server", info.product}, {"version", info.version},
            {"user", info.user},      {"libraries", libraries_json(info.libraries)},
            {"tracks", info.tracks},  {"advice", info.advice}};
}

json::object failed_json(const Error& error, const library::ServerAccount& account) {
    return {{"ok", false},
            {"error", error.what()},
            {"error_code", code_name(error.code())},
            {"field", field_of(error, account)}};
}

void add_advice(json::object& answer, const store::ServerRow& server) {
    std::string advice(std::string_view(answer.at("advice").get_string()));
    for (const auto& [from, to] : server.path_map) {
        std::error_code ignored;
        if (std::filesystem::is_directory(to, ignored)) continue;
        advice += fmt::format(
            "{}There is no folder {} on this machine. Files are fetched from the server where it "
            "can't be read.",
            advice.empty() ? "" : " ", to);
    }
    answer["advice"] = advice;
}

/// A library without music is no success: what would be saved yields nothing.
json::object probed(Backend& backend, const store::ServerRow& server, library::ServerAccount& account) {
    const library::ServerInfo info = connect(backend, account)->probe(backend.stopping.token());
    json::object answer = found_json(info);
    add_advice(answer, server);
    answer["ok"] = info.tracks > 0;
    if (info.tracks > 0) return answer;
    answer["error"] =
        account.libraries.empty()
            ? fmt::format(
                  "{} answers and takes the login, but shows no music. Let this user see a music library on "
                  "the server, or wait until its scan has ended.",
                  info.product)
            : "There is no music in the chosen libraries. Choose others, or wait until the server's scan has ended.";
    answer["error_code"] = code_name(ErrorCode::empty);
    answer["field"] = "libraries";
    return answer;
}

// --- The registry

Response servers(Backend& backend, const Call&) {
    json::array list;
    json::value default_id;
    for (const store::ServerRow& server : backend.context.store.servers().all()) {
        json::object entry = server_json(server, tracks_of(backend, server.id));
        if (server.is_default) default_id = entry.at("server_id");
        list.push_back(std::move(entry));
    }
    const auto job = backend.context.store.jobs().active_main();
    json::value sweep;
    if (job && job->type == "main_analysis") {
        sweep = {{"task_id", job->id.value}, {"status", store::state_name(job->state)}, {"progress", job->progress}};
    }
    return json_response(200, {{"servers", std::move(list)},
                               {"default_id", std::move(default_id)},
                               {"multi_server_enabled", true},
                               {"sweep_task", std::move(sweep)}});
}

bool flag(const json::object& body, std::string_view name, bool otherwise) {
    const json::value* value = body.if_contains(name);
    return value ? value->get_bool() : otherwise;
}

/// Reads one server, or all without an id. 409 while another main job runs.
Response start_sweep(Backend& backend, std::optional<ServerId> id) {
    json::object params;
    if (id) params["server_id"] = id->value;
    return start_main_job(backend, "main_analysis", params, [&](json::object& answer) {
        answer["enqueued"] = true;
        answer["job_id"] = answer.at("task_id");
        if (id) answer["server_id"] = std::to_string(id->value);
    });
}

/// The id of an analysis that begins now, unless the body does not want one; null when another main job runs.
json::value begin_sweep(Backend& backend, const json::object& body, ServerId id) {
    json::value task;
    if (flag(body, "sweep", true)) {
        start_main_job(backend, "main_analysis", {{"server_id", id.value}},
                       [&](const json::object& started) { task = started.at("task_id"); });
    }
    return task;
}

/// Whether a listing may show something else for `after`, although nothing happened on the server.
bool reads_other_music(const store::ServerRow& before, const store::ServerRow& after) {
    const auto what = [](const store::ServerRow& server) {
        return std::tie(server.url, server.user, server.libraries, server.music_folder, server.path_map);
    };
    return what(before) != what(after);
}

Response add_server(Backend& backend, const Call& call) {
    const json::object body = call.body();
    store::ServerRow server;
    const library::ServerKind kind = require_kind(body);
    server.type = library::kind_name(kind);
    apply_fields(body, server);
    server.is_default = flag(body, "make_default", false);
    connect(backend, patient_account(server));
    ServerId id;
    try {
        id = backend.context.store.servers().add(server);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::conflict) throw FieldError(error.code(), "name", error.what());
        throw;
    }
    json::object answer = shown(backend, id);
    answer["sweep_task_id"] = begin_sweep(backend, body, id);
    return json_response(201, answer);
}

Response change_server(Backend& backend, const Call& call) {
    const store::ServerRow before = require_media_server(backend, call.text("server_id"));
    store::ServerRow server = before;
    const json::object body = call.body();
    const library::ServerKind kind = *library::parse_kind(server.type);
    if ((body.contains("server_type") || body.contains("type")) && require_kind(body) != kind) {
        throw Error(ErrorCode::invalid_argument,
                    "The kind of a server can't be changed. Add another server and remove this one.");
    }
    apply_fields(body, server);
    connect(backend, patient_account(server));
    if (flag(body, "make_default", false)) server.is_default = true;
    try {
        backend.context.store.servers().update(server);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::conflict) throw FieldError(error.code(), "name", error.what());
        throw;
    }
    json::object answer = shown(backend, server.id);
    answer["sweep_task_id"] = nullptr;
    if (reads_other_music(before, server)) answer["sweep_task_id"] = begin_sweep(backend, body, server.id);
    return json_response(200, answer);
}

Response remove_server(Backend& backend, const Call& call) {
    const store::ServerRow server = require_media_server(backend, call.text("server_id"));
    backend.context.store.servers().remove(server.id);
    backend.context.queue.publish({"library", "{}"});
    return json_response(200, {{"deleted", std::to_string(server.id.value)}});
}

Response make_default(Backend& backend, const Call& call) {
    const store::ServerRow server = require_server(backend, call.text("server_id"));
    backend.context.store.servers().make_default(server.id);
    // Every page shows the ids of another server now.
    backend.context.queue.publish({"library", "{}"});
    return json_response(200, shown(backend, server.id));
}

Response sweep_server(Backend& backend, const Call& call) {
    return start_sweep(backend, require_media_server(backend, call.text("server_id")).id);
}

Response align_servers(Backend& backend, const Call&) {
    return start_sweep(backend, std::nullopt);
}

// --- Trying a server

Response test_server(Backend& backend, const Call& call) {
    store::ServerRow server;
    library::ServerAccount account;
    try {
        server = server_of_form(backend, call.body());
        account = patient_account(server);
        const MediaServerSlot slot(backend);
        try {
            return json_response(200, probed(backend, server, account));
        } catch (const Error& error) {
            if (account.libraries.empty() || error.code() != ErrorCode::invalid_argument) throw;
            // A chosen library may be gone. When all is well without, that was it, and others are there to be chosen.
            account.libraries.clear();
            json::object answer = probed(backend, server, account);
            answer["ok"] = false;
            answer["error"] = error.what();
            answer["error_code"] = code_name(error.code());
            answer["field"] = "libraries";
            return json_response(200, answer);
        }
    } catch (const FieldError& error) {
        return json_response(200, failed_json(error, account));
    } catch (const Error& error) {
        if (account.url.empty()) throw;  // the request itself is wrong
        return json_response(200, failed_json(error, account));
    }
}

Response server_libraries(Backend& backend, const Call& call) {
    const store::ServerRow server = server_of_form(backend, call.body());
    const library::ServerAccount account = patient_account(server);
    const MediaServerSlot slot(backend);
    try {
        const auto libraries = connect(backend, account)->libraries(backend.stopping.token());
        return json_response(200, {{"libraries", libraries_json(libraries)}, {"unsupported", false}});
    } catch (const FieldError&) {
        throw;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::unsupported) {
            return json_response(200, {{"libraries", json::array()}, {"unsupported", true}});
        }
        throw FieldError(error.code(), field_of(error, account), error.what());
    }
}

}  // namespace

std::vector<Route> server_routes() {
    using enum ParamType;
    const Param id = {.name = "server_id", .in = In::path, .help = "Id of the server.", .required = true};
    const Param name = {.name = "name", .in = In::body, .help = "What people call it; no two are alike."};
    const Param kind = {.name = "server_type",
                        .in = In::body,
                        .help = "jellyfin, emby, navidrome (any Subsonic server), lyrion, plex or mpd."};
    const Param type = {.name = "type", .in = In::body, .help = "Another name of server_type."};
    const Param creds = {
        .name = "creds",
        .in = In::body,
        .type = object,
        .help =
            "url, user, password, token, libraries, path_map (list of {server, local}), music_folder (MPD), "
            "allow_plain_password. A secret that is \"__unchanged__\" stays as it is."};
    const Param libraries = {.name = "music_libraries",
                             .in = In::body,
                             .type = array,
                             .help = "Ids or names of the libraries to read; empty: all."};
    const Param is_default = {.name = "make_default",
                              .in = In::body,
                              .type = boolean,
                              .help = "True: the API speaks the ids of this server from now on."};
    const Param sweep = {
        .name = "sweep", .in = In::body, .type = boolean, .help = "False: do not begin to read it at once."};
    const Param known = {.name = "server_id",
                         .in = In::body,
                         .help =
                             "Id of a server that is kept already, whose fields count where the body leaves them "
                             "out."};
    Param required_name = name;
    required_name.required = true;
    const std::vector<Param> changes = {id, name, kind, type, creds, libraries, is_default, sweep};
    const std::vector<Param> form = {known, kind, type, creds, libraries};
    return {
        {Method::get, "/api/servers", "servers", servers, Right::read, {}},
        {Method::post,
         "/api/servers",
         "add_server",
         naming_fields<add_server>,
         Right::admin,
         {required_name, kind, type, creds, libraries, is_default, sweep}},
        {Method::put, "/api/servers/{server_id}", "replace_server", naming_fields<change_server>, Right::admin,
         changes},
        {Method::patch, "/api/servers/{server_id}", "change_server", naming_fields<change_server>, Right::admin,
         changes},
        {Method::del, "/api/servers/{server_id}", "remove_server", remove_server, Right::admin, {id}},
        {Method::post, "/api/servers/{server_id}/default", "make_default_server", make_default, Right::admin, {id}},
        {Method::post, "/api/servers/{server_id}/sweep", "sweep_server", sweep_server, Right::jobs, {id}},
        {Method::post, "/api/servers/align", "align_servers", align_servers, Right::jobs, {}},
        {Method::post, "/api/servers/test", "test_server", test_server, Right::admin, form, kWaits},
        {Method::post, "/api/servers/libraries", "server_libraries", naming_fields<server_libraries>, Right::admin,
         form, kWaits},
    };
}

}  // namespace audiomuse::api
