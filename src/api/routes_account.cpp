// What listeners keep for themselves: their accounts on media servers, and the artists that they never want to hear.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <charconv>

#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "audiomuse/servers/account.h"
#include "audiomuse/servers/listening.h"
#include "backend.h"
#include "errors.h"
#include "media_server_slot.h"
#include "server_json.h"
#include "who_asks.h"

namespace audiomuse::api {
namespace {

/// A server that users may have accounts on.
store::ServerRow server_with_accounts(Backend& backend, const Call& call) {
    const std::string text = call.text("server_id");
    ServerId id;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.value);
    std::optional<store::ServerRow> server;
    if (error == std::errc() && end == text.data() + text.size()) server = backend.context.store.servers().get(id);
    if (!server) throw Error(ErrorCode::not_found, "Unknown server.");
    if (!servers::has_accounts(server->type))
        throw Error(ErrorCode::invalid_argument, fmt::format("{} has no accounts of its users.", server->name));
    return std::move(*server);
}

json::object linked_json(const store::ServerRow& server, const std::optional<store::LinkedAccount>& account) {
    return {{"server_id", std::to_string(server.id.value)},
            {"name", server.name},
            {"type", server.type},
            {"linked", account.has_value()},
            {"user", account ? json::value(account->name) : json::value(nullptr)}};
}

Response account_servers(Backend& backend, const Call& call) {
    require_auth(backend);
    store::Servers& servers = backend.context.store.servers();
    json::array list;
    for (const store::ServerRow& server : servers.all()) {
        if (servers::has_accounts(server.type))
            list.push_back(linked_json(server, servers.account(require_user(call).id, server.id)));
    }
    return json_response(200, {{"servers", std::move(list)}});
}

/// Signs in there before anything is kept, and reads at once what this account has played.
Response link_account(Backend& backend, const Call& call) {
    require_auth(backend);
    const store::User& user = require_person(call);
    const store::ServerRow server = server_with_accounts(backend, call);
    const json::object body = call.body();
    store::LinkedAccount account{.user = user.id,
                                 .server = server.id,
                                 .name = std::string(trim(text_field(body, "user"))),
                                 .password = std::string(text_field(body, "password")),
                                 .token = std::string(trim(text_field(body, "token")))};
    if (account.password.empty() && account.token.empty())
        throw Error(ErrorCode::invalid_argument, "Give the password or a token of your account.");
    if (account.name.empty() && server.type != library::kind_name(library::ServerKind::plex))
        throw Error(ErrorCode::invalid_argument, "Give the name of your account.");
    const MediaServerSlot slot(backend);
    const auto media = backend.context.connect(patient_account(servers::as_user(server, account)));
    try {
        const library::ServerInfo info =
            with_own_proof(backend, call, [&] { return media->probe(backend.stopping.token()); });
        if (account.name.empty()) account.name = info.user;
    } catch (const Error& error) {
        if (error.code() != ErrorCode::login_refused) throw;
        throw HttpError(400, error.code(), error.what());
    }
    if (server_with_accounts(backend, call).url != server.url)
        throw Error(ErrorCode::conflict, "The server has another address now. Try again.");
    backend.context.store.servers().link(account);
    log::info("{} has linked the account {} of {}", user.name, account.name, server.name);
    servers::read_listening(backend.context.store.history(), *media, {server.id, account.name, user.id}, server.name,
                            backend.stopping.token());
    return json_response(200, linked_json(server, account));
}

Response unlink_account(Backend& backend, const Call& call) {
    require_auth(backend);
    backend.context.store.servers().unlink(require_person(call).id, server_with_accounts(backend, call).id);
    return json_response(200, {{"status", "ok"}});
}

json::object hidden_json(Backend& backend, UserId listener) {
    const auto names = backend.context.store.history().hidden_artists(listener);
    return {{"artists", json::array(names.begin(), names.end())}};
}

Response hidden_artists(Backend& backend, const Call& call) {
    return json_response(200, hidden_json(backend, listener_of(call)));
}

Response hide_artist(Backend& backend, const Call& call) {
    backend.context.store.history().hide_artist(listener_of(call), std::string(text_field(call.body(), "artist")));
    return hidden_artists(backend, call);
}

Response show_artist(Backend& backend, const Call& call) {
    backend.context.store.history().show_artist(listener_of(call), call.text("artist"));
    return hidden_artists(backend, call);
}

}  // namespace

std::vector<Route> account_routes() {
    const Param server{.name = "server_id", .in = In::path, .help = "Id of the server.", .required = true};
    return {
        {Method::get, "/api/account/servers", "account_servers", account_servers, Right::read, {}},
        {Method::put,
         "/api/account/servers/{server_id}",
         "link_account",
         link_account,
         Right::playlists,
         {server,
          {.name = "user", .in = In::body, .help = "Name (or id) of the account there; not needed for Plex."},
          {.name = "password", .in = In::body, .help = "Its password; this, or a token."},
          {.name = "token", .in = In::body, .help = "An access token or key of it."}},
         kWaits},
        {Method::del, "/api/account/servers/{server_id}", "unlink_account", unlink_account, Right::playlists, {server}},
        {Method::get, "/api/account/hidden_artists", "hidden_artists", hidden_artists, Right::read, {}},
        {Method::put,
         "/api/account/hidden_artists",
         "hide_artist",
         hide_artist,
         Right::playlists,
         {{.name = "artist", .in = In::body, .help = "The artist's name.", .required = true}}},
        {Method::del,
         "/api/account/hidden_artists",
         "show_artist",
         show_artist,
         Right::playlists,
         {{.name = "artist", .help = "The artist's name.", .required = true}}},
    };
}

}  // namespace audiomuse::api
