// What the repositories need of an SQL engine. The repositories' SQL is one text for every engine; what differs between
// engines (migrations, full-text search) is behind this interface.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace audiomuse::store::sql {

/// A value for one `?`. The engine copies it.
using Value = std::variant<std::nullptr_t, std::int64_t, double, std::string_view, std::span<const std::byte>>;

/// The rows of a query. Columns count from 0. NULL reads as 0 or empty.
class Rows {
public:
    virtual ~Rows() = default;
    virtual bool next() = 0;  ///< to the next (at first: the first) row; false when there is none
    virtual std::int64_t integer(int column) const = 0;
    virtual double real(int column) const = 0;
    virtual std::string text(int column) const = 0;
    virtual std::span<const std::byte> bytes(int column) const = 0;  ///< holds until next()
};

/// Takes rows of one table in bulk, by the fastest way an engine has. Until `finish`, the connection runs nothing else.
/// Without `finish` the rows may or may not be there: roll back.
class Appender {
public:
    virtual ~Appender() = default;
    virtual void add(std::span<const Value> row) = 0;  ///< a value for each column, in the order they were named
    virtual void finish() = 0;
};

/// What only one transaction at a time may do, in all processes that share the database.
enum class Lock : std::int64_t { schema = 1, jobs = 2, users = 3 };

/// A text that must occur in one of `columns` of the table track_texts.
struct Term {
    std::string text;                       ///< a search key (search_text.h), not empty
    std::vector<std::string_view> columns;  ///< "title", "artist", "rest"
};

/// A piece of SQL with the values of its `?`s.
struct Fragment {
    std::string sql;
    std::vector<std::string> values;
};

class Connection {
public:
    virtual ~Connection() = default;
    /// Runs a statement and returns its rows. Rows must be gone before the connection is handed back.
    virtual std::unique_ptr<Rows> query(std::string_view sql, std::span<const Value> values) = 0;
    /// As query, by a plan for these very values: where some of them fit a few rows, and others most.
    virtual std::unique_ptr<Rows> query_once(std::string_view sql, std::span<const Value> values) {
        return query(sql, values);
    }
    /// As query, for a SELECT of so many rows that they must not lie in memory at once.
    virtual std::unique_ptr<Rows> stream(std::string_view sql, std::span<const Value> values) = 0;
    /// Runs a statement to its end; returns how many rows it changed.
    virtual std::int64_t run(std::string_view sql, std::span<const Value> values) = 0;
    virtual std::unique_ptr<Appender> append(std::string_view table, std::span<const std::string_view> columns) = 0;
    /// After rows were appended to `table` with ids of their own: those it gives to new rows are above them.
    virtual void continue_ids(std::string_view table) = 0;
    /// Lifts the time limits on statements until the end of the transaction: for work on all rows.
    virtual void no_time_limit() = 0;
    /// Waits for the lock, which the end of the transaction lets go. An engine with one writer need do nothing.
    virtual void lock(Lock what) = 0;
    /// An expression for the database's own time, Unix seconds: what leases are kept by, as clocks of machines differ.
    virtual std::string_view now() const = 0;
    /// A SELECT of `track_id`, `title` and `artist` from the rows of track_texts in which every term occurs (at least
    /// one term).
    virtual Fragment tracks_with(std::span<const Term> terms) const = 0;
    /// The same rows, of which nothing but `track_id` is wanted, in the way that takes the engine least.
    virtual Fragment ids_with(std::span<const Term> terms) const { return tracks_with(terms); }
    /// A SELECT of `track_id` from the lyrics that hold the words (lyrics_words; at least one) anywhere, or next to
    /// each other and in this order.
    virtual Fragment lyrics_with(const std::vector<std::string>& words, bool in_order) const = 0;

    std::unique_ptr<Rows> query(std::string_view sql, std::initializer_list<Value> values = {}) {
        return query(sql, std::span(values.begin(), values.size()));
    }
    std::unique_ptr<Rows> stream(std::string_view sql, std::initializer_list<Value> values = {}) {
        return stream(sql, std::span(values.begin(), values.size()));
    }
    std::int64_t run(std::string_view sql, std::initializer_list<Value> values = {}) {
        return run(sql, std::span(values.begin(), values.size()));
    }
    /// The first column of the first row; nothing when there is no row.
    std::optional<std::int64_t> find_integer(std::string_view sql, std::initializer_list<Value> values = {}) {
        const auto rows = query(sql, values);
        if (!rows->next()) return std::nullopt;
        return rows->integer(0);
    }
};

/// One database. Threads: all functions from any thread.
class Engine {
public:
    virtual ~Engine() = default;

    /// Runs `body` in a transaction that reads one state of the database, beside other readers and a writer. Returns
    /// what it returns. `body` may call read and write again.
    template <class Body>
    auto read(Body&& body) {
        return call(&Engine::run_read, body);
    }
    /// Runs `body` in a transaction of its own: committed when it returns, undone when it throws. One writer at a time,
    /// or several beside each other where an engine can: what must not meet begins with a lock, or with the change of
    /// a row that all have to change. `body` must not call write again.
    template <class Body>
    auto write(Body&& body) {
        return call(&Engine::run_write, body);
    }

protected:
    using Work = std::function<void(Connection&)>;
    virtual void run_read(const Work& work) = 0;
    virtual void run_write(const Work& work) = 0;

private:
    template <class Body>
    auto call(void (Engine::*run)(const Work&), Body& body) {
        using Result = std::invoke_result_t<Body&, Connection&>;
        if constexpr (std::is_void_v<Result>) {
            (this->*run)([&](Connection& connection) { body(connection); });
        } else {
            std::optional<Result> result;
            (this->*run)([&](Connection& connection) { result.emplace(body(connection)); });
            return std::move(*result);
        }
    }
};

}  // namespace audiomuse::store::sql
