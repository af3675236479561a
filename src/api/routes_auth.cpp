// Signing in and out, users, sessions, tokens.
#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <charconv>

#include "audiomuse/api/passwords.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "auth/identity.h"
#include "auth/secrets.h"
#include "backend.h"
#include "errors.h"
#include "who_asks.h"

namespace audiomuse::api {
namespace {

constexpr std::array<std::string_view, 5> kWays = {"none", "off", "session", "token", "proxy"};

/// Asked of browsers before what could lock others out, so that a screen left open is not enough.
void require_current_password(Backend& backend, const Call& call, const json::object& body) {
    if (call.identity().by != SignIn::session) return;
    const store::User& user = require_user(call);
    try {
        require_password(backend, user.name, std::string(text_field(body, "current_password")), call.origin());
    } catch (const HttpError& error) {
        if (error.status() != 401) throw;
        throw Error(ErrorCode::permission_denied, "The current password is not right.");
    }
}

/// The id in the path. Throws Error(not_found) for what is no number.
std::int64_t id_of(const Call& call) {
    const std::string text = call.text("id");
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        throw Error(ErrorCode::not_found, fmt::format("There is nothing of the id '{}'.", text));
    return number;
}

json::object user_json(const store::User& user) {
    return {{"id", user.id.value},
            {"username", user.name},
            {"role", store::role_name(user.role)},
            {"created_at", user.created_at}};
}

Response signed_in(Backend& backend, const Call& call, const store::User& user) {
    Response response = json_response(200, {{"status", "ok"}});
    response.set_header("Set-Cookie", begin_session(backend, user, call.request(), call.origin()));
    log::info("{} signed in from {}", user.name, call.origin().address);
    return response;
}

Response auth_state(Backend& backend, const Call& call) {
    const Identity identity = identify(backend, call.request(), call.origin());
    json::array rights;
    for (const Right right : {Right::read, Right::playlists, Right::jobs, Right::admin}) {
        if (identity.rights.may(right)) rights.push_back(json::string(right_name(right)));
    }
    return json_response(200, {{"enabled", backend.context.settings->auth_enabled},
                               {"setup_needed", needs_setup(backend)},
                               {"user", identity.user ? json::value(user_json(*identity.user)) : json::value(nullptr)},
                               {"signed_in_by", kWays[static_cast<std::size_t>(identity.by)]},
                               {"rights", std::move(rights)}});
}

Response auth_setup(Backend& backend, const Call& call) {
    require_auth(backend);
    if (!needs_setup(backend)) throw Error(ErrorCode::conflict, "There is an administrator already. Sign in.");
    if (!is_nearby(call.origin().address)) {
        throw Error(ErrorCode::permission_denied,
                    "The first administrator is made from this machine or its network, by `audiomuse users add`, or by "
                    "AUDIOMUSE_USER and AUDIOMUSE_PASSWORD.");
    }
    const json::object body = call.body();
    const std::string name(text_field(body, "user"));
    const std::string_view password = text_field(body, "password");
    check_password(password);
    const UserId id = backend.context.store.users().add_first(name, hash_of_password(password));
    log::info("{} is the first administrator", name);
    return signed_in(backend, call, *backend.context.store.users().get(id));
}

/// As AudioMuse-AI: JSON or a form. A form that says nothing else wants a page.
Response sign_in(Backend& backend, const Call& call) {
    require_auth(backend);
    const Request& request = call.request();
    const bool form = fold(request.header("content-type")).starts_with("application/x-www-form-urlencoded");
    std::string name, password;
    if (form) {
        for (const auto& [key, value] : parse_query(trim(request.body))) {
            if (key == "user") name = value;
            if (key == "password") password = value;
        }
    } else {
        const json::object body = call.body();
        name = text_field(body, "user");
        password = text_field(body, "password");
    }
    if (name.empty() || password.empty()) throw Error(ErrorCode::invalid_argument, "Give a user and a password.");
    Response response = signed_in(backend, call, require_password(backend, name, password, call.origin()));
    if (form && !request.has_header("x-requested-with")) {
        response.status = 303;
        response.set_header("Location", request.prefix + "/");
    }
    return response;
}

Response sign_out(Backend& backend, const Call& call) {
    const Identity identity = identify(backend, call.request(), call.origin());
    if (identity.session != 0) {
        try {
            backend.context.store.users().end_session(identity.user->id, identity.session);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::not_found) throw;  // ended meanwhile
        }
    }
    Response response = json_response(200, {{"status", "logged_out"}});
    response.set_header("Set-Cookie", cleared_cookie(call.request(), call.origin()));
    return response;
}

// --- Users

Response users(Backend& backend, const Call& call) {
    require_auth(backend);
    const Identity& identity = call.identity();
    const bool all = identity.rights.may(Right::admin);
    json::array list;
    for (const store::User& user : backend.context.store.users().list()) {
        if (all || (identity.user && user.id == identity.user->id)) list.push_back(user_json(user));
    }
    return json_response(200,
                         {{"users", std::move(list)},
                          {"current_user", identity.user ? json::value(identity.user->name) : json::value(nullptr)},
                          {"is_admin", all}});
}

store::Role role_in(const json::object& body) {
    const std::string_view text = text_field(body, "role");
    const auto role = text.empty() ? std::optional(store::Role::listener) : store::parse_role(text);
    if (!role) throw Error(ErrorCode::invalid_argument, "A role is listener or admin.");
    return *role;
}

Response add_user(Backend& backend, const Call& call) {
    require_auth(backend);
    const json::object body = call.body();
    const std::string_view password = text_field(body, "password");
    const store::Role role = role_in(body);
    check_password(password);
    require_current_password(backend, call, body);
    const UserId id =
        backend.context.store.users().add(std::string(text_field(body, "username")), hash_of_password(password), role);
    return json_response(201, {{"status", "ok"}, {"id", id.value}});
}

Response remove_user(Backend& backend, const Call& call) {
    require_auth(backend);
    const UserId id = UserId{id_of(call)};
    if (call.identity().user && call.identity().user->id == id)
        throw Error(ErrorCode::invalid_argument, "Nobody removes the account they are signed in with.");
    require_current_password(backend, call, call.body());
    backend.context.store.users().remove(id);
    return json_response(200, {{"status", "ok"}});
}

Response change_password(Backend& backend, const Call& call) {
    require_auth(backend);
    const UserId id = UserId{id_of(call)};
    const Identity& identity = call.identity();
    const bool own = identity.user && identity.user->id == id;
    if (!own && !identity.rights.may(Right::admin))
        throw Error(ErrorCode::permission_denied, "Only an administrator sets the password of somebody else.");
    if (own) require_person(call);
    const json::object body = call.body();
    const std::string_view password = text_field(body, "password");
    check_password(password);
    require_current_password(backend, call, body);
    backend.context.store.users().set_password(id, hash_of_password(password), own ? identity.session : 0);
    return json_response(200, {{"status", "ok"}});
}

Response change_role(Backend& backend, const Call& call) {
    require_auth(backend);
    const json::object body = call.body();
    const store::Role role = role_in(body);
    require_current_password(backend, call, body);
    backend.context.store.users().set_role(UserId{id_of(call)}, role);
    return json_response(200, {{"status", "ok"}});
}

// --- Sessions and tokens of the one who asks

Response sessions(Backend& backend, const Call& call) {
    require_auth(backend);
    json::array list;
    for (const store::Session& session : backend.context.store.users().sessions(require_user(call).id, unix_now())) {
        list.push_back({{"id", session.id},
                        {"device", session.device},
                        {"created_at", session.created_at},
                        {"seen_at", session.seen_at},
                        {"expires_at", session.expires_at},
                        {"current", session.id == call.identity().session}});
    }
    return json_response(200, {{"sessions", std::move(list)}});
}

Response end_session(Backend& backend, const Call& call) {
    require_auth(backend);
    backend.context.store.users().end_session(require_person(call).id, id_of(call));
    return json_response(200, {{"status", "ok"}});
}

Response tokens(Backend& backend, const Call& call) {
    require_auth(backend);
    json::array list;
    for (const store::ApiToken& token : backend.context.store.users().tokens(require_user(call).id)) {
        list.push_back({{"id", token.id},
                        {"name", token.name},
                        {"scopes", token.scopes},
                        {"created_at", token.created_at},
                        {"used_at", token.used_at > 0 ? json::value(token.used_at) : json::value(nullptr)}});
    }
    return json_response(200, {{"tokens", std::move(list)}});
}

Response add_token(Backend& backend, const Call& call) {
    require_auth(backend);
    const store::User& user = require_person(call);
    const json::object body = call.body();
    const Rights wanted = Rights::parse(text_field(body, "scopes"));
    if (!(wanted.within(call.identity().rights) == wanted))
        throw Error(ErrorCode::permission_denied, "A token may do no more than who makes it.");
    const std::string secret = new_secret();
    const std::int64_t id = backend.context.store.users().add_token(user.id, std::string(text_field(body, "name")),
                                                                    hash_of_secret(secret), wanted.text());
    return json_response(201, {{"id", id}, {"token", secret}});
}

Response remove_token(Backend& backend, const Call& call) {
    require_auth(backend);
    backend.context.store.users().remove_token(require_person(call).id, id_of(call));
    return json_response(200, {{"status", "ok"}});
}

}  // namespace

