// Which state a track is in follows from three facts: a row in failures (the file as it is could not be analysed), else
// a row in analyses that is not outdated (analysed, by some model), else pending.
#include "audiomuse/store/analyses.h"

#include <limits>
#include <unordered_map>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/text.h"
#include "audiomuse/base/track.h"
#include "sql/id_lots.h"
#include "sql/pending.h"
#include "sql/repositories.h"
#include "sql/sound_vectors.h"
#include "sql/track_rows.h"
#include "sql/values.h"
#include "sql/vector_table.h"

namespace audiomuse::store::sql {

namespace {

// "t.present <> 0" and not "= 1", "a.outdated <> 1" and not "= 0": that keeps an engine from choosing an index that
// nearly every track is in, instead of going by id, and lets one that guesses how many rows will fit guess right.

/// A condition on a track `t`: nothing is stored that the wanted model (two values) made of its present audio.
constexpr char kPending[] =
    "t.present <> 0 AND NOT EXISTS (SELECT 1 FROM failures f WHERE f.track_id = t.id) "
    "AND NOT EXISTS (SELECT 1 FROM analyses a WHERE a.track_id = t.id AND a.outdated <> 1 AND a.model = ? "
    "AND a.model_version = ?)";

Scale parse_scale(std::string_view name) {
    return name == scale_name(Scale::minor) ? Scale::minor : Scale::major;
}

ErrorCode parse_code(std::string_view name) {
    for (int i = 0; i < static_cast<int>(ErrorCode::internal); ++i) {
        if (code_name(static_cast<ErrorCode>(i)) == name) return static_cast<ErrorCode>(i);
    }
    return ErrorCode::internal;
}

constexpr char kSummaryColumns[] = "a.track_id, a.tempo, a.energy, a.key, a.scale, a.moods, a.other_features";

AnalysisSummary read_summary(const Rows& rows) {
    AnalysisSummary summary;
    summary.id = TrackId{rows.integer(0)};
    summary.tempo_bpm = rows.real(1);
    summary.energy = rows.real(2);
    summary.key = static_cast<int>(rows.integer(3));
    summary.scale = parse_scale(rows.text(4));
    summary.moods = floats(rows.bytes(5));
    read_floats(rows.bytes(6), summary.other_features);
    return summary;
}

void save_embedding(Connection& connection, TrackId id, const ModelTag& model, const Embedding& embedding) {
    connection.run(
        "INSERT INTO embeddings (track_id, model, model_version, vector) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (track_id, model, model_version) DO UPDATE SET vector = excluded.vector",
        {id.value, model.name, model.version, float_bytes(embedding)});
    connection.run("DELETE FROM embeddings WHERE track_id = ? AND NOT (model = ? AND model_version = ?)",
                   {id.value, model.name, model.version});
}

void save_analysis(Connection& connection, const Analyses::Saved& saved, bool outdated, std::int64_t change) {
    const TrackAnalysis& analysis = *saved.analysis;
    connection.run(
        "INSERT INTO analyses (track_id, model, model_version, outdated, size, mtime_ns, analysed_at, duration_s, "
        "tempo, tempo_confidence, energy, loudness, key, scale, key_confidence, other_features, moods, chroma, "
        "decode_settings, warning, elapsed_ms, descriptors) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (track_id) DO UPDATE "
        "SET "
        "model = excluded.model, model_version = excluded.model_version, outdated = excluded.outdated, "
        "size = excluded.size, mtime_ns = excluded.mtime_ns, analysed_at = excluded.analysed_at, "
        "duration_s = excluded.duration_s, tempo = excluded.tempo, tempo_confidence = excluded.tempo_confidence, "
        "energy = excluded.energy, loudness = excluded.loudness, key = excluded.key, scale = excluded.scale, "
        "key_confidence = excluded.key_confidence, other_features = excluded.other_features, moods = excluded.moods, "
        "chroma = excluded.chroma, decode_settings = excluded.decode_settings, warning = excluded.warning, "
        "elapsed_ms = excluded.elapsed_ms, descriptors = excluded.descriptors",
        {saved.id.value,
         analysis.model.name,
         analysis.model.version,
         std::int64_t{outdated},
         saved.stamp.size,
         saved.stamp.mtime_ns,
         unix_now(),
         finite(analysis.duration_s),
         finite(analysis.tempo_bpm),
         finite(analysis.tempo_confidence),
         finite(analysis.energy),
         finite(analysis.loudness),
         std::int64_t{analysis.key},
         scale_name(analysis.scale),
         finite(analysis.key_confidence),
         float_bytes(analysis.other_features),
         float_bytes(analysis.moods),
         float_bytes(analysis.chroma),
         to_valid_utf8(analysis.decode_settings),
         to_valid_utf8(analysis.warning),
         finite(analysis.elapsed_ms),
         float_bytes(analysis.descriptors)});
    if (!analysis.embedding.empty()) save_embedding(connection, saved.id, analysis.model, analysis.embedding);
    if (analysis.sound) save_sound(connection, saved.id, *analysis.sound, outdated);
    connection.run("DELETE FROM failures WHERE track_id = ?", {saved.id.value});
    connection.run("UPDATE tracks SET times_analysed = times_analysed + 1, revision = ? WHERE id = ?",
                   {change, saved.id.value});
}

void save_failure(Connection& connection, const Analyses::Saved& saved, std::int64_t change) {
    connection.run(
        "INSERT INTO failures (track_id, code, stage, message, size, mtime_ns, decoder, failed_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (track_id) DO UPDATE SET code = excluded.code, "
        "stage = excluded.stage, message = excluded.message, size = excluded.size, mtime_ns = excluded.mtime_ns, "
        "decoder = excluded.decoder, failed_at = excluded.failed_at",
        {saved.id.value, code_name(saved.failure->code), to_valid_utf8(saved.failure->stage),
         to_valid_utf8(saved.failure->message), saved.stamp.size, saved.stamp.mtime_ns, to_valid_utf8(saved.decoder),
         unix_now()});
    // A result of audio that is gone is served until the new audio has been tried.
    connection.run("DELETE FROM sound_vectors WHERE track_id = ? AND outdated = 1", {saved.id.value});
    if (connection.run("DELETE FROM analyses WHERE track_id = ? AND outdated = 1", {saved.id.value}) > 0) {
        connection.run("DELETE FROM embeddings WHERE track_id = ?", {saved.id.value});
        connection.run("UPDATE tracks SET revision = ? WHERE id = ?", {change, saved.id.value});
    }
}

/// What the store has of a track, compared with a result that comes in.
struct Known {
    bool current = false;   ///< the result is of a file as it is now
    bool repeated = false;  ///< the same was saved before: an analysis by this model, or a failure
};

// The rows are compared here, and not in the WHERE: an engine without statistics would look for the model, which nearly
// all rows have, and not for the track.
std::optional<Known> compare(Connection& connection, const Analyses::Saved& saved) {
    const auto rows = connection.query(
        "SELECT EXISTS (SELECT 1 FROM track_sources s WHERE s.track_id = t.id AND s.size = ? AND s.mtime_ns = ?), "
        "a.size, a.mtime_ns, a.model, a.model_version, COALESCE(a.outdated, 1), f.size, f.mtime_ns, f.track_id "
        "FROM tracks t LEFT JOIN analyses a ON a.track_id = t.id LEFT JOIN failures f ON f.track_id = t.id "
        "WHERE t.id = ?",
        {saved.stamp.size, saved.stamp.mtime_ns, saved.id.value});
    if (!rows->next()) return std::nullopt;
    Known known{.current = rows->integer(0) != 0};
    if (saved.failure) {
        known.repeated = rows->integer(8) != 0 && FileStamp{rows->integer(6), rows->integer(7)} == saved.stamp;
    } else {
        known.repeated = rows->integer(5) == 0 && FileStamp{rows->integer(1), rows->integer(2)} == saved.stamp &&
                         ModelTag{rows->text(3), rows->text(4)} == saved.analysis->model;
    }
    return known;
}

/// Up to and including the join that gives a failure its path.
const std::string& failure_select() {
    static const std::string kSql =
        std::string(
            "SELECT t.id, s.path, f.code, f.stage, f.message, f.size, f.mtime_ns, f.decoder, f.failed_at "
            "FROM failures f JOIN tracks t ON t.id = f.track_id JOIN track_sources s ON s.id = ") +
        kSourceOfTrack;
    return kSql;
}

FailureRow read_failure(const Rows& rows) {
    FailureRow row;
    row.id = TrackId{rows.integer(0)};
    row.path = rows.text(1);
    row.failure = {parse_code(rows.text(2)), rows.text(3), rows.text(4)};
    row.stamp = {rows.integer(5), rows.integer(6)};
    row.decoder = rows.text(7);
    row.failed_at = rows.real(8);
    return row;
}

/// Adds what the tags say.
void name_failures(Connection& connection, std::vector<FailureRow>& failures) {
    std::vector<TrackId> ids;
    for (const FailureRow& row : failures)
        ids.push_back(row.id);
    const std::vector<TrackRow> tracks = read_tracks(connection, ids);
    auto track = tracks.begin();  // in the same order
    for (FailureRow& row : failures) {
        if (track == tracks.end() || track->id != row.id) continue;
        row.item_id = track->item_id;
        row.title = track->tags.title;
        row.author = track->author;
        ++track;
    }
}

/// A number that is kept as NULL in rows older than its column; the query turns that into -1.
double known_or_nan(double value) {
    return value < 0 ? std::numeric_limits<double>::quiet_NaN() : value;
}

class SqlAnalyses final : public VectorTable<Analyses> {
public:
    explicit SqlAnalyses(Engine& engine) : VectorTable(engine, "embeddings") {}

