#include "sqlite/engine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "sql/search_text.h"

namespace audiomuse::store::sqlite {

namespace {

using wrap::sqlite::Database;
using wrap::sqlite::Statement;

// Other processes may write too (a command beside the server): their transactions are short.
constexpr std::chrono::seconds kBusyWait{15};
constexpr std::size_t kIdleReaders = 16;  // as many as the web server has handlers
constexpr std::size_t kKeptStatements = 200;
constexpr std::size_t kTrigram = 3;

/// The folder is made, and the file with rights for its owner alone: it holds passwords of media servers. Files that
/// SQLite lays beside it get the same rights.
std::filesystem::path with_folder(const std::filesystem::path& file) {
    const std::filesystem::path folder = file.parent_path();
    std::error_code error;
    if (!folder.empty()) std::filesystem::create_directories(folder, error);
    if (error) {
        throw Error(ErrorCode::io,
                    fmt::format("The folder {} for the database cannot be made ({}). Make it, and give the user "
                                "that runs AudioMuse the right to write it, or choose another data folder.",
                                folder.native(), error.message()));
    }
    const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made >= 0) ::close(made);  // what is wrong otherwise is said by opening it
    return file;
}

}  // namespace

/// A prepared statement of a connection with its values bound; goes back to the connection, reset, at the end.
class StatementLease {
public:
    StatementLease(Connection& connection, std::string_view sql, std::span<const sql::Value> values)
        : connection_(connection), sql_(sql), statement_(connection.take(sql)) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            std::visit([&](const auto& value) { statement_.bind(static_cast<int>(i) + 1, value); }, values[i]);
        }
    }
    ~StatementLease() { connection_.give_back(sql_, std::move(statement_)); }
    StatementLease(const StatementLease&) = delete;
    StatementLease& operator=(const StatementLease&) = delete;

    Statement& operator*() { return statement_; }
    Statement* operator->() { return &statement_; }

private:
    Connection& connection_;
    const std::string sql_;
    Statement statement_;
};

namespace {

class StatementRows final : public sql::Rows {
public:
    StatementRows(Connection& connection, std::string_view sql, std::span<const sql::Value> values)
        : statement_(connection, sql, values) {}

    bool next() override { return statement_->step(); }
    std::int64_t integer(int column) const override { return statement_->integer(column); }
    double real(int column) const override { return statement_->real(column); }
    std::string text(int column) const override { return std::string(statement_->text(column)); }
    std::span<const std::byte> bytes(int column) const override { return statement_->bytes(column); }

private:
    mutable StatementLease statement_;
};

class InsertingAppender final : public sql::Appender {
public:
    InsertingAppender(Connection& connection, std::string_view table, std::span<const std::string_view> columns)
        : connection_(connection),
          sql_(fmt::format("INSERT INTO {} ({}) VALUES ({})", table, fmt::join(columns, ", "),
                           fmt::join(std::vector<std::string_view>(columns.size(), "?"), ", "))) {}

    void add(std::span<const sql::Value> row) override { connection_.run(sql_, row); }
    void finish() override {}

private:
    Connection& connection_;
    const std::string sql_;
};

}  // namespace

// synchronous = NORMAL: in WAL mode the file is always consistent, and nothing committed is lost when the process is
// killed. Only a power cut may undo the last transactions, as the log is not synced at each commit: the tracks they
// held are pending again and are listened to once more, which costs less than a sync of the disk per batch on the small
// machines this runs on.
Connection::Connection(const std::filesystem::path& file, Database::Access access)
    : database_(file, access, kBusyWait) {
    database_.execute(
        "PRAGMA foreign_keys = ON;"
        "PRAGMA synchronous = NORMAL;"
        "PRAGMA temp_store = MEMORY;"
        "PRAGMA cache_size = -8000");  // KiB
}

Statement Connection::take(std::string_view sql) {
    const auto found = idle_statements_.find(sql);
    if (found == idle_statements_.end() || found->second.empty()) return database_.prepare(sql);
    Statement statement = std::move(found->second.back());
    found->second.pop_back();
    return statement;
}

void Connection::give_back(std::string_view sql, Statement statement) noexcept {
    try {
        statement.reset();
        // Searches of many words make many texts: start again before they pile up.
        if (idle_statements_.size() >= kKeptStatements) idle_statements_.clear();
        idle_statements_[std::string(sql)].push_back(std::move(statement));
    } catch (const std::bad_alloc&) {
        // Not kept, then.
    }
}

std::unique_ptr<sql::Rows> Connection::query(std::string_view sql, std::span<const sql::Value> values) {
    return std::make_unique<StatementRows>(*this, sql, values);
}

