#include "transfer/transfer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "sql/repositories.h"
#include "sql/values.h"

namespace audiomuse::store {

namespace transfer {

namespace {

// How often progress is told: reading a row takes microseconds.
constexpr std::int64_t kRowsPerCall = 1000;
constexpr std::string_view kTracks = "tracks";

TransferReport report_of(int schema_version, std::int64_t tracks, const Totals& totals) {
    return {.schema_version = schema_version,
            .tracks = tracks,
            .rows = static_cast<std::int64_t>(totals.rows),
            .file_bytes = static_cast<std::int64_t>(totals.file_bytes)};
}

/// The condition that leaves out the row which belongs to the installation. All of it is text of this program.
std::string where(const Table& table) {
    if (table.stays.empty()) return "";
    return fmt::format(" WHERE {} <> '{}'", table.columns.front().name, table.stays);
}

/// The columns, then for each that may be NULL whether it is: reading a value does not tell.
std::string select(const Table& table, int version) {
    std::vector<std::string> parts;
    const auto columns = table.columns_of(version);
    for (const Column* column : columns)
        parts.emplace_back(column->name);
    for (const Column* column : columns) {
        if (column->nullable) parts.push_back(fmt::format("CASE WHEN {} IS NULL THEN 1 ELSE 0 END", column->name));
    }
    return fmt::format("SELECT {} FROM {}{} ORDER BY {}", fmt::join(parts, ", "), table.name, where(table),
                       table.key_of(version));
}

/// Reads rows of a table as values; those of the last row hold until the next.
class RowReader {
public:
    explicit RowReader(std::vector<const Column*> columns)
        : columns_(std::move(columns)), texts_(columns_.size()), values_(columns_.size()) {}

    std::span<const sql::Value> read(const sql::Rows& rows) {
        auto null_mark = static_cast<int>(columns_.size());
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const bool null = columns_[i]->nullable && rows.integer(null_mark++) != 0;
            values_[i] = null ? sql::Value(nullptr) : value(rows, i);
        }
        return values_;
    }

private:
    sql::Value value(const sql::Rows& rows, std::size_t i) {
        const int column = static_cast<int>(i);
        switch (columns_[i]->type) {
            case ColumnType::integer:
                return rows.integer(column);
            case ColumnType::real:
                return rows.real(column);
            case ColumnType::text:
                texts_[i] = rows.text(column);
                return texts_[i];
            case ColumnType::bytes:
                return rows.bytes(column);
        }
        return nullptr;
    }

    std::vector<const Column*> columns_;
    std::vector<std::string> texts_;
    std::vector<sql::Value> values_;
};

/// Holds what a file says it contains against what this program knows of the file's schema version.
class CheckingVisitor : public ExportVisitor {
public:
    CheckingVisitor(std::filesystem::path file, const Catalogue& known, int version)
        : file_(std::move(file)), known_(known), version_(version), expected_(known.tables_of(version)) {}

    void table(const TableShape& shape) final {
        if (next_ == expected_.size() || shape != expected_[next_]->shape_of(version_)) refuse();
        current_ = expected_[next_++];
        counters_.clear();
        const auto columns = current_->columns_of(version_);
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (columns[i]->counts) counters_.push_back(i);
        }
        begin(*current_);
    }
    void row(std::span<const sql::Value> values) final {
        if (current_->name == kTracks) ++tracks_;
        for (const std::size_t i : counters_) {
            const auto count = std::get<std::int64_t>(values[i]);
            if (count < 0 || count > kMaxCounter) refuse();
        }
        if (!current_->stays.empty() && std::get<std::string_view>(values.front()) == current_->stays) return;
        add(values);
    }
    void finish() {
        if (next_ != expected_.size()) refuse();
        end();
    }
    std::int64_t tracks() const { return tracks_; }

protected:
    virtual void begin(const Table&) {}
    virtual void add(std::span<const sql::Value>) {}
    virtual void end() {}

    const Catalogue& known() const { return known_; }
    int version() const { return version_; }

private:
    [[noreturn]] void refuse() const {
        throw Error(ErrorCode::damaged, fmt::format("The export {} does not hold what an export of schema {} "
                                                    "holds. Nothing was changed; take another copy of it.",
                                                    file_.native(), version_));
    }

