#include "audiomuse/store/history.h"

#include <algorithm>
#include <unordered_map>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "sql/id_lots.h"
#include "sql/listed_items.h"
#include "sql/playlist_write.h"
#include "sql/repositories.h"
#include "sql/values.h"

namespace audiomuse::store::sql {

namespace {

constexpr std::int64_t kBestRating = 5;

/// To be followed by what becomes of a row that is there.
const std::string kInsert =
    "INSERT INTO listening (track_id, owner, server_id, user_name, plays, last_played_at, rating, favourite) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (track_id, owner, server_id, user_name) DO UPDATE SET ";

constexpr char kSelectHeard[] =
    "SELECT track_id, owner, server_id, user_name, plays, last_played_at, rating, favourite FROM listening ";
/// Of owner, server and user.
constexpr char kOfListener[] = "owner = ? AND server_id = ? AND user_name = ?";

/// The columns that say what was heard.
struct What {
    std::int64_t plays = 0;
    double last_played_at = 0;
    std::int64_t rating = 0;
    std::int64_t favourite = 0;
    friend bool operator==(const What&, const What&) = default;
};

What read_what(const Rows& rows, int column) {
    return {rows.integer(column), rows.real(column + 1), rows.integer(column + 2), rows.integer(column + 3)};
}

std::int64_t valid_rating(int rating) {
    return std::clamp<std::int64_t>(rating, 0, kBestRating);
}

What updated(What what, const HeardItem& item) {
    if (item.plays) what.plays = std::max<std::int64_t>(*item.plays, 0);
    if (item.last_played_at) what.last_played_at = finite(*item.last_played_at);
    if (item.rating) what.rating = valid_rating(*item.rating);
    if (item.favourite) what.favourite = *item.favourite ? 1 : 0;
    return what;
}

/// What is so of a track that was not told of.
HeardItem none_of(const Told& all) {
    HeardItem item;
    if (all.plays) {
        item.plays = 0;
        item.last_played_at = 0;
    }
    if (all.ratings) item.rating = 0;
    if (all.favourites) item.favourite = false;
    return item;
}

void write(Connection& connection, const Listener& listener, TrackId track, const What& what) {
    const std::string user = to_valid_utf8(listener.user);
    if (what == What{}) {
        connection.run(std::string("DELETE FROM listening WHERE track_id = ? AND ") + kOfListener,
                       {track.value, listener.owner.value, listener.server.value, user});
        return;
    }
    connection.run(kInsert +
                       "plays = excluded.plays, last_played_at = excluded.last_played_at, rating = excluded.rating, "
                       "favourite = excluded.favourite",
                   {track.value, listener.owner.value, listener.server.value, user, what.plays, what.last_played_at,
                    what.rating, what.favourite});
}

Heard read_heard(const Rows& rows) {
    const What what = read_what(rows, 4);
    return {.track = TrackId{rows.integer(0)},
            .listener = {ServerId{rows.integer(2)}, rows.text(3), UserId{rows.integer(1)}},
            .plays = what.plays,
            .last_played_at = what.last_played_at,
            .rating = static_cast<int>(what.rating),
            .favourite = what.favourite != 0};
}

UserId who_played(Connection& connection, UserId user) {
    const bool any =
        connection.find_integer("SELECT 1 FROM listening WHERE owner = ? AND plays > 0 LIMIT 1", {user.value})
            .has_value();
    return any ? user : UserId{};
}

bool is_linked(Connection& connection, const Listener& listener) {
    return connection
        .find_integer("SELECT 1 FROM server_accounts WHERE user_id = ? AND server_id = ? AND name = ?",
                      {listener.owner.value, listener.server.value, to_valid_utf8(listener.user)})
        .has_value();
}

class SqlHistory final : public History {
public:
    explicit SqlHistory(Engine& engine) : engine_(engine) {}