    std::vector<PendingTrack> pending(const ModelTag& wanted, TrackId after, std::int64_t limit) override {
        static const std::string kSql = pending_select() + "t.id > ? AND " + kPending + " ORDER BY t.id LIMIT ?";
        return engine_.read([&](Connection& connection) {
            std::vector<PendingTrack> tracks;
            const auto rows =
                connection.query(kSql, {after.value, wanted.name, wanted.version, std::max<std::int64_t>(limit, 0)});
            while (rows->next())
                tracks.push_back(read_pending(*rows));
            return tracks;
        });
    }

    std::vector<PendingTrack> pending_of(const ModelTag& wanted, std::span<const TrackId> ids) override {
        static const std::string kSql = pending_select() + "t.id = ? AND " + kPending;
        return engine_.read([&](Connection& connection) {
            std::vector<PendingTrack> tracks;
            for (const TrackId id : ids) {
                const auto rows = connection.query(kSql, {id.value, wanted.name, wanted.version});
                if (rows->next()) tracks.push_back(read_pending(*rows));
            }
            return tracks;
        });
    }

    Kept save(std::span<const Saved> results) override {
        if (results.empty()) return {};
        return engine_.write([&](Connection& connection) {
            const std::int64_t change = begin_change(connection);
            Kept kept;
            for (const Saved& result : results) {
                if (result.analysis.has_value() == result.failure.has_value()) {
                    throw Error(ErrorCode::invalid_argument, "A result is either an analysis or a failure.");
                }
                const std::optional<Known> known = compare(connection, result);
                if (!known) {
                    throw Error(ErrorCode::not_found,
                                "There is no track " + std::to_string(result.id.value) + " to save for.");
                }
                if (result.analysis && !known->repeated) {
                    save_analysis(connection, result, !known->current, change);
                    ++kept.analysed;
                } else if (result.failure && known->current) {
                    save_failure(connection, result, change);
                    kept.failed += known->repeated ? 0 : 1;
                }
            }
            return kept;
        });
    }