std::int64_t Connection::run(std::string_view sql, std::span<const sql::Value> values) {
    StatementLease statement(*this, sql, values);
    while (statement->step()) {
    }
    return database_.changes();
}

std::unique_ptr<sql::Appender> Connection::append(std::string_view table, std::span<const std::string_view> columns) {
    return std::make_unique<InsertingAppender>(*this, table, columns);
}

namespace {

/// What rows with all of some terms meet. Terms of three characters and more are looked up in the trigram index;
/// shorter ones are compared row by row in the narrow table track_texts.
struct Conditions {
    std::string match;  // of the index; empty: none
    std::string others;
    std::vector<std::string> patterns;  // of the others
};

Conditions conditions_of(std::span<const sql::Term> terms) {
    Conditions conditions;
    for (const sql::Term& term : terms) {
        if (count_characters(term.text) >= kTrigram) {
            std::string quoted;
            for (const char c : term.text)
                quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
            if (!conditions.match.empty()) conditions.match += " AND ";
            conditions.match += fmt::format("{{{}}} : \"{}\"", fmt::join(term.columns, " "), quoted);
            continue;
        }
        std::vector<std::string> alternatives;
        for (const std::string_view column : term.columns) {
            alternatives.push_back(fmt::format("INSTR(c.{}, ?) > 0", column));
            conditions.patterns.push_back(term.text);
        }
        if (!conditions.others.empty()) conditions.others += " AND ";
        conditions.others += "(" + join(alternatives, " OR ") + ")";
    }
    return conditions;
}

}  // namespace

sql::Fragment Connection::tracks_with(std::span<const sql::Term> terms) const {
    auto [match, others, patterns] = conditions_of(terms);
    if (match.empty())
        return {"SELECT c.track_id, c.title, c.artist FROM track_texts c WHERE " + others, std::move(patterns)};
    patterns.insert(patterns.begin(), std::move(match));
    // The texts from their table: the index would look each of them up by a statement of its own, at three times the
    // cost. A cross join, as SQLite reads those in the order they are written in.
    return {
        "SELECT c.track_id, c.title, c.artist FROM track_index i CROSS JOIN track_texts c ON c.track_id = i.rowid "
        "WHERE track_index MATCH ?" +
            (others.empty() ? "" : " AND " + others),
        std::move(patterns)};
}

sql::Fragment Connection::ids_with(std::span<const sql::Term> terms) const {
    Conditions conditions = conditions_of(terms);
    if (conditions.match.empty() || !conditions.others.empty()) return tracks_with(terms);
    return {"SELECT rowid AS track_id FROM track_index WHERE track_index MATCH ?", {std::move(conditions.match)}};
}

sql::Fragment Connection::lyrics_with(const std::vector<std::string>& words, bool in_order) const {
    // Words hold no quotes; those of nothing but marks, which may, are in no lyrics.
    std::string match = in_order ? "\"" + join(words, " ") + "\"" : "\"" + join(words, "\" AND \"") + "\"";
    return {"SELECT rowid AS track_id FROM lyrics_index WHERE lyrics_index MATCH ?", {std::move(match)}};
}

void Connection::transaction(std::string_view how, const std::function<void(sql::Connection&)>& work) {
    run(fmt::format("BEGIN {}", how), {});
    try {
        work(*this);
        run("COMMIT", {});
    } catch (...) {
        // Some failures, a full disk among them, have rolled back already.
        if (database_.in_transaction()) {
            try {
                run("ROLLBACK", {});
            } catch (const Error&) {
                // The first failure says more.
            }
        }
        throw;
    }
}

Engine::Engine(const std::filesystem::path& file)
    : file_(with_folder(file)), writer_(file_, Database::Access::create) {}

void Engine::run_read(const Work& work) {
    std::unique_ptr<Connection> reader;
    {
        std::lock_guard lock(readers_mutex_);
        if (!idle_readers_.empty()) {
            reader = std::move(idle_readers_.back());
            idle_readers_.pop_back();
        }
    }
    // A new one whenever all are busy, so that a reader inside a reader never waits for itself.
    if (!reader) reader = std::make_unique<Connection>(file_, Database::Access::read_write);
    reader->transaction("DEFERRED", work);
    std::lock_guard lock(readers_mutex_);
    if (idle_readers_.size() < kIdleReaders) idle_readers_.push_back(std::move(reader));
}

void Engine::run_write(const Work& work) {
    std::lock_guard lock(write_mutex_);
    writer_.transaction("IMMEDIATE", work);
}

}  // namespace audiomuse::store::sqlite
