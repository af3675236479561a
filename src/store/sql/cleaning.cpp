#include "audiomuse/store/cleaning.h"

#include <fmt/format.h>

#include "sql/repositories.h"
#include "sql/track_rows.h"

namespace audiomuse::store::sql {

namespace {

/// A condition on `t`, a track, with its value.
struct Lost {
    std::string condition;
    std::int64_t run;
};

/// What `run` has removed, or orphans that none has.
Lost lost_of(std::optional<std::int64_t> run) {
    return {"t.present = 0 AND t.cleaned_at = ?", run.value_or(0)};
}

std::string join_source() {
    return std::string(" JOIN track_sources s ON s.id = ") + kSourceOfTrack +
           " LEFT JOIN servers v ON v.id = s.server_id ";
}

class SqlCleaning final : public Cleaning {
public:
    explicit SqlCleaning(Engine& engine) : engine_(engine) {}

    std::vector<ServerOrphans> orphans(double gone_before) override {
        return engine_.read([&](Connection& connection) {
            std::vector<ServerOrphans> servers;
            const Lost lost = lost_of(std::nullopt);
            const auto rows = connection.query(
                "SELECT s.server_id, v.name, COUNT(*), SUM(CASE WHEN t.orphaned_at < ? THEN 1 ELSE 0 END) FROM tracks "
                "t" +
                    join_source() + "WHERE " + lost.condition + " GROUP BY s.server_id, v.name ORDER BY s.server_id",
                {gone_before, lost.run});
            while (rows->next())
                servers.push_back({ServerId{rows->integer(0)}, rows->text(1), rows->integer(2), rows->integer(3)});
            return servers;
        });
    }

    std::int64_t catalogue() override {
        return engine_.read([](Connection& connection) { return count_catalogue(connection); });
    }

    OrphanGroups groups(std::optional<std::int64_t> run, std::int64_t offset, std::int64_t limit,
                        std::int64_t sample) override {
        return engine_.read([&](Connection& connection) {
            const Lost lost = lost_of(run);
            OrphanGroups found;
            std::vector<std::pair<std::string, std::string>> keys;
            {
                const auto rows = connection.query(
                    "SELECT s.server_id, v.name, t.album_artist_key, t.album_key, COUNT(*), MIN(t.orphaned_at), "
                    "MAX(t.orphaned_at), COUNT(*) OVER () FROM tracks t" +
                        join_source() + "WHERE " + lost.condition +
                        " GROUP BY s.server_id, v.name, t.album_artist_key, t.album_key "
                        "ORDER BY s.server_id, t.album_artist_key, t.album_key LIMIT ? OFFSET ?",
                    {lost.run, limit, offset});
                while (rows->next()) {
                    found.groups.push_back({.server = ServerId{rows->integer(0)},
                                            .server_name = rows->text(1),
                                            .tracks = rows->integer(4),
                                            .first_gone = rows->real(5),
                                            .last_gone = rows->real(6),
                                            .sample = {}});
                    keys.emplace_back(rows->text(2), rows->text(3));
                    found.total = rows->integer(7);
                }
            }
            for (std::size_t i = 0; i < found.groups.size(); ++i)
                found.groups[i].sample = read_sample(connection, lost, found.groups[i].server, keys[i], sample);
            return found;
        });
    }

    Removal remove(double gone_before, std::int64_t at) override {
        return engine_.write([&](Connection& connection) {
            begin_change(connection);
            Removal removal{.due = *connection.find_integer(
                                "SELECT COUNT(*) FROM tracks WHERE present = 0 AND cleaned_at = 0 AND orphaned_at < ?",
                                {gone_before}),
                            .catalogue = count_catalogue(connection)};
            if (removal.due * 2 > removal.catalogue) return removal;
            removal.removed = connection.run(
                "UPDATE tracks SET cleaned_at = ? WHERE present = 0 AND cleaned_at = 0 AND orphaned_at < ?",
                {at, gone_before});
            return removal;
        });
    }

    std::vector<CleaningRun> runs() override {
        return engine_.read([](Connection& connection) {
            std::vector<CleaningRun> runs;
            const auto rows =
                connection.query("SELECT t.cleaned_at, s.server_id, v.name, COUNT(*) FROM tracks t" + join_source() +
                                 "WHERE t.present = 0 AND t.cleaned_at > 0 GROUP BY t.cleaned_at, s.server_id, v.name "
                                 "ORDER BY t.cleaned_at DESC, s.server_id");
            while (rows->next()) {
                if (runs.empty() || runs.back().at != rows->integer(0))
                    runs.push_back({.at = rows->integer(0), .servers = {}});
                const std::int64_t tracks = rows->integer(3);
                runs.back().tracks += tracks;
                runs.back().servers.push_back({ServerId{rows->integer(1)}, rows->text(2), tracks, tracks});
            }
            return runs;
        });
    }

    std::int64_t restore(std::optional<std::int64_t> run, double now) override {
        return engine_.write([&](Connection& connection) {
            begin_change(connection);
            constexpr std::string_view kRestore =
                "UPDATE tracks SET cleaned_at = 0, orphaned_at = ? WHERE present = 0 ";
            if (!run) return connection.run(std::string(kRestore) + "AND cleaned_at > 0", {now});
            return connection.run(std::string(kRestore) + "AND cleaned_at > 0 AND cleaned_at = ?", {now, *run});
        });
    }

    std::int64_t forget(std::int64_t removed_before, std::int64_t most) override {
        return engine_.write([&](Connection& connection) {
            begin_change(connection);
            return connection.run(
                "DELETE FROM tracks WHERE id IN (SELECT id FROM tracks WHERE present = 0 AND cleaned_at > 0 AND "
                "cleaned_at <= ? ORDER BY id LIMIT ?)",
                {removed_before, most});
        });
    }

private:
    static std::int64_t count_catalogue(Connection& connection) {
        // What is removed is little, and found by an index.
        return *connection.find_integer(
            "SELECT (SELECT COUNT(*) FROM tracks) - "
            "(SELECT COUNT(*) FROM tracks WHERE present = 0 AND cleaned_at > 0)");
    }

    static std::vector<TrackId> read_sample(Connection& connection, const Lost& lost, ServerId server,
                                            const std::pair<std::string, std::string>& artist_and_album,
                                            std::int64_t most) {
        std::vector<TrackId> sample;
        const auto rows =
            connection.query("SELECT t.id FROM tracks t" + join_source() + "WHERE " + lost.condition +
                                 " AND s.server_id = ? AND t.album_artist_key = ? AND t.album_key = ? "
                                 "ORDER BY t.disc_number, t.track_number, t.title_key, t.id LIMIT ?",
                             {lost.run, server.value, artist_and_album.first, artist_and_album.second, most});
        while (rows->next())
            sample.push_back(TrackId{rows->integer(0)});
        return sample;
    }

    Engine& engine_;
};

}  // namespace

std::unique_ptr<Cleaning> create_cleaning(Engine& engine) {
    return std::make_unique<SqlCleaning>(engine);
}

}  // namespace audiomuse::store::sql
