#include "audiomuse/store/servers.h"

#include <fmt/format.h>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "sql/repositories.h"
#include "sql/values.h"

namespace audiomuse::store::sql {

namespace {

/// The type of a row whose server was removed.
constexpr std::string_view kRemoved = "removed";

constexpr char kColumns[] =
    "id, type, name, url, username, password, token, libraries, music_folder, path_map, allow_plain_password, "
    "is_default, change_stamp";

constexpr char kSelectAccounts[] = "SELECT user_id, server_id, name, password, token FROM server_accounts ";

LinkedAccount read_account(const Rows& rows) {
    return {.user = UserId{rows.integer(0)},
            .server = ServerId{rows.integer(1)},
            .name = rows.text(2),
            .password = rows.text(3),
            .token = rows.text(4)};
}

/// Whether it was there.
bool forget_account(Connection& connection, UserId user, ServerId server) {
    connection.run("DELETE FROM listening WHERE owner = ? AND server_id = ?", {user.value, server.value});
    connection.run("DELETE FROM server_playlists WHERE owner = ? AND server_id = ?", {user.value, server.value});
    return connection.run("DELETE FROM server_accounts WHERE user_id = ? AND server_id = ?",
                          {user.value, server.value}) > 0;
}

void forget_accounts(Connection& connection, ServerId server) {
    std::vector<UserId> users;
    {
        const auto rows = connection.query("SELECT user_id FROM server_accounts WHERE server_id = ?", {server.value});
        while (rows->next())
            users.push_back(UserId{rows->integer(0)});
    }
    for (const UserId user : users)
        forget_account(connection, user, server);
}

std::string pack_pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::vector<std::string> parts;
    for (const auto& [first, second] : pairs) {
        parts.push_back(first);
        parts.push_back(second);
    }
    return pack(parts);
}

std::vector<std::pair<std::string, std::string>> unpack_pairs(const std::string& text) {
    const std::vector<std::string> parts = unpack(text);
    std::vector<std::pair<std::string, std::string>> pairs;
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2)
        pairs.emplace_back(parts[i], parts[i + 1]);
    return pairs;
}

ServerRow read_server(const Rows& rows) {
    return {.id = ServerId{rows.integer(0)},
            .type = rows.text(1),
            .name = rows.text(2),
            .url = rows.text(3),
            .user = rows.text(4),
            .password = rows.text(5),
            .token = rows.text(6),
            .libraries = unpack(rows.text(7)),
            .music_folder = rows.text(8),
            .path_map = unpack_pairs(rows.text(9)),
            .allow_plain_password = rows.integer(10) != 0,
            .is_default = rows.integer(11) != 0,
            .change_stamp = rows.text(12)};
}

class SqlServers final : public Servers {
public:
    explicit SqlServers(Engine& engine) : engine_(engine) {}

    std::vector<ServerRow> all() override {
        return engine_.read([](Connection& connection) { return read_servers(connection); });
    }

    std::optional<ServerRow> get(ServerId id) override {
        return engine_.read([&](Connection& connection) -> std::optional<ServerRow> {
            const auto rows = connection.query(
                std::string("SELECT ") + kColumns + " FROM servers WHERE id = ? AND type <> ?", {id.value, kRemoved});
            if (!rows->next()) return std::nullopt;
            return read_server(*rows);
        });
    }

    ServerId add(const ServerRow& server) override {
        return engine_.write([&](Connection& connection) {
            begin_change(connection);
            ServerRow row = server;
            row.id = {};
            check_name(connection, row);
            const bool first =
                !connection.find_integer("SELECT 1 FROM servers WHERE is_default = 1 AND type <> 'local' LIMIT 1");
            const ServerId id{*connection.find_integer("INSERT INTO servers (type, name) VALUES (?, ?) RETURNING id",
                                                       {std::string_view(server.type), std::string_view(server.name)})};
            write(connection, id, server);
            if (server.is_default || first) set_default(connection, id);
            return id;
        });
    }

