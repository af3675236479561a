#include "auth/identity.h"

#include <fmt/format.h>

#include <cmath>

#include "audiomuse/api/passwords.h"
#include "audiomuse/base/clock.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "audiomuse/library/subsonic_login.h"
#include "auth/secrets.h"
#include "backend.h"
#include "errors.h"

namespace audiomuse::api {

namespace {

constexpr double kSeenEvery = 3600;  // seconds between two notes that a session or token is used
constexpr double kDay = 86'400;
constexpr double kAddressWaits = 900;  // at most, seconds
constexpr double kNameWaits = 30;      // at most: strangers must not lock a user out

std::string address_key(const Origin& origin) {
    return "address " + origin.address;
}

Identity by_token(Backend& backend, std::string_view token, const Origin& origin) {
    const double now = steady_now();
    if (const double wait = backend.logins.wait(address_key(origin), now); wait > 0) refuse_for(wait);
    const std::string of_settings = backend.context.settings->api_token;
    if (!of_settings.empty() && library::same_secret(token, of_settings))
        return {.by = SignIn::token, .rights = Rights::all()};
    store::Users& users = backend.context.store.users();
    const auto found = users.token(hash_of_secret(token));
    if (!found) {
        backend.logins.failed(address_key(origin), now, kAddressWaits);
        return {};
    }
    if (unix_now() - found->token.used_at > kSeenEvery) users.note_token_use(found->token.id, unix_now());
    return {.by = SignIn::token,
            .rights = Rights::parse(found->token.scopes).within(Rights::of(found->user.role)),
            .user = found->user};
}

/// Who is not known yet becomes a listener.
Identity by_proxy(Backend& backend, const std::string& name) {
    store::Users& users = backend.context.store.users();
    auto user = users.find(name);
    if (!user) {
        try {
            users.add(name, "", store::Role::listener);
            log::info("The proxy signs in {} for the first time: a listener", name);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::conflict) throw;  // another request was first
        }
        user = users.find(name);
        if (!user) return {};
    }
    return {.by = SignIn::proxy, .rights = Rights::of(user->role), .user = user};
}

double session_seconds(const Backend& backend) {
    return static_cast<double>(backend.context.settings->session_days) * kDay;
}

std::string cookie_text(const Request& request, const Origin& origin, std::string_view value, double seconds) {
    return fmt::format("{}={}; Path={}/; Max-Age={:.0f}; HttpOnly; SameSite=Strict{}", kSessionCookie, value,
                       request.prefix, seconds, origin.secure ? "; Secure" : "");
}

}  // namespace

void refuse_for(double seconds) {
    throw HttpError(429, ErrorCode::limit_exceeded,
                    fmt::format("Too many wrong attempts. Try again in {:.0f} seconds.", std::ceil(seconds)), seconds);
}

Identity identify(Backend& backend, const Request& request, const Origin& origin) {
    const auto snapshot = backend.context.settings.get();
    const settings::Settings& settings = *snapshot;
    if (!settings.auth_enabled) return {.by = SignIn::off, .rights = Rights::all()};
    constexpr std::string_view kBearer = "Bearer ";
    const std::string_view authorization = request.header("authorization");
    if (authorization.starts_with(kBearer))
        return by_token(backend, trim(authorization.substr(kBearer.size())), origin);
    if (!settings.auth_header.empty() && backend.proxies().holds(request.peer)) {
        const std::string name(trim(request.header(fold(settings.auth_header))));
        if (!name.empty()) return by_proxy(backend, name);
    }
    const std::string secret = request.cookie(kSessionCookie);
    if (secret.empty()) return {};
    store::Users& users = backend.context.store.users();
    const double now = unix_now();
    auto found = users.session(hash_of_secret(secret), now);
    if (!found) return {};
    if (now - found->session.seen_at > kSeenEvery)
        users.extend_session(found->session.id, now, now + session_seconds(backend));
    return {.by = SignIn::session,
            .rights = Rights::of(found->user.role),
            .user = std::move(found->user),
            .session = found->session.id};
}

std::string begin_session(Backend& backend, const store::User& user, const Request& request, const Origin& origin) {
    const std::string secret = new_secret();
    const double now = unix_now(), seconds = session_seconds(backend);
    backend.context.store.users().begin_session(user.id, hash_of_secret(secret),
                                                std::string(request.header("user-agent")), now, now + seconds);
    return cookie_text(request, origin, secret, seconds);
}

std::string cleared_cookie(const Request& request, const Origin& origin) {
    return cookie_text(request, origin, "", 0);
}

store::User require_password(Backend& backend, const std::string& name, const std::string& password,
                             const Origin& origin) {
    const std::string by_name = "name " + fold(name);
    const double now = steady_now();
    if (const double wait = std::max(backend.logins.wait(address_key(origin), now), backend.logins.wait(by_name, now));
        wait > 0)
        refuse_for(wait);
    auto user = backend.context.store.users().find(name);
    if (!is_password(password, user ? user->password_hash : "")) {
        backend.logins.failed(address_key(origin), now, kAddressWaits);
        backend.logins.failed(by_name, now, kNameWaits);
        log::warn("Somebody at {} tried to sign in with a wrong name or password", origin.address);
        throw HttpError(401, ErrorCode::permission_denied, "Invalid credentials");
    }
    backend.logins.succeeded(address_key(origin));
    backend.logins.succeeded(by_name);
    return *user;
}

bool needs_setup(Backend& backend) {
    if (!backend.context.settings->auth_enabled || backend.has_users) return false;
    const bool some = !backend.context.store.users().list().empty();
    if (some) backend.has_users = true;  // to stay: the last administrator cannot be removed
    return !some;
}

}  // namespace audiomuse::api
