// A catalogue with rows of every table and values of every kind.
#pragma once

#include <bit>
#include <cmath>
#include <deque>
#include <string>
#include <vector>

#include "audiomuse/base/random.h"
#include "transfer/catalogue.h"

namespace audiomuse::store::transfer {

/// Makes up a row's values; they hold until the next row.
class RowMaker {
public:
    explicit RowMaker(std::uint64_t seed) : random_(seed) {}

    std::vector<sql::Value> make(const Table& table, std::int64_t i, std::int64_t rows) {
        texts_.clear();
        blobs_.clear();
        std::vector<sql::Value> values;
        for (const Column& column : table.columns)
            values.push_back(make(table, column, i, rows));
        return values;
    }

private:
    static std::int64_t id(std::int64_t i) { return 2 * i + 1; }

    sql::Value make(const Table& table, const Column& column, std::int64_t i, std::int64_t rows) {
        const bool is_key = table.key.find(column.name) != std::string_view::npos;
        if (column.name == "id") return id(i);
        // Tracks that have several rows here: half of them two.
        if (column.name == "track_id")
            return table.name == "playlist_tracks" ? id(random_.integer(0, rows - 1)) : id(i);
        if (column.name == "playlist_id") return id(i / 3);
        if (column.name == "server_id") return id(i % 2);
        if (column.name == "anchor_id") return id(table.name == "radios" ? i : i / 3);
        if (column.name == "number") return i % 3;
        if (column.name == "position" || column.name == "part") return i % 3;
        if (column.name == "user_id") return id(i);
        if (column.name == "owner") return i % 3;
        if (column.name == "kind") return text(i % 2 == 0 ? "own" : "automatic");
        if (table.name == "index_blob_parts" && column.name == "name") return text("name" + std::to_string(i / 3));
        // Unique, and of characters that every engine puts in the same order.
        if (is_key || column.name == "name" || column.name == "name_key" || column.name == "secret_hash")
            return text(std::string(column.name) + std::to_string(i));
        if (column.counts) return random_.integer(0, 1'000'000);
        if (column.nullable && random_.integer(0, 2) == 0) return nullptr;
        switch (column.type) {
            case ColumnType::integer:
                return static_cast<std::int64_t>(random_.bits());
            case ColumnType::real:
                return real();
            case ColumnType::text:
                return text(bytes(column.name == "path" ? i : 0));
            case ColumnType::bytes:
                return blob();
        }
        return nullptr;
    }

    double real() {
        for (;;) {
            const auto value = std::bit_cast<double>(random_.bits());
            if (std::isfinite(value) && value != 0) return value;
        }
    }
    /// Any bytes but no NUL, as paths are; `number` makes them unique.
    std::string bytes(std::int64_t number) {
        std::string made = number == 0 ? "" : std::to_string(number);
        const std::int64_t size = random_.integer(0, 12);
        for (std::int64_t i = 0; i < size; ++i)
            made += static_cast<char>(random_.integer(1, 255));
        return made;
    }
    sql::Value text(std::string made) { return std::string_view(texts_.emplace_back(std::move(made))); }
    sql::Value blob() {
        auto& made = blobs_.emplace_back(static_cast<std::size_t>(random_.integer(0, 900)));
        for (std::byte& byte : made)
            byte = static_cast<std::byte>(random_.bits());
        if (made.size() >= 4) std::fill_n(made.begin(), 4, std::byte{0xff});  // a NaN with a payload
        return std::span<const std::byte>(made);
    }

    Random random_;
    std::deque<std::string> texts_;
    std::deque<std::vector<std::byte>> blobs_;
};

/// Fills every table of an empty catalogue, in a transaction that writes.
inline void fill(sql::Connection& connection, std::uint64_t seed, std::int64_t rows) {
    RowMaker maker(seed);
    for (const Table& table : catalogue().tables) {
        std::vector<std::string_view> names;
        for (const Column& column : table.columns)
            names.push_back(column.name);
        const auto appender = connection.append(table.name, names);
        for (std::int64_t i = 0; i < rows; ++i)
            appender->add(maker.make(table, i, rows));
        appender->finish();
        if (table.gives_ids) connection.continue_ids(table.name);
    }
    connection.run("UPDATE change_counter SET value = 1000001");
}

}  // namespace audiomuse::store::transfer
