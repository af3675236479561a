#include "audiomuse/store/playlists.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "sql/playlist_write.h"
#include "sql/repositories.h"
#include "sql/search_text.h"

namespace audiomuse::store::sql {

namespace {

constexpr std::size_t kLongestName = 200;

std::string_view kind_name(PlaylistKind kind) {
    return kind == PlaylistKind::automatic ? "automatic" : "own";
}

void check_playlist_name(Connection& connection, const std::string& name, UserId owner, PlaylistId except) {
    if (!is_taken(connection, name, owner, except)) return;
    throw Error(ErrorCode::conflict, fmt::format("There is a playlist \"{}\" already. Choose another name.", name));
}

Error unknown_playlist(PlaylistId id) {
    return Error(ErrorCode::not_found,
                 fmt::format("There is no playlist {}. It may have been removed meanwhile.", id.value));
}

void insert_tracks(Connection& connection, PlaylistId id, std::span<const TrackId> tracks) {
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        const std::int64_t added = connection.run(
            "INSERT INTO playlist_tracks (playlist_id, position, track_id) SELECT ?, ?, id FROM tracks WHERE id = ?",
            {id.value, static_cast<std::int64_t>(i), tracks[i].value});
        if (added == 0) throw Error(ErrorCode::not_found, fmt::format("There is no track {}.", tracks[i].value));
    }
}

/// Those that a cleaning has removed: they are not shown, and would come back to where they are.
std::vector<TrackId> removed_tracks(Connection& connection, PlaylistId id) {
    std::vector<TrackId> tracks;
    const auto rows = connection.query(
        "SELECT l.track_id FROM playlist_tracks l JOIN tracks t ON t.id = l.track_id "
        "WHERE l.playlist_id = ? AND t.cleaned_at > 0 ORDER BY l.position",
        {id.value});
    while (rows->next())
        tracks.push_back(TrackId{rows->integer(0)});
    return tracks;
}

constexpr char kSelectPlaylists[] =
    "SELECT p.id, p.name, p.kind, p.recipe, p.created_at, p.updated_at, COUNT(t.id), COALESCE(SUM(t.duration_s), 0), "
    "p.owner FROM playlists p LEFT JOIN playlist_tracks l ON l.playlist_id = p.id LEFT JOIN tracks t ON t.id = "
    "l.track_id AND t.cleaned_at = 0 ";
constexpr char kGroup[] = " GROUP BY p.id, p.name, p.kind, p.recipe, p.created_at, p.updated_at, p.owner";

Playlist read_playlist(const Rows& rows) {
    return {.id = PlaylistId{rows.integer(0)},
            .name = rows.text(1),
            .kind = rows.text(2) == kind_name(PlaylistKind::automatic) ? PlaylistKind::automatic : PlaylistKind::own,
            .recipe = rows.text(3),
            .created_at = rows.real(4),
            .updated_at = rows.real(5),
            .track_count = rows.integer(6),
            .duration_s = rows.real(7),
            .owner = UserId{rows.integer(8)}};
}

/// One of a new set of automatic playlists: the new state of an old one, or a new row.
PlaylistId put_automatic(Connection& connection, const Playlists::NewPlaylist& playlist) {
    const std::string name = checked_name(playlist.name, "A playlist");
    const std::int64_t updated = connection.run(
        "UPDATE playlists SET name = ?, recipe = ? WHERE id = ? AND kind = 'automatic'",
        {name, playlist.recipe.empty() ? std::string("{}") : to_valid_utf8(playlist.recipe), playlist.replaces.value});
    if (updated > 0) {
        replace_tracks(connection, playlist.replaces, playlist.tracks);
        return playlist.replaces;
    }
    const PlaylistId id = insert_playlist(connection, name, PlaylistKind::automatic, playlist.recipe, {});
    insert_tracks(connection, id, playlist.tracks);
    return id;
}

class SqlPlaylists final : public Playlists {
public:
    explicit SqlPlaylists(Engine& engine) : engine_(engine) {}

    std::vector<Playlist> list() override {
        auto playlists = engine_.read([](Connection& connection) {
            std::vector<Playlist> found;
            const auto rows = connection.query(std::string(kSelectPlaylists) + kGroup);
            while (rows->next())
                found.push_back(read_playlist(*rows));
            return found;
        });
        // As people sort names, which no engine does alike.
        const auto key = [](const Playlist& playlist) {
            return std::tuple(playlist.kind, fold(playlist.name), playlist.id);
        };
        std::ranges::sort(playlists, {}, key);
        return playlists;
    }

    std::optional<Playlist> get(PlaylistId id) override {
        return engine_.read([&](Connection& connection) -> std::optional<Playlist> {
            const auto rows = connection.query(std::string(kSelectPlaylists) + "WHERE p.id = ?" + kGroup, {id.value});
            if (!rows->next()) return std::nullopt;
            return read_playlist(*rows);
        });
    }

