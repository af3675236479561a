// A row without numbers says that CLAP listened and gave none: the track is not due again.
#include "audiomuse/store/sound_vectors.h"

#include <algorithm>

#include "sql/pending.h"
#include "sql/repositories.h"
#include "sql/sound_vectors.h"
#include "sql/vector_table.h"

namespace audiomuse::store::sql {

namespace {

/// A condition on a track `t`: what the first model (two values) made of its present audio is stored, and nothing that
/// the second (two values) did.
constexpr char kDue[] =
    "t.present <> 0 AND NOT EXISTS (SELECT 1 FROM failures f WHERE f.track_id = t.id) "
    "AND EXISTS (SELECT 1 FROM analyses a WHERE a.track_id = t.id AND a.outdated <> 1 AND a.model = ? "
    "AND a.model_version = ?) "
    "AND NOT EXISTS (SELECT 1 FROM sound_vectors v WHERE v.track_id = t.id AND v.outdated <> 1 AND v.model = ? "
    "AND v.model_version = ?)";

class SqlSoundVectors final : public VectorTable<SoundVectors> {
public:
    explicit SqlSoundVectors(Engine& engine) : VectorTable(engine, "sound_vectors") {}

    std::vector<Analyses::PendingTrack> due(const ModelTag& analysed, const ModelTag& wanted, TrackId after,
                                            std::int64_t limit) override {
        static const std::string kSql = pending_select() + "t.id > ? AND " + kDue + " ORDER BY t.id LIMIT ?";
        return engine_.read([&](Connection& connection) {
            std::vector<Analyses::PendingTrack> tracks;
            const auto rows = connection.query(kSql, {after.value, analysed.name, analysed.version, wanted.name,
                                                      wanted.version, std::max<std::int64_t>(limit, 0)});
            while (rows->next())
                tracks.push_back(read_pending(*rows));
            return tracks;
        });
    }

    std::vector<Analyses::PendingTrack> due_of(const ModelTag& analysed, const ModelTag& wanted,
                                               std::span<const TrackId> ids) override {
        static const std::string kSql = pending_select() + "t.id = ? AND " + kDue;
        return engine_.read([&](Connection& connection) {
            std::vector<Analyses::PendingTrack> tracks;
            for (const TrackId id : ids) {
                const auto rows =
                    connection.query(kSql, {id.value, analysed.name, analysed.version, wanted.name, wanted.version});
                if (rows->next()) tracks.push_back(read_pending(*rows));
            }
            return tracks;
        });
    }

    std::int64_t count_due(const ModelTag& analysed, const ModelTag& wanted) override {
        return engine_.read([&](Connection& connection) {
            return *connection.find_integer(std::string("SELECT COUNT(*) FROM tracks t WHERE ") + kDue,
                                            {analysed.name, analysed.version, wanted.name, wanted.version});
        });
    }

    std::int64_t count(const ModelTag& model) override {
        return engine_.read([&](Connection& connection) {
            return *connection.find_integer(
                "SELECT COUNT(*) FROM sound_vectors v JOIN tracks t ON t.id = v.track_id WHERE t.present <> 0 "
                "AND v.model = ? AND v.model_version = ? AND length(v.vector) > 0",
                {model.name, model.version});
        });
    }

    std::int64_t save(std::span<const Heard> heard) override {
        if (heard.empty()) return 0;
        return engine_.write([&](Connection& connection) {
            const std::int64_t change = begin_change(connection);
            std::int64_t kept = 0;
            for (const Heard& one : heard) {
                const auto rows = connection.query(
                    "SELECT EXISTS (SELECT 1 FROM track_sources s WHERE s.track_id = t.id AND s.size = ? AND "
                    "s.mtime_ns = ?) FROM tracks t WHERE t.id = ?",
                    {one.stamp.size, one.stamp.mtime_ns, one.id.value});
                if (!rows->next()) continue;
                save_sound(connection, one.id, one.sound, rows->integer(0) == 0);
                connection.run("UPDATE tracks SET revision = ? WHERE id = ?", {change, one.id.value});
                ++kept;
            }
            return kept;
        });
    }
};

}  // namespace

void save_sound(Connection& connection, TrackId id, const SoundVector& sound, bool outdated) {
    connection.run(
        "INSERT INTO sound_vectors (track_id, model, model_version, outdated, vector) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (track_id) DO UPDATE SET model = excluded.model, model_version = excluded.model_version, "
        "outdated = excluded.outdated, vector = excluded.vector",
        {id.value, sound.model.name, sound.model.version, std::int64_t{outdated}, float_bytes(sound.vector)});
}

std::unique_ptr<SoundVectors> create_sound_vectors(Engine& engine) {
    return std::make_unique<SqlSoundVectors>(engine);
}

}  // namespace audiomuse::store::sql
