// A connection to PostgreSQL: statements with binary values and binary results, COPY in bulk.
//
// Threads: a Connection, its results and copies are used by one thread at a time. Errors: every function may throw
// Error with the server's address, PostgreSQL's own words and the way out, never with a password: unavailable (cannot
// connect, connection lost, server starting or with too many connections, transaction to be repeated),
// permission_denied (wrong password, missing right), not_found (no such database), conflict (a constraint refused the
// change), timeout (statement took too long), io (full disk, failing device), damaged (broken data), invalid_argument
// (address that cannot be understood), internal (all else).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

struct pg_conn;
struct pg_result;

namespace audiomuse::wrap::postgres {

/// Of libpq: "15.8".
std::string library_version();

struct ConnectOptions {
    /// "postgresql://user:password@host:port/database"; when empty, the five fields below count.
    std::string url;
    std::string host;
    int port = 5432;
    std::string user;
    std::string password;
    std::string database;
    std::string application_name = "audiomuse";
    std::chrono::milliseconds connect_timeout{5000};  ///< for reaching the server and signing in
};

/// int8, float8, text and bytea of PostgreSQL; nullptr is NULL. Text must be valid UTF-8 without NUL.
using Value = std::variant<std::nullptr_t, std::int64_t, double, std::string_view, std::span<const std::byte>>;

/// All rows of a query, in memory; independent of the connection. Rows and columns count from 0. NULL reads as 0 or
/// empty. A column is decoded by its type: integers and bool as integer, these and float4, float8 as real, text kinds
/// as text, bytea as bytes; anything else (numeric among them) is Error(internal): cast it in the query.
class Result {
public:
    explicit Result(pg_result* result);
    int rows() const { return rows_; }
    int columns() const { return static_cast<int>(types_.size()); }
    std::int64_t integer(int row, int column) const;
    double real(int row, int column) const;
    std::string_view text(int row, int column) const;             ///< holds as long as the result
    std::span<const std::byte> bytes(int row, int column) const;  ///< holds as long as the result
    std::int64_t affected() const;                                ///< rows the statement changed or returned
    std::size_t size_bytes() const;                               ///< memory it takes
    std::vector<unsigned> types() const { return types_; }        ///< PostgreSQL's type number of each column

private:
    struct Clearer {
        void operator()(pg_result* result) const noexcept;
    };
    std::span<const std::byte> value(int row, int column) const;
    bool null(int row, int column) const;

    std::unique_ptr<pg_result, Clearer> result_;
    int rows_;
    std::vector<unsigned> types_;
};

class Connection {
public:
    explicit Connection(const ConnectOptions& options);

    /// Runs one statement with $1, $2, ... It is prepared at its first use and kept by its text.
    Result query(std::string_view sql, std::span<const Value> values = {});
    /// The same for a text that will not come again.
    Result query_once(std::string_view sql, std::span<const Value> values = {});
    /// Runs one or more statements that need no values.
    void execute(const std::string& script);

    /// False once the connection was lost.
    bool usable() const;
    /// Between BEGIN and its end, a failed transaction included.
    bool in_transaction() const;
    /// In one of which a statement has failed: nothing but ROLLBACK is taken.
    bool failed_transaction() const;
    /// "host:port, database name", for messages.
    const std::string& address() const { return address_; }

private:
    friend class CopyIn;
    friend class Listener;
    struct Closer {
        void operator()(pg_conn* connection) const noexcept;
    };
    const std::string& prepare(std::string_view sql, std::span<const unsigned> types);
    Result check(pg_result* result) const;
    [[noreturn]] void raise(const pg_result* result) const;

    std::string address_;
    std::unique_ptr<pg_conn, Closer> connection_;
    std::unordered_map<std::string, std::string> statements_;  // types and text to the name on the server
    std::uint64_t next_statement_ = 0;
};

/// COPY table (columns) FROM STDIN in binary form. Until `finish`, the connection runs nothing else. Without `finish`
/// nothing is copied and the transaction has failed.
class CopyIn {
public:
    CopyIn(Connection& connection, std::string_view table, std::span<const std::string_view> columns);
    ~CopyIn();
    CopyIn(const CopyIn&) = delete;
    CopyIn& operator=(const CopyIn&) = delete;
    /// One value for each column, of the column's kind; an integer is taken for a float8 column, too.
    void add(std::span<const Value> row);
    /// Returns the number of rows copied.
    std::int64_t finish();

private:
    void send();

    Connection& connection_;
    std::vector<unsigned> types_;
    std::string buffer_;
    bool open_ = true;
};

}  // namespace audiomuse::wrap::postgres
