#include "postgres/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "postgres/statement_text.h"
#include "postgres/text_codec.h"
#include "sql/search_text.h"

namespace audiomuse::store::postgres {

namespace {

/// Advisory locks of ours: "AuMu" as a number, then sql::Lock. Other programs in the database use other numbers.
constexpr std::int64_t kLockSpace = 0x41754D75;

constexpr std::size_t kKeptTexts = 1000;

/// Rows are fetched from a cursor in lots of about this many bytes.
constexpr std::size_t kLotBytes = std::size_t{1} << 20;
constexpr std::int64_t kLargestLot = 5000;

/// Values with every text as PostgreSQL can hold it.
class EncodedValues {
public:
    explicit EncodedValues(std::span<const sql::Value> values) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto* text = std::get_if<std::string_view>(&values[i]);
            if (text == nullptr || is_plain(*text)) continue;
            if (encoded_.empty()) encoded_.assign(values.begin(), values.end());
            encoded_[i] = std::string_view(texts_.emplace_back(encode_text(*text)));
        }
        values_ = encoded_.empty() ? values : std::span<const sql::Value>(encoded_);
    }
    EncodedValues(const EncodedValues&) = delete;
    EncodedValues& operator=(const EncodedValues&) = delete;

    std::span<const sql::Value> get() const { return values_; }

private:
    std::deque<std::string> texts_;
    std::vector<sql::Value> encoded_;
    std::span<const sql::Value> values_;
};

/// Reads a result row by row.
class ResultReader {
public:
    explicit ResultReader(wrap::postgres::Result result) : result_(std::move(result)) {}

    bool next() { return ++row_ < result_.rows(); }
    std::int64_t integer(int column) const { return result_.integer(row_, column); }
    double real(int column) const { return result_.real(row_, column); }
    std::string text(int column) const { return decode_text(result_.text(row_, column)); }
    std::span<const std::byte> bytes(int column) const { return result_.bytes(row_, column); }
    const wrap::postgres::Result& result() const { return result_; }

private:
    wrap::postgres::Result result_;
    int row_ = -1;
};

/// The rows of a query, all in memory.
class QueryRows final : public sql::Rows {
public:
    explicit QueryRows(wrap::postgres::Result result) : reader_(std::move(result)) {}

    bool next() override { return reader_.next(); }
    std::int64_t integer(int column) const override { return reader_.integer(column); }
    double real(int column) const override { return reader_.real(column); }
    std::string text(int column) const override { return reader_.text(column); }
    std::span<const std::byte> bytes(int column) const override { return reader_.bytes(column); }

private:
    ResultReader reader_;
};

/// The rows of a cursor of the server, fetched in lots.
class CursorRows final : public sql::Rows {
public:
    CursorRows(wrap::postgres::Connection& server, std::string name)
        : server_(server), name_(std::move(name)), reader_(fetch()) {}
    ~CursorRows() override {
        try {
            server_.execute("CLOSE " + name_);
        } catch (const Error&) {
            // The transaction has failed, and the cursor with it.
        }
    }

    bool next() override {
        while (!reader_.next()) {
            const wrap::postgres::Result& last = reader_.result();
            if (last.rows() < lot_) return false;
            const std::size_t row_bytes = std::max<std::size_t>(last.size_bytes() / static_cast<std::size_t>(lot_), 1);
            lot_ = std::clamp<std::int64_t>(static_cast<std::int64_t>(kLotBytes / row_bytes), 1, kLargestLot);
            reader_ = ResultReader(fetch());
        }
        return true;
    }
    std::int64_t integer(int column) const override { return reader_.integer(column); }
    double real(int column) const override { return reader_.real(column); }
    std::string text(int column) const override { return reader_.text(column); }
    std::span<const std::byte> bytes(int column) const override { return reader_.bytes(column); }

private:
    wrap::postgres::Result fetch() { return server_.query_once(fmt::format("FETCH {} FROM {}", lot_, name_)); }

    wrap::postgres::Connection& server_;
    const std::string name_;
    std::int64_t lot_ = 1;  // a row may be of 4 MiB: the first says how large they are
    ResultReader reader_;
};

class CopyAppender final : public sql::Appender {
public:
    CopyAppender(wrap::postgres::Connection& server, std::string_view table, std::span<const std::string_view> columns)
        : copy_(server, table, columns) {}

    void add(std::span<const sql::Value> row) override { copy_.add(EncodedValues(row).get()); }
    void finish() override { copy_.finish(); }

private:
    wrap::postgres::CopyIn copy_;
};

}  // namespace

// Our queries are short and many: compiling their plans takes longer than they do; a list of a large library is sorted
// in memory. The server, too, notices within a minute that a client has vanished, and frees its locks.
Connection::Connection(const SessionOptions& options) : server_(options.address) {
    server_.execute(
        fmt::format("SET statement_timeout = {}; "
                    "SET idle_in_transaction_session_timeout = '5min'; "
                    "SET client_min_messages = warning; "
                    "SET standard_conforming_strings = on; "
                    "SET synchronous_commit = {}; "
                    "SET jit = off; "
                    "SET cursor_tuple_fraction = 1; "
                    "SET tcp_keepalives_idle = 30; "
                    "SET tcp_keepalives_interval = 10; "
                    "SET tcp_keepalives_count = 3; "
                    "SET tcp_user_timeout = 60000",
                    options.statement_timeout.count(), options.wait_for_disk ? "on" : "off"));
}