    const std::filesystem::path file_;
    const Catalogue& known_;
    const int version_;
    const std::vector<const Table*> expected_;
    std::size_t next_ = 0;
    const Table* current_ = nullptr;
    std::vector<std::size_t> counters_;  // columns of the current table
    std::int64_t tracks_ = 0;
};

/// Puts rows into the tables of the newest schema.
class InsertingVisitor final : public CheckingVisitor {
public:
    /// `offset` is added to what counts with change_counter.
    InsertingVisitor(std::filesystem::path file, const Catalogue& known, int version, sql::Connection& connection,
                     std::int64_t offset)
        : CheckingVisitor(std::move(file), known, version), connection_(connection), offset_(offset) {}

private:
    void begin(const Table& table) override {
        end();
        table_ = &table;
        std::vector<std::string_view> names;
        for (const Column& column : table.columns)
            names.push_back(column.name);
        row_.resize(names.size());
        appender_ = connection_.append(table.name, names);
    }

    void add(std::span<const sql::Value> values) override {
        auto given = values.begin();
        for (std::size_t i = 0; i < row_.size(); ++i) {
            const Column& column = table_->columns[i];
            row_[i] = column.since <= version() ? *given++ : column.otherwise;
            if (column.counts) row_[i] = std::get<std::int64_t>(row_[i]) + offset_;
            // A forged file may hold what no engine would keep the same way.
            if (auto* real = std::get_if<double>(&row_[i])) *real = sql::finite(*real);
        }
        appender_->add(row_);
    }

    void end() override {
        if (!appender_) return;
        appender_->finish();
        appender_.reset();
        if (table_->gives_ids) connection_.continue_ids(table_->name);
    }

    sql::Connection& connection_;
    const std::int64_t offset_;
    const Table* table_ = nullptr;
    std::unique_ptr<sql::Appender> appender_;
    std::vector<sql::Value> row_;
};

void check_version(const std::filesystem::path& file, const Catalogue& known, int version) {
    if (version > known.version) {
        throw Error(ErrorCode::conflict,
                    fmt::format("The export {} was written by a newer AudioMuse (its schema is {}, this program knows "
                                "{}). Install the newer version and import it with that.",
                                file.native(), version, known.version));
    }
    if (version < kOldestVersion) {
        throw Error(ErrorCode::damaged, fmt::format("The export {} is damaged: it says to be of schema {}, which was "
                                                    "never exported. Take another copy of it.",
                                                    file.native(), version));
    }
}

/// The highest number that the catalogue has used for its changes.
std::int64_t highest_counter(sql::Connection& connection) {
    return std::max(connection.find_integer("SELECT value FROM change_counter").value_or(0),
                    connection.find_integer("SELECT COALESCE(MAX(version), 0) FROM index_blobs").value_or(0));
}

}  // namespace

TransferReport export_catalogue(sql::Connection& connection, const Catalogue& known, int version,
                                const std::filesystem::path& file, const TransferProgress& progress) {
    connection.no_time_limit();
    const auto tables = known.tables_of(version);
    std::int64_t all = 0;
    for (const Table* table : tables)
        all += *connection.find_integer(fmt::format("SELECT COUNT(*) FROM {}", table->name));

    const std::int64_t counter = connection.find_integer("SELECT value FROM change_counter").value_or(0);
    ExportWriter writer(file, {.schema_version = version, .change_counter = counter});
    std::int64_t done = 0;
    std::int64_t tracks = 0;
    for (const Table* table : tables) {
        writer.table(table->shape_of(version));
        RowReader reader(table->columns_of(version));
        const auto rows = connection.stream(select(*table, version));
        while (rows->next()) {
            writer.row(reader.read(*rows));
            if (table->name == kTracks) ++tracks;
            if (++done % kRowsPerCall == 0 && progress) progress(static_cast<double>(done) / static_cast<double>(all));
        }
    }
    const Totals totals = writer.finish();
    if (progress) progress(1);
    return report_of(version, tracks, totals);
}

TransferReport check_export(const std::filesystem::path& file, const Catalogue& known,
                            const TransferProgress& progress) {
    ExportReader reader(file);
    const int version = reader.header().schema_version;
    check_version(file, known, version);
    CheckingVisitor visitor(file, known, version);
    const Totals totals = reader.read(visitor, progress);
    visitor.finish();
    return report_of(version, visitor.tracks(), totals);
}

