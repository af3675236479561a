// Who sends a request.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "audiomuse/store/users.h"
#include "auth/origin.h"
#include "auth/right.h"
#include "request.h"

namespace audiomuse::api {

struct Backend;

enum class SignIn : std::uint8_t {
    none,     ///< nobody
    off,      ///< AUTH_ENABLED is false: everybody may do everything
    session,  ///< a browser's cookie
    token,    ///< an API token, or that of the settings
    proxy,    ///< a trusted proxy names the user
};

struct Identity {
    SignIn by = SignIn::none;
    Rights rights = Rights::none();
    std::optional<store::User> user = {};  ///< nobody for the token of the settings
    std::int64_t session = 0;
};

/// By cookie, bearer token or the header of a trusted proxy, in this order of strength: a token that is sent counts
/// alone. Keeps a session alive that is used. Throws Error(limit) as HttpError(429) where an address has sent too many
/// wrong tokens.
Identity identify(Backend& backend, const Request& request, const Origin& origin);

/// The cookie's name.
inline constexpr std::string_view kSessionCookie = "audiomuse_session";
/// Signs `user` in; returns the value of Set-Cookie.
std::string begin_session(Backend& backend, const store::User& user, const Request& request, const Origin& origin);
std::string cleared_cookie(const Request& request, const Origin& origin);

/// The user of this name and password. Throws HttpError: 401, or 429 while the address or the name has to wait.
store::User require_password(Backend& backend, const std::string& name, const std::string& password,
                             const Origin& origin);

/// Throws HttpError(429) for who has guessed wrong too often.
[[noreturn]] void refuse_for(double seconds);

/// Nobody can sign in yet.
bool needs_setup(Backend& backend);

}  // namespace audiomuse::api