std::vector<Route> auth_routes() {
    const Param id{.name = "id", .in = In::path, .help = "Of the user, session or token."};
    const Param current{.name = "current_password",
                        .in = In::body,
                        .help = "Of who asks; must be given by browsers that are signed in by a cookie."};
    const Param password{.name = "password", .in = In::body, .help = "8 characters at least."};
    const Param role{.name = "role", .in = In::body, .help = "listener (also called user) or admin."};
    const Param user{.name = "user", .in = In::body, .help = "The user's name."};
    return {
        {Method::get, "/api/auth", "auth_state", auth_state, Right::open, {}},
        {Method::post, "/api/auth/setup", "auth_setup", auth_setup, Right::open, {user, password}},
        {Method::post, "/auth", "sign_in", sign_in, Right::open, {user, password}},
        {Method::post, "/logout", "sign_out", sign_out, Right::open, {}},
        {Method::get, "/api/users", "users", users, Right::read, {}},
        {Method::post,
         "/api/users",
         "add_user",
         add_user,
         Right::admin,
         {{.name = "username", .in = In::body, .help = "The user's name."}, password, role, current}},
        {Method::del, "/api/users/{id}", "remove_user", remove_user, Right::admin, {id, current}},
        {Method::put,
         "/api/users/{id}/password",
         "change_password",
         change_password,
         Right::read,
         {id, password, current}},
        {Method::put, "/api/users/{id}/role", "change_role", change_role, Right::admin, {id, role, current}},
        {Method::get, "/api/sessions", "sessions", sessions, Right::read, {}},
        {Method::del, "/api/sessions/{id}", "end_session", end_session, Right::read, {id}},
        {Method::get, "/api/tokens", "tokens", tokens, Right::read, {}},
        {Method::post,
         "/api/tokens",
         "add_token",
         add_token,
         Right::read,
         {{.name = "name", .in = In::body, .help = "What the token is for."},
          {.name = "scopes", .in = In::body, .help = "read, playlists, jobs and admin, parted by commas."}}},
        {Method::del, "/api/tokens/{id}", "remove_token", remove_token, Right::read, {id}},
    };
}

}  // namespace audiomuse::api