wrap::postgres::Result Connection::send(std::string_view sql, std::span<const sql::Value> values) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
        if (statements_.size() >= kKeptTexts) statements_.clear();
        found = statements_.emplace(sql, number_parameters(sql)).first;
    }
    return server_.query(found->second, EncodedValues(values).get());
}

std::unique_ptr<sql::Rows> Connection::query(std::string_view sql, std::span<const sql::Value> values) {
    return std::make_unique<QueryRows>(send(sql, values));
}

std::unique_ptr<sql::Rows> Connection::query_once(std::string_view sql, std::span<const sql::Value> values) {
    return std::make_unique<QueryRows>(server_.query_once(number_parameters(sql), EncodedValues(values).get()));
}

std::unique_ptr<sql::Rows> Connection::stream(std::string_view sql, std::span<const sql::Value> values) {
    std::string name = fmt::format("rows_{}", next_cursor_++);
    server_.query_once(fmt::format("DECLARE {} NO SCROLL CURSOR FOR {}", name, number_parameters(sql)),
                       EncodedValues(values).get());
    return std::make_unique<CursorRows>(server_, std::move(name));
}

std::int64_t Connection::run(std::string_view sql, std::span<const sql::Value> values) {
    return send(sql, values).affected();
}

std::unique_ptr<sql::Appender> Connection::append(std::string_view table, std::span<const std::string_view> columns) {
    return std::make_unique<CopyAppender>(server_, table, columns);
}

void Connection::continue_ids(std::string_view table) {
    const auto columns =
        query("SELECT attname FROM pg_attribute WHERE attrelid = CAST(? AS regclass) AND attidentity <> ''", {table});
    while (columns->next()) {
        const std::string column = columns->text(0);
        // Never back: ids of rows that were removed are not given again.
        query(
            fmt::format("SELECT setval(s.id, GREATEST(COALESCE(pg_sequence_last_value(s.id), 0), t.highest, 1)) FROM "
                        "(SELECT CAST(pg_get_serial_sequence('{0}', '{1}') AS regclass) AS id) s, "
                        "(SELECT COALESCE(MAX({1}), 0) AS highest FROM {0}) t WHERE t.highest > 0",
                        table, column));
    }
}

void Connection::no_time_limit() {
    server_.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0");
}

void Connection::lock(sql::Lock what) {
    query(fmt::format("SELECT pg_advisory_xact_lock({}, {})", kLockSpace, static_cast<std::int64_t>(what)));
}

// One column holds all texts of a track, and one trigram index finds in it; which of them a term is in is compared in
// the few rows found. A term of one or two characters is compared in every row.
sql::Fragment Connection::tracks_with(std::span<const sql::Term> terms) const {
    constexpr std::size_t kColumns = 3;
    std::vector<std::string> conditions;
    std::vector<std::string> patterns;
    for (const sql::Term& term : terms) {
        const std::string pattern = "%" + sql::escape_like(term.text) + "%";
        conditions.emplace_back("c.everything LIKE ? ESCAPE '\\'");
        patterns.push_back(pattern);
        if (term.columns.size() == kColumns) continue;
        std::vector<std::string> alternatives;
        for (const std::string_view column : term.columns) {
            alternatives.push_back(fmt::format("c.{} LIKE ? ESCAPE '\\'", column));
            patterns.push_back(pattern);
        }
        conditions.push_back("(" + join(alternatives, " OR ") + ")");
    }
    return {"SELECT c.track_id, c.title, c.artist FROM track_texts c WHERE " + join(conditions, " AND "),
            std::move(patterns)};
}

sql::Fragment Connection::lyrics_with(const std::vector<std::string>& words, bool in_order) const {
    std::string pairs;
    std::vector<std::string> values;
    for (std::size_t i = 1; in_order && i < words.size(); ++i) {
        pairs += values.empty() ? "?" : ", ?";
        values.push_back(words[i - 1] + " " + words[i]);
    }
    std::string wanted;
    for (const std::string& word : words)
        wanted += fmt::format("{}'{}'", wanted.empty() ? "" : in_order ? " <-> " : " & ", word);
    std::string sql = "SELECT track_id FROM lyrics WHERE found_by @@ to_tsquery('simple', ?)";
    if (!pairs.empty()) sql += " AND audiomuse_word_pairs(words) @> ARRAY[" + pairs + "]::TEXT[]";
    values.insert(values.begin(), std::move(wanted));
    return {std::move(sql), std::move(values)};
}

void Connection::commit() {
    if (server_.failed_transaction()) {
        throw Error(ErrorCode::internal, "A transaction went on after one of its statements had failed.");
    }
    server_.execute("COMMIT");
}

void Connection::roll_back() noexcept {
    try {
        if (server_.usable() && server_.in_transaction()) server_.execute("ROLLBACK");
    } catch (const Error&) {
        // The connection is lost, and the server rolls back itself.
    }
}

}  // namespace audiomuse::store::postgres