    std::int64_t put(const Listener& listener, std::span<const HeardItem> items, const Told& all) override {
        return engine_.write([&](Connection& connection) {
            if (listener.owner && !is_linked(connection, listener)) return std::int64_t{0};  // not any more
            std::unordered_map<TrackId, What> known = all_of(connection, listener);
            std::int64_t changed = 0;
            for (const HeardItem& item : items) {
                const auto track = connection.find_integer(
                    "SELECT track_id FROM track_sources WHERE item_id = ? AND item_id <> '' AND server_id = ? "
                    "ORDER BY present DESC, id LIMIT 1",
                    {to_valid_utf8(item.item_id), listener.server.value});
                if (!track) continue;
                const auto found = known.find(TrackId{*track});
                const What before = found == known.end() ? What{} : found->second;
                if (found != known.end()) known.erase(found);
                const What now = updated(before, item);
                if (now == before) continue;
                write(connection, listener, TrackId{*track}, now);
                ++changed;
            }
            const HeardItem others = none_of(all);
            for (const auto& [track, before] : known) {
                const What now = updated(before, others);
                if (now == before) continue;
                write(connection, listener, track, now);
                ++changed;
            }
            return changed;
        });
    }

    void add_play(const Listener& listener, TrackId track, double at) override {
        change(listener, track, {.plays = 1, .last_played_at = finite(at)},
               "plays = listening.plays + 1, last_played_at = CASE WHEN excluded.last_played_at > "
               "listening.last_played_at THEN excluded.last_played_at ELSE listening.last_played_at END");
    }

    void set_rating(const Listener& listener, TrackId track, int rating) override {
        change(listener, track, {.rating = valid_rating(rating)}, "rating = excluded.rating");
    }

    void set_favourite(const Listener& listener, TrackId track, bool favourite) override {
        change(listener, track, {.favourite = favourite ? 1 : 0}, "favourite = excluded.favourite");
    }

    std::vector<Heard> of(std::span<const TrackId> tracks) override {
        return engine_.read([&](Connection& connection) {
            std::vector<Heard> heard;
            std::vector<TrackId> ids(tracks.begin(), tracks.end());
            std::ranges::sort(ids);
            ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
            each_lot(std::span<const TrackId>(ids), [&](const std::string& list, std::span<const Value> values) {
                const auto rows = connection.query(std::string(kSelectHeard) + "WHERE track_id IN " + list +
                                                       " ORDER BY track_id, owner, server_id, user_name",
                                                   values);
                while (rows->next())
                    heard.push_back(read_heard(*rows));
            });
            return heard;
        });
    }

    UserId played_by(UserId user) override {
        return engine_.read([&](Connection& connection) { return who_played(connection, user); });
    }

    std::vector<Heard> most_played(UserId user, std::int64_t limit) override {
        return engine_.read([&](Connection& connection) {
            const auto rows = connection.query(
                "SELECT l.track_id, 0, 0, '', l.plays, l.last_played_at, l.rating, l.favourite FROM "
                "(SELECT track_id, CAST(SUM(plays) AS BIGINT) AS plays, MAX(last_played_at) AS last_played_at, "
                "MAX(rating) AS rating, MAX(favourite) AS favourite FROM listening WHERE owner = ? GROUP BY track_id) "
                "l JOIN tracks t ON t.id = l.track_id WHERE l.plays > 0 AND t.present = 1 "
                "ORDER BY l.plays DESC, l.last_played_at DESC, l.track_id LIMIT ?",
                {who_played(connection, user).value, std::max<std::int64_t>(limit, 0)});
            std::vector<Heard> heard;
            while (rows->next())
                heard.push_back(read_heard(*rows));
            return heard;
        });
    }

    std::vector<Listener> listeners() override {
        return engine_.read([](Connection& connection) {
            std::vector<Listener> listeners;
            const auto rows = connection.query(
                "SELECT DISTINCT owner, server_id, user_name FROM listening ORDER BY owner, server_id, user_name");
            while (rows->next())
                listeners.push_back({ServerId{rows->integer(1)}, rows->text(2), UserId{rows->integer(0)}});
            return listeners;
        });
    }

