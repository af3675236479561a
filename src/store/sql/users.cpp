#include "audiomuse/store/users.h"

#include <fmt/format.h>

#include <array>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "sql/playlist_write.h"
#include "sql/repositories.h"

namespace audiomuse::store {

namespace {
constexpr std::array<std::string_view, 2> kRoleNames = {"listener", "admin"};
}  // namespace

std::string_view role_name(Role role) {
    return kRoleNames[static_cast<std::size_t>(role)];
}

std::optional<Role> parse_role(std::string_view name) {
    const std::string folded = fold(name);
    if (folded == "admin") return Role::admin;
    if (folded == "listener" || folded == "user") return Role::listener;
    return std::nullopt;
}

namespace sql {

namespace {

constexpr std::size_t kLongestDevice = 300;  // bytes
constexpr char kUserColumns[] = "u.id, u.name, u.role, u.password_hash, u.created_at";
constexpr char kSessionColumns[] = "s.id, s.user_id, s.device, s.created_at, s.seen_at, s.expires_at";
constexpr char kTokenColumns[] = "t.id, t.user_id, t.name, t.scopes, t.created_at, t.used_at";

User read_user(const Rows& rows, int at = 0) {
    return {.id = UserId{rows.integer(at)},
            .name = rows.text(at + 1),
            .role = parse_role(rows.text(at + 2)).value_or(Role::listener),
            .password_hash = rows.text(at + 3),
            .created_at = rows.real(at + 4)};
}

Session read_session(const Rows& rows) {
    return {.id = rows.integer(0),
            .user = UserId{rows.integer(1)},
            .device = rows.text(2),
            .created_at = rows.real(3),
            .seen_at = rows.real(4),
            .expires_at = rows.real(5)};
}

ApiToken read_token(const Rows& rows) {
    return {.id = rows.integer(0),
            .user = UserId{rows.integer(1)},
            .name = rows.text(2),
            .scopes = rows.text(3),
            .created_at = rows.real(4),
            .used_at = rows.real(5)};
}

Error unknown_user(UserId id) {
    return Error(ErrorCode::not_found, fmt::format("There is no user {}. They may have been removed.", id.value));
}

UserId insert_user(Connection& connection, const std::string& name, const std::string& hash, Role role) {
    const std::string key = fold(name);
    if (connection.find_integer("SELECT 1 FROM users WHERE name_key = ?", {key}))
        throw Error(ErrorCode::conflict, fmt::format("There is a user \"{}\" already. Choose another name.", name));
    return UserId{*connection.find_integer(
        "INSERT INTO users (name, name_key, role, password_hash, created_at) VALUES (?, ?, ?, ?, ?) RETURNING id",
        {name, key, std::string(role_name(role)), hash, unix_now()})};
}

/// Before an administrator goes or becomes a listener.
void keep_an_admin(Connection& connection, UserId except) {
    if (!connection.find_integer("SELECT 1 FROM users WHERE role = 'admin' AND id <> ? LIMIT 1", {except.value}) &&
        connection.find_integer("SELECT 1 FROM users WHERE role = 'admin' AND id = ?", {except.value})) {
        throw Error(ErrorCode::conflict,
                    "This is the only administrator. Make somebody else one first, else nobody could be.");
    }
}

class SqlUsers final : public Users {
public:
    explicit SqlUsers(Engine& engine) : engine_(engine) {}

    std::vector<User> list() override {
        return engine_.read([](Connection& connection) {
            std::vector<User> users;
            const auto rows =
                connection.query(fmt::format("SELECT {} FROM users u ORDER BY u.name_key, u.id", kUserColumns));
            while (rows->next())
                users.push_back(read_user(*rows));
            return users;
        });
    }

    std::optional<User> get(UserId id) override {
        return engine_.read([&](Connection& connection) -> std::optional<User> {
            const auto rows =
                connection.query(fmt::format("SELECT {} FROM users u WHERE u.id = ?", kUserColumns), {id.value});
            return rows->next() ? std::optional(read_user(*rows)) : std::nullopt;
        });
    }

    std::optional<User> find(const std::string& name) override {
        return engine_.read([&](Connection& connection) -> std::optional<User> {
            const auto rows = connection.query(fmt::format("SELECT {} FROM users u WHERE u.name_key = ?", kUserColumns),
                                               {fold(name)});
            return rows->next() ? std::optional(read_user(*rows)) : std::nullopt;
        });
    }

    UserId add(const std::string& name, const std::string& password_hash, Role role) override {
        const std::string checked = checked_name(name, "A user");
        return engine_.write([&](Connection& connection) {
            connection.lock(Lock::users);
            return insert_user(connection, checked, password_hash, role);
        });
    }

    UserId add_first(const std::string& name, const std::string& password_hash) override {
        const std::string checked = checked_name(name, "A user");
        return engine_.write([&](Connection& connection) {
            connection.lock(Lock::users);
            if (connection.find_integer("SELECT 1 FROM users LIMIT 1"))
                throw Error(ErrorCode::conflict, "There is an administrator already. Sign in.");
            return insert_user(connection, checked, password_hash, Role::admin);
        });
    }

    void set_password(UserId id, const std::string& password_hash, std::int64_t keep) override {
        engine_.write([&](Connection& connection) {
            if (connection.run("UPDATE users SET password_hash = ? WHERE id = ?", {password_hash, id.value}) == 0)
                throw unknown_user(id);
            connection.run("DELETE FROM sessions WHERE user_id = ? AND id <> ?", {id.value, keep});
        });
    }

