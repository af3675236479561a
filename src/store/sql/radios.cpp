#include "audiomuse/store/radios.h"

#include <fmt/format.h>

#include <algorithm>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "sql/playlist_write.h"
#include "sql/repositories.h"

namespace audiomuse::store::sql {

namespace {

constexpr char kSelectRadios[] =
    "SELECT id, name, anchor_id, recipe, filter, temperature, n_results, enabled, playlist_id, created_at, "
    "refreshed_at, owner FROM radios ";

Radio read_radio(const Rows& rows) {
    return {.id = RadioId{rows.integer(0)},
            .name = rows.text(1),
            .anchor = AnchorId{rows.integer(2)},
            .recipe = rows.text(3),
            .filter = rows.text(4),
            .temperature = rows.real(5),
            .n = rows.integer(6),
            .enabled = rows.integer(7) != 0,
            .playlist = PlaylistId{rows.integer(8)},
            .created_at = rows.real(9),
            .refreshed_at = rows.real(10),
            .owner = UserId{rows.integer(11)}};
}

std::optional<Radio> find(Connection& connection, RadioId id) {
    const auto rows = connection.query(std::string(kSelectRadios) + "WHERE id = ?", {id.value});
    if (!rows->next()) return std::nullopt;
    return read_radio(*rows);
}

Error unknown_radio(RadioId id) {
    return Error(ErrorCode::not_found, fmt::format("There is no radio {}. It may have been removed.", id.value));
}

PlaylistId make_playlist(Connection& connection, const Radio& radio) {
    std::string name = radio.name;
    for (int number = 2; is_taken(connection, name, radio.owner, {}); ++number)
        name = fmt::format("{} ({})", radio.name, number);
    return insert_playlist(connection, name, PlaylistKind::own,
                           fmt::format(R"({{"algorithm":"radio","radio":{}}})", radio.id.value), radio.owner);
}

/// What `playlist` holds now, as its newest issue.
void keep_issue(Connection& connection, PlaylistId playlist, double now) {
    const std::int64_t number =
        connection.find_integer("SELECT MAX(number) FROM playlist_issues WHERE playlist_id = ?", {playlist.value})
            .value_or(0) +
        1;
    connection.run("INSERT INTO playlist_issues (playlist_id, number, made_at) VALUES (?, ?, ?)",
                   {playlist.value, number, now});
    connection.run(
        "INSERT INTO playlist_issue_tracks (playlist_id, number, position, track_id) "
        "SELECT playlist_id, ?, position, track_id FROM playlist_tracks WHERE playlist_id = ?",
        {number, playlist.value});
    connection.run("DELETE FROM playlist_issues WHERE playlist_id = ? AND number <= ?",
                   {playlist.value, number - kKeptIssues});
}

class SqlRadios final : public Radios {
public:
    explicit SqlRadios(Engine& engine) : engine_(engine) {}

    std::vector<Radio> list() override {
        auto radios = engine_.read([](Connection& connection) {
            std::vector<Radio> found;
            const auto rows = connection.query(kSelectRadios);
            while (rows->next())
                found.push_back(read_radio(*rows));
            return found;
        });
        std::ranges::sort(radios, {}, [](const Radio& radio) { return std::tuple(fold(radio.name), radio.id); });
        return radios;
    }

    std::optional<Radio> get(RadioId id) override {
        return engine_.read([&](Connection& connection) { return find(connection, id); });
    }

    RadioId add(const Radio& radio) override {
        const std::string name = checked_name(radio.name, "A radio");
        return engine_.write([&](Connection& connection) {
            begin_change(connection);
            if (radio.anchor) {
                if (!connection.find_integer("SELECT 1 FROM anchors WHERE id = ?", {radio.anchor.value})) {
                    throw Error(ErrorCode::not_found, fmt::format("There is no anchor {}.", radio.anchor.value));
                }
                if (connection.find_integer("SELECT 1 FROM radios WHERE owner = ? AND anchor_id = ?",
                                            {radio.owner.value, radio.anchor.value})) {
                    throw Error(ErrorCode::conflict, "This anchor has a radio already. Change that one.");
                }
            }
            return RadioId{*connection.find_integer(
                "INSERT INTO radios (name, anchor_id, recipe, filter, temperature, n_results, enabled, playlist_id, "
                "created_at, refreshed_at, owner) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, 0, ?) RETURNING id",
                {name, radio.anchor.value, to_valid_utf8(radio.recipe), to_valid_utf8(radio.filter), radio.temperature,
                 radio.n, std::int64_t{radio.enabled}, unix_now(), radio.owner.value})};
        });
    }

    void update(const Radio& radio) override {
        const std::string name = checked_name(radio.name, "A radio");
        engine_.write([&](Connection& connection) {
            begin_change(connection);
            const std::int64_t changed = connection.run(
                "UPDATE radios SET name = ?, recipe = ?, filter = ?, temperature = ?, n_results = ?, enabled = ? "
                "WHERE id = ?",
                {name, to_valid_utf8(radio.recipe), to_valid_utf8(radio.filter), radio.temperature, radio.n,
                 std::int64_t{radio.enabled}, radio.id.value});
            if (changed == 0) throw unknown_radio(radio.id);
        });
    }

    void remove(RadioId id) override {
        engine_.write([&](Connection& connection) {
            begin_change(connection);
            if (connection.run("DELETE FROM radios WHERE id = ?", {id.value}) == 0) throw unknown_radio(id);
        });
    }

    PlaylistId publish(RadioId id, std::span<const TrackId> tracks) override {
        return engine_.write([&](Connection& connection) {
            begin_change(connection);
            const std::optional<Radio> radio = find(connection, id);
            if (!radio) throw unknown_radio(id);
            PlaylistId playlist = radio->playlist;
            if (!playlist || !replace_tracks(connection, playlist, tracks)) {
                playlist = make_playlist(connection, *radio);
                replace_tracks(connection, playlist, tracks);
            }
            const double now = unix_now();
            connection.run("UPDATE radios SET playlist_id = ?, refreshed_at = ? WHERE id = ?",
                           {playlist.value, now, id.value});
            keep_issue(connection, playlist, now);
            return playlist;
        });
    }

    std::vector<Issue> issues(PlaylistId playlist) override {
        return engine_.read([&](Connection& connection) {
            std::vector<Issue> issues;
            {
                const auto rows = connection.query(
                    "SELECT number, made_at FROM playlist_issues WHERE playlist_id = ? ORDER BY number DESC",
                    {playlist.value});
                while (rows->next())
                    issues.push_back({.number = rows->integer(0), .made_at = rows->real(1), .tracks = {}});
            }
            const auto rows = connection.query(
                "SELECT i.number, i.track_id FROM playlist_issue_tracks i JOIN tracks t ON t.id = i.track_id "
                "WHERE i.playlist_id = ? AND t.cleaned_at = 0 ORDER BY i.number, i.position",
                {playlist.value});
            while (rows->next()) {
                const auto issue = std::ranges::find(issues, rows->integer(0), &Issue::number);
                if (issue != issues.end()) issue->tracks.push_back(TrackId{rows->integer(1)});
            }
            return issues;
        });
    }

private:
    Engine& engine_;
};

}  // namespace

std::unique_ptr<Radios> create_radios(Engine& engine) {
    return std::make_unique<SqlRadios>(engine);
}

}  // namespace audiomuse::store::sql
