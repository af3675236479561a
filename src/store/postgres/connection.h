// A connection to PostgreSQL as the repositories use one.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "audiomuse/wrap/postgres/connection.h"
#include "sql/connection.h"

namespace audiomuse::store::postgres {

/// What is asked of the server for each connection.
struct SessionOptions {
    wrap::postgres::ConnectOptions address;
    std::chrono::milliseconds statement_timeout{60'000};
    bool wait_for_disk = true;  ///< false: a crash of the server may lose the last commits, which then cost no sync
};

class Connection final : public sql::Connection {
public:
    explicit Connection(const SessionOptions& options);

    using sql::Connection::query;
    using sql::Connection::run;
    using sql::Connection::stream;
    std::unique_ptr<sql::Rows> query(std::string_view sql, std::span<const sql::Value> values) override;
    std::unique_ptr<sql::Rows> query_once(std::string_view sql, std::span<const sql::Value> values) override;
    std::unique_ptr<sql::Rows> stream(std::string_view sql, std::span<const sql::Value> values) override;
    std::int64_t run(std::string_view sql, std::span<const sql::Value> values) override;
    std::unique_ptr<sql::Appender> append(std::string_view table, std::span<const std::string_view> columns) override;
    void continue_ids(std::string_view table) override;
    void no_time_limit() override;
    void lock(sql::Lock what) override;
    std::string_view now() const override { return "(EXTRACT(EPOCH FROM clock_timestamp())::float8)"; }
    sql::Fragment tracks_with(std::span<const sql::Term> terms) const override;
    sql::Fragment lyrics_with(const std::vector<std::string>& words, bool in_order) const override;

    /// One or more statements without values: the schema, BEGIN and its end.
    void execute(const std::string& script) { server_.execute(script); }
    /// Throws when a statement of the transaction has failed: PostgreSQL would answer COMMIT with a rollback.
    void commit();
    void roll_back() noexcept;
    /// It may be used for the next transaction.
    bool idle() const { return server_.usable() && !server_.in_transaction(); }
    const std::string& address() const { return server_.address(); }

private:
    wrap::postgres::Result send(std::string_view sql, std::span<const sql::Value> values);

    wrap::postgres::Connection server_;
    std::map<std::string, std::string, std::less<>> statements_;  // the repositories' text to PostgreSQL's
    std::uint64_t next_cursor_ = 0;
};

}  // namespace audiomuse::store::postgres