    void set_role(UserId id, Role role) override {
        engine_.write([&](Connection& connection) {
            connection.lock(Lock::users);
            if (role != Role::admin) keep_an_admin(connection, id);
            if (connection.run("UPDATE users SET role = ? WHERE id = ?", {std::string(role_name(role)), id.value}) == 0)
                throw unknown_user(id);
        });
    }

    void remove(UserId id) override {
        engine_.write([&](Connection& connection) {
            connection.lock(Lock::users);
            keep_an_admin(connection, id);
            begin_change(connection);
            // By number only, as nobody is a number too: the household's.
            for (const char* table : {"playlists", "radios", "listening", "hidden_artists", "server_playlists"})
                connection.run(fmt::format("DELETE FROM {} WHERE owner = ?", table), {id.value});
            if (connection.run("DELETE FROM users WHERE id = ?", {id.value}) == 0) throw unknown_user(id);
        });
    }

    std::int64_t begin_session(UserId user, const std::string& secret_hash, const std::string& device, double now,
                               double expires_at) override {
        return engine_.write([&](Connection& connection) {
            connection.run("DELETE FROM sessions WHERE expires_at <= ?", {now});
            return *connection.find_integer(
                "INSERT INTO sessions (user_id, secret_hash, device, created_at, seen_at, expires_at) "
                "VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                {user.value, secret_hash, to_valid_utf8(std::string_view(device).substr(0, kLongestDevice)), now, now,
                 expires_at});
        });
    }

    std::optional<SignedIn> session(const std::string& secret_hash, double now) override {
        return engine_.read([&](Connection& connection) -> std::optional<SignedIn> {
            const auto rows =
                connection.query(fmt::format("SELECT {}, {} FROM sessions s JOIN users u ON u.id = s.user_id "
                                             "WHERE s.secret_hash = ? AND s.expires_at > ?",
                                             kSessionColumns, kUserColumns),
                                 {secret_hash, now});
            if (!rows->next()) return std::nullopt;
            return SignedIn{read_session(*rows), read_user(*rows, 6)};
        });
    }

    void extend_session(std::int64_t id, double now, double expires_at) override {
        engine_.write([&](Connection& connection) {
            connection.run("UPDATE sessions SET seen_at = ?, expires_at = ? WHERE id = ?", {now, expires_at, id});
        });
    }

    std::vector<Session> sessions(UserId user, double now) override {
        return engine_.read([&](Connection& connection) {
            std::vector<Session> sessions;
            const auto rows =
                connection.query(fmt::format("SELECT {} FROM sessions s WHERE s.user_id = ? AND s.expires_at > ? "
                                             "ORDER BY s.seen_at DESC, s.id DESC",
                                             kSessionColumns),
                                 {user.value, now});
            while (rows->next())
                sessions.push_back(read_session(*rows));
            return sessions;
        });
    }

    void end_session(UserId user, std::int64_t id) override {
        engine_.write([&](Connection& connection) {
            if (connection.run("DELETE FROM sessions WHERE id = ? AND user_id = ?", {id, user.value}) == 0)
                throw Error(ErrorCode::not_found, "There is no such session. It may have ended already.");
        });
    }

    std::int64_t add_token(UserId user, const std::string& name, const std::string& secret_hash,
                           const std::string& scopes) override {
        const std::string checked = checked_name(name, "A token");
        return engine_.write([&](Connection& connection) {
            connection.lock(Lock::users);
            if (connection.find_integer("SELECT 1 FROM api_tokens WHERE user_id = ? AND name = ?",
                                        {user.value, checked})) {
                throw Error(ErrorCode::conflict,
                            fmt::format("There is a token \"{}\" already. Choose another name.", checked));
            }
            return *connection.find_integer(
                "INSERT INTO api_tokens (user_id, name, secret_hash, scopes, created_at, used_at) "
                "VALUES (?, ?, ?, ?, ?, 0) RETURNING id",
                {user.value, checked, secret_hash, scopes, unix_now()});
        });
    }

    std::optional<TokenUser> token(const std::string& secret_hash) override {
        return engine_.read([&](Connection& connection) -> std::optional<TokenUser> {
            const auto rows = connection.query(
                fmt::format("SELECT {}, {} FROM api_tokens t JOIN users u ON u.id = t.user_id WHERE t.secret_hash = ?",
                            kTokenColumns, kUserColumns),
                {secret_hash});
            if (!rows->next()) return std::nullopt;
            return TokenUser{read_token(*rows), read_user(*rows, 6)};
        });
    }

    void note_token_use(std::int64_t id, double now) override {
        engine_.write([&](Connection& connection) {
            connection.run("UPDATE api_tokens SET used_at = ? WHERE id = ?", {now, id});
        });
    }

    std::vector<ApiToken> tokens(UserId user) override {
        return engine_.read([&](Connection& connection) {
            std::vector<ApiToken> tokens;
            const auto rows = connection.query(
                fmt::format("SELECT {} FROM api_tokens t WHERE t.user_id = ? ORDER BY t.name, t.id", kTokenColumns),
                {user.value});
            while (rows->next())
                tokens.push_back(read_token(*rows));
            return tokens;
        });
    }

    void remove_token(UserId user, std::int64_t id) override {
        engine_.write([&](Connection& connection) {
            if (connection.run("DELETE FROM api_tokens WHERE id = ? AND user_id = ?", {id, user.value}) == 0)
                throw Error(ErrorCode::not_found, "There is no such token. It may have been removed already.");
        });
    }

private:
    Engine& engine_;
};

}  // namespace

std::unique_ptr<Users> create_users(Engine& engine) {
    return std::make_unique<SqlUsers>(engine);
}

}  // namespace sql
}  // namespace audiomuse::store
