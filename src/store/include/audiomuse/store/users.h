// Who may use the program: users, the browsers they are signed in with, and tokens for other programs. Secrets come
// here as hashes only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audiomuse/base/ids.h"

namespace audiomuse::store {

enum class Role : std::uint8_t { listener, admin };
std::string_view role_name(Role role);                  ///< "listener", "admin"
std::optional<Role> parse_role(std::string_view name);  ///< the same, blind to case; "user" is a listener

struct User {
    UserId id;
    std::string name;  ///< no two are alike, blind to case and accents
    Role role = Role::listener;
    std::string password_hash = {};  ///< empty: there is no signing in by password
    double created_at = 0;
};

/// Whether `user` (or nobody) sees what belongs to `owner`: their own, and what is nobody's, so the household's.
constexpr bool may_see(UserId owner, UserId user) {
    return !owner || owner == user;
}

struct Session {
    std::int64_t id = 0;
    UserId user;
    std::string device;  ///< what the browser calls itself
    double created_at = 0;
    double seen_at = 0;  ///< to an hour or so
    double expires_at = 0;
};

struct ApiToken {
    std::int64_t id = 0;
    UserId user;  ///< who made it; it goes with them
    std::string name;
    std::string scopes;  ///< "read,playlists"
    double created_at = 0;
    double used_at = 0;  ///< to an hour or so; 0: never
};

class Users {
public:
    virtual ~Users() = default;
    virtual std::vector<User> list() = 0;  ///< by name
    virtual std::optional<User> get(UserId id) = 0;
    virtual std::optional<User> find(const std::string& name) = 0;
    /// The name is kept without white space at its ends. Throws Error(invalid_argument) for a blank name or one over
    /// 200 characters, Error(conflict) for one that is taken.
    virtual UserId add(const std::string& name, const std::string& password_hash, Role role) = 0;
    /// The same where there is nobody yet, of several that do it at once for one only; the others throw
    /// Error(conflict).
    virtual UserId add_first(const std::string& name, const std::string& password_hash) = 0;
    /// Ends all sessions but `keep`. Throws Error(not_found).
    virtual void set_password(UserId id, const std::string& password_hash, std::int64_t keep = 0) = 0;
    /// Throw Error(not_found), and Error(conflict) where no administrator would be left.
    virtual void set_role(UserId id, Role role) = 0;
    virtual void remove(UserId id) = 0;  ///< with all that is theirs alone

    /// Forgets sessions that have expired.
    virtual std::int64_t begin_session(UserId user, const std::string& secret_hash, const std::string& device,
                                       double now, double expires_at) = 0;
    struct SignedIn {
        Session session;
        User user;
    };
    virtual std::optional<SignedIn> session(const std::string& secret_hash, double now) = 0;  ///< not an expired one
    virtual void extend_session(std::int64_t id, double now, double expires_at) = 0;
    virtual std::vector<Session> sessions(UserId user, double now) = 0;  ///< the one seen last first
    virtual void end_session(UserId user, std::int64_t id) = 0;  ///< throws Error(not_found) for one of another user

    /// The name as of a user; each user has names of their own.
    virtual std::int64_t add_token(UserId user, const std::string& name, const std::string& secret_hash,
                                   const std::string& scopes) = 0;
    struct TokenUser {
        ApiToken token;
        User user;
    };
    virtual std::optional<TokenUser> token(const std::string& secret_hash) = 0;
    virtual void note_token_use(std::int64_t id, double now) = 0;
    virtual std::vector<ApiToken> tokens(UserId user) = 0;        ///< by name
    virtual void remove_token(UserId user, std::int64_t id) = 0;  ///< throws Error(not_found) for one of another user
};

}  // namespace audiomuse::store