    std::vector<TrackId> tracks(PlaylistId id) override {
        return engine_.read([&](Connection& connection) {
            std::vector<TrackId> tracks;
            const auto rows = connection.query(
                "SELECT l.track_id FROM playlist_tracks l JOIN tracks t ON t.id = l.track_id "
                "WHERE l.playlist_id = ? AND t.cleaned_at = 0 ORDER BY l.position",
                {id.value});
            while (rows->next())
                tracks.push_back(TrackId{rows->integer(0)});
            return tracks;
        });
    }

    PlaylistId create(const std::string& name, PlaylistKind kind, const std::string& recipe,
                      std::span<const TrackId> tracks, UserId owner) override {
        const std::string checked = checked_name(name, "A playlist");
        return engine_.write([&](Connection& connection) {
            begin_change(connection);
            if (kind == PlaylistKind::own) check_playlist_name(connection, checked, owner, {});
            const PlaylistId id = insert_playlist(connection, checked, kind, recipe, owner);
            insert_tracks(connection, id, tracks);
            return id;
        });
    }

    void rename(PlaylistId id, const std::string& name) override {
        const std::string checked = checked_name(name, "A playlist");
        engine_.write([&](Connection& connection) {
            begin_change(connection);
            const auto owner = connection.find_integer("SELECT owner FROM playlists WHERE id = ?", {id.value});
            if (!owner) throw unknown_playlist(id);
            if (connection.find_integer("SELECT 1 FROM playlists WHERE id = ? AND kind = 'own'", {id.value}))
                check_playlist_name(connection, checked, UserId{*owner}, id);
            connection.run("UPDATE playlists SET name = ?, updated_at = ? WHERE id = ?",
                           {checked, unix_now(), id.value});
        });
    }

    void set_tracks(PlaylistId id, std::span<const TrackId> tracks) override {
        engine_.write([&](Connection& connection) {
            begin_change(connection);
            std::vector<TrackId> all(tracks.begin(), tracks.end());
            std::ranges::copy_if(removed_tracks(connection, id), std::back_inserter(all),
                                 [&](TrackId removed) { return std::ranges::find(tracks, removed) == tracks.end(); });
            if (!replace_tracks(connection, id, all)) throw unknown_playlist(id);
        });
    }

    void remove(PlaylistId id) override {
        engine_.write([&](Connection& connection) {
            begin_change(connection);
            if (connection.run("DELETE FROM playlists WHERE id = ?", {id.value}) == 0) throw unknown_playlist(id);
        });
    }

    void replace_automatic(std::span<const NewPlaylist> playlists) override {
        engine_.write([&](Connection& connection) {
            begin_change(connection);
            std::set<std::int64_t> kept;
            for (const NewPlaylist& playlist : playlists)
                kept.insert(put_automatic(connection, playlist).value);
            std::vector<std::int64_t> all;
            {
                const auto rows = connection.query("SELECT id FROM playlists WHERE kind = 'automatic'");
                while (rows->next())
                    all.push_back(rows->integer(0));
            }
            for (const std::int64_t id : all) {
                if (!kept.contains(id)) connection.run("DELETE FROM playlists WHERE id = ?", {id});
            }
        });
    }

private:
    Engine& engine_;
};

}  // namespace

std::string checked_name(const std::string& name, const std::string& what) {
    const std::string valid = to_valid_utf8(name);
    std::string trimmed(trim(valid));
    if (trimmed.empty()) throw Error(ErrorCode::invalid_argument, fmt::format("{} needs a name.", what));
    const std::size_t length = count_characters(trimmed);
    if (length > kLongestName) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("{} needs a name of at most {} characters, not {}.", what, kLongestName, length));
    }
    return trimmed;
}

bool is_taken(Connection& connection, const std::string& name, UserId owner, PlaylistId except) {
    return connection
        .find_integer("SELECT 1 FROM playlists WHERE kind = 'own' AND owner = ? AND name = ? AND id <> ?",
                      {owner.value, name, except.value})
        .has_value();
}

PlaylistId insert_playlist(Connection& connection, const std::string& name, PlaylistKind kind,
                           const std::string& recipe, UserId owner) {
    const double now = unix_now();
    return {*connection.find_integer(
        "INSERT INTO playlists (name, kind, recipe, created_at, updated_at, owner) VALUES (?, ?, ?, ?, ?, ?) "
        "RETURNING id",
        {name, kind_name(kind), recipe.empty() ? std::string("{}") : to_valid_utf8(recipe), now, now, owner.value})};
}

bool replace_tracks(Connection& connection, PlaylistId id, std::span<const TrackId> tracks) {
    if (connection.run("UPDATE playlists SET updated_at = ? WHERE id = ?", {unix_now(), id.value}) == 0) return false;
    connection.run("DELETE FROM playlist_tracks WHERE playlist_id = ?", {id.value});
    insert_tracks(connection, id, tracks);
    return true;
}

std::unique_ptr<Playlists> create_playlists(Engine& engine) {
    return std::make_unique<SqlPlaylists>(engine);
}

}  // namespace audiomuse::store::sql