    void update(const ServerRow& server) override {
        engine_.write([&](Connection& connection) {
            begin_change(connection);
            if (type_of(connection, server.id).empty()) throw unknown(server.id);
            check_name(connection, server);
            if (!connection.find_integer("SELECT 1 FROM servers WHERE id = ? AND url = ?",
                                         {server.id.value, to_valid_utf8(server.url)})) {
                forget_accounts(connection, server.id);
            }
            write(connection, server.id, server);
            if (server.is_default) set_default(connection, server.id);
        });
    }

    void remove(ServerId id) override {
        engine_.write([&](Connection& connection) {
            const std::int64_t change = begin_change(connection);
            const std::string type = type_of(connection, id);
            if (type.empty()) return;
            if (type == "local") {
                throw Error(ErrorCode::invalid_argument, "The music folders of this installation cannot be removed.");
            }
            // The row stays, without what is secret, because tracks that are nowhere else are found again by their
            // paths there.
            connection.run(
                "UPDATE servers SET type = ?, name = '', url = '', username = '', password = '', token = '', "
                "is_default = 0, change_stamp = '' WHERE id = ?",
                {kRemoved, id.value});
            forget_accounts(connection, id);
            connection.run("DELETE FROM server_playlists WHERE server_id = ?", {id.value});
            connection.run("DELETE FROM listening WHERE server_id = ?", {id.value});
            connection.run("UPDATE track_sources SET present = 0, item_id = '' WHERE server_id = ?", {id.value});
            connection.run(
                "UPDATE tracks SET present = 0, revision = ?, orphaned_at = ? WHERE present = 1 AND NOT EXISTS "
                "(SELECT 1 FROM track_sources o WHERE o.track_id = tracks.id AND o.present = 1)",
                {change, unix_now()});
            connection.run("DELETE FROM track_texts WHERE track_id IN (SELECT id FROM tracks WHERE present = 0)");
            const auto next = connection.find_integer(
                "SELECT id FROM servers WHERE type <> ? "
                "ORDER BY is_default DESC, CASE type WHEN 'local' THEN 1 ELSE 0 END, id LIMIT 1",
                {kRemoved});
            if (next) set_default(connection, ServerId{*next});
        });
    }

    void make_default(ServerId id) override {
        engine_.write([&](Connection& connection) {
            begin_change(connection);
            if (type_of(connection, id).empty()) throw unknown(id);
            set_default(connection, id);
        });
    }

    void set_change_stamp(ServerId id, const std::string& stamp) override {
        engine_.write([&](Connection& connection) {
            connection.run("UPDATE servers SET change_stamp = ? WHERE id = ?", {std::string_view(stamp), id.value});
        });
    }

    std::vector<LinkedAccount> accounts() override {
        return engine_.read([](Connection& connection) {
            std::vector<LinkedAccount> accounts;
            const auto rows = connection.query(std::string(kSelectAccounts) + "ORDER BY server_id, user_id");
            while (rows->next())
                accounts.push_back(read_account(*rows));
            return accounts;
        });
    }

    std::optional<LinkedAccount> account(UserId user, ServerId server) override {
        return engine_.read([&](Connection& connection) -> std::optional<LinkedAccount> {
            const auto rows = connection.query(std::string(kSelectAccounts) + "WHERE user_id = ? AND server_id = ?",
                                               {user.value, server.value});
            return rows->next() ? std::optional(read_account(*rows)) : std::nullopt;
        });
    }

    void link(const LinkedAccount& account) override {
        engine_.write([&](Connection& connection) {
            begin_change(connection);
            if (type_of(connection, account.server).empty()) throw unknown(account.server);
            const std::string name = to_valid_utf8(account.name);
            if (!connection.find_integer(
                    "SELECT 1 FROM server_accounts WHERE user_id = ? AND server_id = ? AND name = ?",
                    {account.user.value, account.server.value, name})) {
                forget_account(connection, account.user, account.server);
            }
            connection.run(
                "INSERT INTO server_accounts (user_id, server_id, name, password, token) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (user_id, server_id) DO UPDATE SET name = excluded.name, password = excluded.password, "
                "token = excluded.token",
                {account.user.value, account.server.value, name, to_valid_utf8(account.password),
                 to_valid_utf8(account.token)});
        });
    }

