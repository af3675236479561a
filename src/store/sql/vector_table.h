// A table of vectors: track_id, model, model_version, vector.
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audiomuse/store/track_vectors.h"
#include "sql/connection.h"
#include "sql/values.h"

namespace audiomuse::store::sql {

/// Rows that are read at once when all are visited: the database is free again between two lots.
inline constexpr std::int64_t kLot = 500;

/// Visits the rows of `sql` in lots. Its values are the id of the last track visited, then `values`, then the size of a
/// lot.
template <class Row, class Read, class IdOf, class Visit>
void each_in_lots(Engine& engine, const std::string& sql, const std::vector<Value>& values, Read read, IdOf id_of,
                  Visit visit) {
    TrackId after;
    for (;;) {
        const std::vector<Row> lot = engine.read([&](Connection& connection) {
            std::vector<Value> bound = {after.value};
            bound.insert(bound.end(), values.begin(), values.end());
            bound.emplace_back(kLot);
            std::vector<Row> rows_read;
            const auto rows = connection.query(sql, bound);
            while (rows->next())
                rows_read.push_back(read(*rows));
            return rows_read;
        });
        for (const Row& row : lot)
            visit(row);
        if (static_cast<std::int64_t>(lot.size()) < kLot) return;
        after = id_of(lot.back());
    }
}

/// TrackVectors over such a table.
template <class Base>
class VectorTable : public Base {
public:
    VectorTable(Engine& engine, std::string table) : engine_(engine), table_(std::move(table)) {}

    void each_embedding(const ModelTag& model, const std::function<void(TrackId, const Embedding&)>& visit) override {
        each_in_lots<std::pair<TrackId, Embedding>>(
            engine_,
            "SELECT e.track_id, e.vector FROM " + table_ +
                " e JOIN tracks t ON t.id = e.track_id WHERE e.track_id > ? AND e.model = ? AND e.model_version = ? "
                "AND t.present <> 0 AND length(e.vector) > 0 ORDER BY e.track_id LIMIT ?",
            {model.name, model.version},
            [](const Rows& rows) { return std::pair(TrackId{rows.integer(0)}, floats(rows.bytes(1))); },
            [](const auto& row) { return row.first; }, [&](const auto& row) { visit(row.first, row.second); });
    }

    std::int64_t each_change(const ModelTag& model, std::int64_t after,
                             const std::function<void(TrackId, const Embedding&)>& visit) override {
        struct Changed {
            TrackId id;
            std::int64_t change;
            bool gone;
            Embedding embedding;
        };
        // In the order of the changes, so that the number of the last one visited is a place to go on from.
        const std::string sql =
            "SELECT t.id, t.revision, CASE WHEN t.present = 1 AND EXISTS (SELECT 1 FROM " + table_ +
            " x WHERE x.track_id = t.id AND length(x.vector) > 0) THEN 0 ELSE 1 END, e.vector FROM tracks t "
            "LEFT JOIN " +
            table_ +
            " e ON e.track_id = t.id AND e.model = ? AND e.model_version = ? "
            "WHERE t.revision >= ? AND (t.revision > ? OR t.id > ?) ORDER BY t.revision, t.id LIMIT ?";
        TrackId last_id{std::numeric_limits<std::int64_t>::max()};
        for (;;) {
            const auto lot = engine_.read([&](Connection& connection) {
                std::vector<Changed> changes;
                const auto rows = connection.query(sql, {model.name, model.version, after, after, last_id.value, kLot});
                while (rows->next()) {
                    changes.push_back(
                        {TrackId{rows->integer(0)}, rows->integer(1), rows->integer(2) != 0, floats(rows->bytes(3))});
                }
                return changes;
            });
            for (const Changed& change : lot) {
                if (change.gone || !change.embedding.empty())
                    visit(change.id, change.gone ? Embedding() : change.embedding);
            }
            if (!lot.empty()) {
                after = lot.back().change;
                last_id = lot.back().id;
            }
            if (static_cast<std::int64_t>(lot.size()) < kLot) return after;
        }
    }

    std::int64_t count_changes(std::int64_t after) override {
        return engine_.read([&](Connection& connection) {
            return *connection.find_integer("SELECT COUNT(*) FROM tracks WHERE revision > ?", {after});
        });
    }

    std::optional<Embedding> embedding(TrackId id, const ModelTag& model) override {
        return engine_.read([&](Connection& connection) { return read_vector(connection, id, model); });
    }

    ModelTag dominant_model() override {
        return engine_.read([&](Connection& connection) {
            const auto rows =
                connection.query("SELECT model, model_version FROM " + table_ +
                                 " WHERE track_id NOT IN (SELECT id FROM tracks WHERE present = 0) "
                                 "GROUP BY model, model_version ORDER BY COUNT(*) DESC, model, model_version LIMIT 1");
            return rows->next() ? ModelTag{rows->text(0), rows->text(1)} : ModelTag{};
        });
    }

protected:
    std::optional<Embedding> read_vector(Connection& connection, TrackId id, const ModelTag& model) const {
        const auto rows =
            connection.query("SELECT vector FROM " + table_ + " WHERE track_id = ? AND model = ? AND model_version = ?",
                             {id.value, model.name, model.version});
        if (!rows->next()) return std::nullopt;
        Embedding vector = floats(rows->bytes(0));
        if (vector.empty()) return std::nullopt;
        return vector;
    }

    Engine& engine_;

private:
    const std::string table_;
};

}  // namespace audiomuse::store::sql