    std::int64_t forget_failures(std::optional<TrackId> id) override {
        return engine_.write([&](Connection& connection) {
            begin_change(connection);
            const std::int64_t forgotten = id ? connection.run("DELETE FROM failures WHERE track_id = ?", {id->value})
                                              : connection.run("DELETE FROM failures");
            return forgotten;
        });
    }

    std::int64_t forget_failures_of_other_decoders(std::string_view decoder,
                                                   std::span<const std::string_view> stages) override {
        return engine_.write([&](Connection& connection) {
            begin_change(connection);
            std::int64_t forgotten = 0;
            for (const std::string_view stage : stages)
                forgotten += connection.run("DELETE FROM failures WHERE stage = ? AND decoder <> ?", {stage, decoder});
            return forgotten;
        });
    }

    std::optional<TrackAnalysis> get(TrackId id) override {
        return engine_.read([&](Connection& connection) -> std::optional<TrackAnalysis> {
            const auto rows = connection.query(
                "SELECT duration_s, tempo, COALESCE(tempo_confidence, -1), energy, COALESCE(loudness, -1), key, scale, "
                "COALESCE(key_confidence, -1), chroma, moods, other_features, descriptors, model, model_version, "
                "decode_settings, warning, elapsed_ms FROM analyses WHERE track_id = ?",
                {id.value});
            if (!rows->next()) return std::nullopt;
            TrackAnalysis analysis;
            analysis.duration_s = rows->real(0);
            analysis.tempo_bpm = rows->real(1);
            analysis.tempo_confidence = known_or_nan(rows->real(2));
            analysis.energy = rows->real(3);
            analysis.loudness = known_or_nan(rows->real(4));
            analysis.key = static_cast<int>(rows->integer(5));
            analysis.scale = parse_scale(rows->text(6));
            analysis.key_confidence = known_or_nan(rows->real(7));
            read_floats(rows->bytes(8), analysis.chroma);
            analysis.moods = floats(rows->bytes(9));
            read_floats(rows->bytes(10), analysis.other_features);
            analysis.descriptors = floats(rows->bytes(11));
            analysis.model = {rows->text(12), rows->text(13)};
            analysis.decode_settings = rows->text(14);
            analysis.warning = rows->text(15);
            analysis.elapsed_ms = rows->real(16);
            analysis.embedding = read_vector(connection, id, analysis.model).value_or(Embedding());
            return analysis;
        });
    }

