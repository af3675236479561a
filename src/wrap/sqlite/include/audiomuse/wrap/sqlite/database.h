// A connection to an SQLite file, and its prepared statements.
//
// Threads: a Database and its statements are used by one thread at a time. Errors: every function may throw Error with
// the file's path, SQLite's own message and the way out: io (full disk, no right to write, locked by another program,
// failing device), damaged (not a database, or a broken one), conflict (a constraint refused the change), internal (all
// else).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace audiomuse::wrap::sqlite {

/// E.g. "3.40.1".
std::string library_version();

/// A prepared statement. Parameters count from 1, columns from 0. Must not outlive its Database.
class Statement {
public:
    /// Values are copied. Text is bound as the bytes it is, valid UTF-8 or not.
    void bind(int parameter, std::int64_t value);
    void bind(int parameter, double value);
    void bind(int parameter, std::string_view value);
    void bind(int parameter, std::span<const std::byte> value);
    void bind(int parameter, std::nullptr_t);

    /// Runs to the next row; false when there is none.
    bool step();
    /// Back to the start; bound values are forgotten.
    void reset() noexcept;

    /// The current row's values. NULL reads as 0 or empty. Views hold until the next step or reset.
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string_view text(int column) const;
    std::span<const std::byte> bytes(int column) const;

private:
    friend class Database;
    struct Finalizer {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    void check(int code) const;

    std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
};

class Database {
public:
    enum class Access { read_only, read_write, create };

    /// `busy_wait` is how long a statement waits for another connection's lock before it fails.
    Database(const std::filesystem::path& file, Access access, std::chrono::milliseconds busy_wait);

    /// Runs one or more statements that need no values.
    void execute(const std::string& script);
    /// `sql` is exactly one statement.
    Statement prepare(std::string_view sql);
    /// Rows the last INSERT, UPDATE or DELETE changed, without those that triggers changed.
    std::int64_t changes() const;
    bool in_transaction() const;

private:
    struct Closer {
        void operator()(sqlite3* database) const noexcept;
    };
    std::unique_ptr<sqlite3, Closer> database_;
};

}  // namespace audiomuse::wrap::sqlite