    void unlink(UserId user, ServerId server) override {
        engine_.write([&](Connection& connection) {
            begin_change(connection);
            if (!forget_account(connection, user, server))
                throw Error(ErrorCode::not_found, "There is no account of yours on this server.");
        });
    }

    std::vector<WrittenPlaylist> written_playlists(ServerId server, UserId owner) override {
        return engine_.read([&](Connection& connection) {
            std::vector<WrittenPlaylist> playlists;
            const auto rows = connection.query(
                "SELECT name, playlist_id FROM server_playlists WHERE server_id = ? AND owner = ? ORDER BY name",
                {server.value, owner.value});
            while (rows->next())
                playlists.push_back({rows->text(0), rows->text(1)});
            return playlists;
        });
    }

    void note_playlist(ServerId server, const WrittenPlaylist& playlist, UserId owner) override {
        engine_.write([&](Connection& connection) {
            connection.run(
                "INSERT INTO server_playlists (server_id, owner, name, playlist_id) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (server_id, owner, name) DO UPDATE SET playlist_id = excluded.playlist_id",
                {server.value, owner.value, to_valid_utf8(playlist.name), to_valid_utf8(playlist.id)});
        });
    }

    void forget_playlist(ServerId server, const std::string& name, UserId owner) override {
        engine_.write([&](Connection& connection) {
            connection.run("DELETE FROM server_playlists WHERE server_id = ? AND owner = ? AND name = ?",
                           {server.value, owner.value, to_valid_utf8(name)});
        });
    }

private:
    static Error unknown(ServerId id) {
        return Error(ErrorCode::not_found, fmt::format("There is no server {}.", id.value));
    }

    /// "" for one that is not there, or no more.
    static std::string type_of(Connection& connection, ServerId id) {
        const auto rows = connection.query("SELECT type FROM servers WHERE id = ? AND type <> ?", {id.value, kRemoved});
        return rows->next() ? rows->text(0) : std::string();
    }

    static void check_name(Connection& connection, const ServerRow& server) {
        if (connection.find_integer("SELECT 1 FROM servers WHERE name = ? AND id <> ? AND type <> ?",
                                    {std::string_view(server.name), server.id.value, kRemoved})) {
            throw Error(ErrorCode::conflict,
                        fmt::format("There is a server called \"{}\" already. Choose another name.", server.name));
        }
    }

    static void write(Connection& connection, ServerId id, const ServerRow& server) {
        connection.run(
            "UPDATE servers SET name = ?, url = ?, username = ?, password = ?, token = ?, libraries = ?, "
            "music_folder = ?, path_map = ?, allow_plain_password = ?, change_stamp = '' WHERE id = ?",
            {to_valid_utf8(server.name), to_valid_utf8(server.url), to_valid_utf8(server.user),
             to_valid_utf8(server.password), to_valid_utf8(server.token), pack(server.libraries), server.music_folder,
             pack_pairs(server.path_map), std::int64_t{server.allow_plain_password}, id.value});
    }

    static void set_default(Connection& connection, ServerId id) {
        connection.run("UPDATE servers SET is_default = CASE id WHEN ? THEN 1 ELSE 0 END", {id.value});
    }

    Engine& engine_;
};

}  // namespace

std::vector<ServerRow> read_servers(Connection& connection) {
    std::vector<ServerRow> servers;
    const auto rows =
        connection.query(std::string("SELECT ") + kColumns + " FROM servers WHERE type <> ? ORDER BY id", {kRemoved});
    while (rows->next())
        servers.push_back(read_server(*rows));
    return servers;
}

std::unique_ptr<Servers> create_servers(Engine& engine) {
    return std::make_unique<SqlServers>(engine);
}

}  // namespace audiomuse::store::sql