    std::vector<AnalysisSummary> summaries(std::span<const TrackId> ids) override {
        return engine_.read([&](Connection& connection) {
            std::unordered_map<TrackId, AnalysisSummary> found;
            each_lot(ids, [&](const std::string& list, std::span<const Value> values) {
                const auto rows = connection.query(
                    std::string("SELECT ") + kSummaryColumns + " FROM analyses a WHERE a.track_id IN " + list, values);
                while (rows->next()) {
                    AnalysisSummary summary = read_summary(*rows);
                    found[summary.id] = std::move(summary);
                }
            });
            std::vector<AnalysisSummary> summaries;
            summaries.reserve(found.size());
            for (const TrackId id : ids) {
                if (const auto summary = found.find(id); summary != found.end()) summaries.push_back(summary->second);
            }
            return summaries;
        });
    }

    std::int64_t times_analysed(TrackId id) override {
        return engine_.read([&](Connection& connection) {
            return connection.find_integer("SELECT times_analysed FROM tracks WHERE id = ?", {id.value}).value_or(0);
        });
    }

    Coverage coverage(const ModelTag& wanted) override {
        return engine_.read([&](Connection& connection) {
            // Indexes alone answer these: absent and failed tracks are few.
            const std::string current =
                "SELECT COUNT(*) FROM analyses a WHERE a.outdated = 0 "
                "AND a.track_id NOT IN (SELECT id FROM tracks WHERE present = 0) "
                "AND a.track_id NOT IN (SELECT track_id FROM failures)";
            Coverage coverage;
            coverage.tracks = *connection.find_integer("SELECT COUNT(*) FROM tracks WHERE present = 1");
            coverage.failed = *connection.find_integer(
                "SELECT COUNT(*) FROM failures f JOIN tracks t ON t.id = f.track_id WHERE t.present = 1");
            coverage.analysed = *connection.find_integer(current + " AND a.model = ? AND a.model_version = ?",
                                                         {wanted.name, wanted.version});
            coverage.stale = *connection.find_integer(current) - coverage.analysed;
            coverage.pending = coverage.tracks - coverage.analysed - coverage.stale - coverage.failed;
            return coverage;
        });
    }

    FailurePage failures(std::int64_t offset, std::int64_t limit) override {
        static const std::string kSql =
            failure_select() + " WHERE t.present = 1 ORDER BY f.failed_at DESC, t.id LIMIT ? OFFSET ?";
        return engine_.read([&](Connection& connection) {
            FailurePage page;
            page.total = *connection.find_integer(
                "SELECT COUNT(*) FROM failures f JOIN tracks t ON t.id = f.track_id WHERE t.present = 1");
            {
                const auto rows =
                    connection.query(kSql, {std::max<std::int64_t>(limit, 0), std::max<std::int64_t>(offset, 0)});
                while (rows->next())
                    page.rows.push_back(read_failure(*rows));
            }
            name_failures(connection, page.rows);
            return page;
        });
    }

    std::vector<FailureRow> failures_of(std::span<const TrackId> ids) override {
        return engine_.read([&](Connection& connection) {
            std::unordered_map<TrackId, FailureRow> found;
            each_lot(ids, [&](const std::string& list, std::span<const Value> values) {
                const auto rows = connection.query(failure_select() + " WHERE t.id IN " + list, values);
                while (rows->next()) {
                    FailureRow row = read_failure(*rows);
                    found[row.id] = std::move(row);
                }
            });
            std::vector<FailureRow> failures;
            for (const TrackId id : ids) {
                if (const auto row = found.find(id); row != found.end()) failures.push_back(row->second);
            }
            name_failures(connection, failures);
            return failures;
        });
    }

    void each_summary(const std::function<void(const AnalysisSummary&)>& visit) override {
        each_in_lots<AnalysisSummary>(
            engine_,
            std::string("SELECT ") + kSummaryColumns +
                " FROM analyses a JOIN tracks t ON t.id = a.track_id "
                "WHERE a.track_id > ? AND t.present <> 0 ORDER BY a.track_id LIMIT ?",
            {}, read_summary, [](const AnalysisSummary& row) { return row.id; }, visit);
    }
};

}  // namespace

std::unique_ptr<Analyses> create_analyses(Engine& engine) {
    return std::make_unique<SqlAnalyses>(engine);
}

}  // namespace audiomuse::store::sql
