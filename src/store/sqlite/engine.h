// SQLite behind the engine interface: one connection that writes, and a few that read beside it.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "audiomuse/wrap/sqlite/database.h"
#include "sql/connection.h"

namespace audiomuse::store::sqlite {

/// A connection with its prepared statements, kept by their text.
class Connection final : public sql::Connection {
public:
    Connection(const std::filesystem::path& file, wrap::sqlite::Database::Access access);

    using sql::Connection::query;
    using sql::Connection::run;
    using sql::Connection::stream;
    std::unique_ptr<sql::Rows> query(std::string_view sql, std::span<const sql::Value> values) override;
    std::unique_ptr<sql::Rows> stream(std::string_view sql, std::span<const sql::Value> values) override {
        return query(sql, values);
    }
    std::int64_t run(std::string_view sql, std::span<const sql::Value> values) override;
    std::unique_ptr<sql::Appender> append(std::string_view table, std::span<const std::string_view> columns) override;
    void continue_ids(std::string_view) override {}  // AUTOINCREMENT sees to it
    void no_time_limit() override {}                 // there are none
    void lock(sql::Lock) override {}                 // a transaction that writes is the only one
    std::string_view now() const override { return "((julianday('now') - 2440587.5) * 86400.0)"; }
    sql::Fragment tracks_with(std::span<const sql::Term> terms) const override;
    sql::Fragment ids_with(std::span<const sql::Term> terms) const override;
    sql::Fragment lyrics_with(const std::vector<std::string>& words, bool in_order) const override;

    /// One or more statements without values: settings of the connection, and the schema.
    void execute(const std::string& script) { database_.execute(script); }
    /// BEGIN with `how` ("DEFERRED" or "IMMEDIATE"), `work`, COMMIT; ROLLBACK when something throws.
    void transaction(std::string_view how, const std::function<void(sql::Connection&)>& work);

private:
    friend class StatementLease;
    wrap::sqlite::Statement take(std::string_view sql);
    void give_back(std::string_view sql, wrap::sqlite::Statement statement) noexcept;

    wrap::sqlite::Database database_;
    std::map<std::string, std::vector<wrap::sqlite::Statement>, std::less<>> idle_statements_;
};

class Engine final : public sql::Engine {
public:
    /// Opens `file`, makes it and its folder when missing; does not look at the schema (see migrations.h).
    explicit Engine(const std::filesystem::path& file);

    /// The connection that writes, for migrations and settings of the connection: only before others use the engine.
    Connection& writer() { return writer_; }

private:
    void run_read(const Work& work) override;
    void run_write(const Work& work) override;

    const std::filesystem::path file_;
    std::mutex write_mutex_;  // guards writer_
    Connection writer_;
    std::mutex readers_mutex_;  // guards idle_readers_
    std::vector<std::unique_ptr<Connection>> idle_readers_;
};

}  // namespace audiomuse::store::sqlite