    std::vector<std::string> hidden_artists(UserId owner) override {
        return engine_.read([&](Connection& connection) {
            std::vector<std::string> names;
            const auto rows =
                connection.query("SELECT name FROM hidden_artists WHERE owner = ? ORDER BY name_key", {owner.value});
            while (rows->next())
                names.push_back(rows->text(0));
            return names;
        });
    }

    void hide_artist(UserId owner, const std::string& name) override {
        const std::string checked = checked_name(name, "An artist");
        engine_.write([&](Connection& connection) {
            begin_change(connection);
            connection.run(
                "INSERT INTO hidden_artists (owner, name_key, name) VALUES (?, ?, ?) ON CONFLICT (owner, name_key) DO "
                "NOTHING",
                {owner.value, fold(checked), checked});
        });
    }

    void show_artist(UserId owner, const std::string& name) override {
        engine_.write([&](Connection& connection) {
            begin_change(connection);
            if (connection.run("DELETE FROM hidden_artists WHERE owner = ? AND name_key = ?",
                               {owner.value, fold(trim(to_valid_utf8(name)))}) == 0) {
                throw Error(ErrorCode::not_found, "This artist is not hidden.");
            }
        });
    }

private:
    static std::unordered_map<TrackId, What> all_of(Connection& connection, const Listener& listener) {
        std::unordered_map<TrackId, What> all;
        const auto rows = connection.query(
            std::string("SELECT track_id, plays, last_played_at, rating, favourite FROM listening WHERE ") +
                kOfListener,
            {listener.owner.value, listener.server.value, to_valid_utf8(listener.user)});
        while (rows->next())
            all.emplace(TrackId{rows->integer(0)}, read_what(*rows, 1));
        return all;
    }

    /// `fresh` is the row of a listener who has none yet; `update` changes one that is there. One statement, so that
    /// nothing is lost of several at once.
    void change(const Listener& listener, TrackId track, const What& fresh, const std::string& update) {
        engine_.write([&](Connection& connection) {
            if (!connection.find_integer("SELECT 1 FROM tracks WHERE id = ?", {track.value})) {
                throw Error(ErrorCode::not_found, "There is no track " + std::to_string(track.value) + ".");
            }
            connection.run(kInsert + update,
                           {track.value, listener.owner.value, listener.server.value, to_valid_utf8(listener.user),
                            fresh.plays, fresh.last_played_at, fresh.rating, fresh.favourite});
        });
    }

    Engine& engine_;
};

}  // namespace

void move_history(Connection& connection, TrackId from, TrackId to) {
    std::vector<Heard> heard;
    {
        const auto rows = connection.query(std::string(kSelectHeard) + "WHERE track_id = ?", {from.value});
        while (rows->next())
            heard.push_back(read_heard(*rows));
    }
    for (const Heard& row : heard) {
        What what{row.plays, row.last_played_at, row.rating, row.favourite ? 1 : 0};
        {
            const auto rows = connection.query(
                std::string("SELECT plays, last_played_at, rating, favourite FROM listening WHERE track_id = ? AND ") +
                    kOfListener,
                {to.value, row.listener.owner.value, row.listener.server.value, row.listener.user});
            if (rows->next()) {
                const What other = read_what(*rows, 0);
                what.plays += other.plays;
                what.last_played_at = std::max(what.last_played_at, other.last_played_at);
                what.rating = std::max(what.rating, other.rating);
                what.favourite = std::max(what.favourite, other.favourite);
            }
        }
        write(connection, row.listener, to, what);
    }
}

std::unique_ptr<History> create_history(Engine& engine) {
    return std::make_unique<SqlHistory>(engine);
}

}  // namespace audiomuse::store::sql