TransferReport import_rows(sql::Connection& connection, const Catalogue& known, const std::filesystem::path& file,
                           const TransferProgress& progress) {
    ExportReader reader(file);
    const int version = reader.header().schema_version;
    check_version(file, known, version);

    const std::int64_t offset = highest_counter(connection);
    for (auto table = known.tables.rbegin(); table != known.tables.rend(); ++table)
        connection.run(fmt::format("DELETE FROM {}{}", table->name, where(*table)));

    InsertingVisitor visitor(file, known, version, connection, offset);
    const Totals totals = reader.read(visitor, progress);
    visitor.finish();
    for (const Upgrade& upgrade : known.upgrades) {
        if (upgrade.version > version) upgrade.apply(connection);
    }
    // Replacing a catalogue is a change, whatever the export counted.
    const std::int64_t counted = std::max<std::int64_t>(reader.header().change_counter, offset > 0 ? 1 : 0);
    connection.run("UPDATE change_counter SET value = ?", {offset + counted});
    return report_of(version, visitor.tracks(), totals);
}

}  // namespace transfer

namespace sql {

namespace {

bool is_empty(Connection& connection) {
    return !connection.find_integer("SELECT 1 FROM tracks LIMIT 1") &&
           !connection.find_integer("SELECT 1 FROM playlists LIMIT 1");
}

/// Ends the jobs that nobody works on; they are about tracks that go. Throws when somebody does.
void end_jobs(Connection& connection) {
    connection.lock(Lock::jobs);
    const auto busy = connection.query(fmt::format("SELECT id, owner FROM jobs WHERE {} AND lease_until > {} LIMIT 1",
                                                   kUnfinishedJobs, connection.now()));
    if (busy->next()) {
        throw Error(ErrorCode::conflict,
                    fmt::format("Job {} is being worked on ({}). End it with 'audiomuse jobs cancel {}' or let it end, "
                                "and import then.",
                                busy->text(0), busy->text(1), busy->text(0)));
    }
    connection.run(
        fmt::format("UPDATE jobs SET state = 'REVOKED', progress = 100, finished_at = ? WHERE {}", kUnfinishedJobs),
        {unix_now()});
}

/// Progress of a part of a longer work.
TransferProgress part_of(const TransferProgress& progress, double from, double to) {
    if (!progress) return {};
    return [&progress, from, to](double done) { progress(from + (to - from) * done); };
}

class SqlTransfer final : public Transfer {
public:
    explicit SqlTransfer(Engine& engine) : engine_(engine) {}

    bool empty() override { return engine_.read(is_empty); }

    TransferReport export_to(const std::filesystem::path& file, const TransferProgress& progress) override {
        const transfer::Catalogue& known = transfer::catalogue();
        return engine_.read([&](Connection& connection) {
            return transfer::export_catalogue(connection, known, known.version, file, progress);
        });
    }

    TransferReport import_from(const std::filesystem::path& file, const ImportOptions& options,
                               const TransferProgress& progress) override {
        constexpr double kChecked = 0.2;
        constexpr double kKept = 0.4;
        const transfer::Catalogue& known = transfer::catalogue();
        transfer::check_export(file, known, part_of(progress, 0, kChecked));
        return engine_.write([&](Connection& connection) {
            connection.no_time_limit();
            // Before all else: holding this row keeps other processes from changing the catalogue until the end.
            connection.run("UPDATE change_counter SET value = value");
            end_jobs(connection);
            const bool replaces = !is_empty(connection);
            if (replaces && !options.replace) {
                throw Error(ErrorCode::conflict,
                            "There are tracks or playlists here already. Import into an empty catalogue, or add "
                            "--replace to put the export in place of what is here.");
            }
            if (replaces && !options.keep_as.empty()) {
                transfer::export_catalogue(connection, known, known.version, options.keep_as,
                                           part_of(progress, kChecked, kKept));
            }
            return transfer::import_rows(connection, known, file, part_of(progress, replaces ? kKept : kChecked, 1));
        });
    }

private:
    Engine& engine_;
};

}  // namespace

std::unique_ptr<Transfer> create_transfer(Engine& engine) {
    return std::make_unique<SqlTransfer>(engine);
}

}  // namespace sql

TransferReport check_export(const std::filesystem::path& file, const TransferProgress& progress) {
    return transfer::check_export(file, transfer::catalogue(), progress);
}

}  // namespace audiomuse::store
