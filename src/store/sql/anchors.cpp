#include "audiomuse/store/anchors.h"

#include <fmt/format.h>

#include <algorithm>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "sql/playlist_write.h"
#include "sql/repositories.h"
#include "sql/values.h"

namespace audiomuse::store::sql {

namespace {

constexpr char kSelectAnchors[] = "SELECT id, name, recipe, model, model_version, created_at FROM anchors ";

Anchor read_anchor(const Rows& rows) {
    return {.id = AnchorId{rows.integer(0)},
            .name = rows.text(1),
            .recipe = rows.text(2),
            .model = {rows.text(3), rows.text(4)},
            .points = {},
            .created_at = rows.real(5)};
}

Error unknown_anchor(AnchorId id) {
    return Error(ErrorCode::not_found, fmt::format("There is no anchor {}. It may have been removed.", id.value));
}

void check_anchor_name(Connection& connection, const std::string& name, AnchorId except) {
    if (connection.find_integer("SELECT 1 FROM anchors WHERE name = ? AND id <> ?", {name, except.value})) {
        throw Error(ErrorCode::conflict, fmt::format("There is an anchor \"{}\" already. Choose another name.", name));
    }
}

class SqlAnchors final : public Anchors {
public:
    explicit SqlAnchors(Engine& engine) : engine_(engine) {}

    std::vector<Anchor> list() override {
        auto anchors = engine_.read([](Connection& connection) {
            std::vector<Anchor> found;
            const auto rows = connection.query(kSelectAnchors);
            while (rows->next())
                found.push_back(read_anchor(*rows));
            return found;
        });
        // As people sort names, which no engine does alike.
        std::ranges::sort(anchors, {}, [](const Anchor& anchor) { return std::tuple(fold(anchor.name), anchor.id); });
        return anchors;
    }

    std::optional<Anchor> get(AnchorId id) override {
        return engine_.read([&](Connection& connection) -> std::optional<Anchor> {
            std::optional<Anchor> anchor;
            {
                const auto rows = connection.query(std::string(kSelectAnchors) + "WHERE id = ?", {id.value});
                if (!rows->next()) return std::nullopt;
                anchor = read_anchor(*rows);
            }
            const auto rows = connection.query(
                "SELECT subtracted, weight, radius, vector FROM anchor_points WHERE anchor_id = ? ORDER BY position",
                {id.value});
            while (rows->next()) {
                (rows->integer(0) != 0 ? anchor->exclusions : anchor->points)
                    .push_back({.vector = floats(rows->bytes(3)), .weight = rows->real(1), .radius = rows->real(2)});
            }
            return anchor;
        });
    }

    AnchorId add(const Anchor& anchor) override {
        const std::string name = checked_name(anchor.name, "An anchor");
        if (anchor.points.empty()) throw Error(ErrorCode::invalid_argument, "An anchor needs at least one point.");
        return engine_.write([&](Connection& connection) {
            begin_change(connection);
            check_anchor_name(connection, name, {});
            const AnchorId id{*connection.find_integer(
                "INSERT INTO anchors (name, recipe, model, model_version, created_at) VALUES (?, ?, ?, ?, ?) "
                "RETURNING id",
                {name, to_valid_utf8(anchor.recipe), anchor.model.name, anchor.model.version, unix_now()})};
            std::int64_t position = 0;
            for (const bool subtracted : {false, true}) {
                for (const AnchorPoint& point : subtracted ? anchor.exclusions : anchor.points) {
                    connection.run(
                        "INSERT INTO anchor_points (anchor_id, position, subtracted, weight, radius, vector) "
                        "VALUES (?, ?, ?, ?, ?, ?)",
                        {id.value, position++, std::int64_t{subtracted}, point.weight, point.radius,
                         float_bytes(point.vector)});
                }
            }
            return id;
        });
    }

    void rename(AnchorId id, const std::string& name) override {
        const std::string checked = checked_name(name, "An anchor");
        engine_.write([&](Connection& connection) {
            begin_change(connection);
            check_anchor_name(connection, checked, id);
            if (connection.run("UPDATE anchors SET name = ? WHERE id = ?", {checked, id.value}) == 0)
                throw unknown_anchor(id);
        });
    }

    void remove(AnchorId id, UserId who) override {
        engine_.write([&](Connection& connection) {
            begin_change(connection);
            if (connection.run("DELETE FROM anchors WHERE id = ?", {id.value}) == 0) throw unknown_anchor(id);
            connection.run("DELETE FROM radios WHERE anchor_id = ? AND owner IN (0, ?)", {id.value, who.value});
        });
    }

private:
    Engine& engine_;
};

}  // namespace

std::unique_ptr<Anchors> create_anchors(Engine& engine) {
    return std::make_unique<SqlAnchors>(engine);
}

}  // namespace audiomuse::store::sql
