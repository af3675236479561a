#include <fmt/format.h>
#include <libpq-fe.h>

#include "audiomuse/base/error.h"
#include "audiomuse/wrap/postgres/connection.h"
#include "values.h"

namespace audiomuse::wrap::postgres {

namespace {

constexpr std::size_t kSendBytes = std::size_t{256} << 10;
constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);

}  // namespace

CopyIn::CopyIn(Connection& connection, std::string_view table, std::span<const std::string_view> columns)
    : connection_(connection) {
    const std::string names = fmt::format("{}", fmt::join(columns, ", "));
    types_ = connection.query(fmt::format("SELECT {} FROM {} WHERE false", names, table)).types();
    const std::string sql = fmt::format("COPY {} ({}) FROM STDIN (FORMAT binary)", table, names);
    PGresult* result = PQexec(connection_.connection_.get(), sql.c_str());
    const bool ready = PQresultStatus(result) == PGRES_COPY_IN;
    const std::unique_ptr<PGresult, decltype(&PQclear)> owner(result, PQclear);
    if (!ready) connection_.raise(result);
    buffer_ = kSignature;
    append_number(buffer_, std::uint32_t{0});  // flags
    append_number(buffer_, std::uint32_t{0});  // length of the header's extension
}

CopyIn::~CopyIn() {
    if (!open_) return;
    PGconn* connection = connection_.connection_.get();
    PQputCopyEnd(connection, "given up");
    while (PGresult* result = PQgetResult(connection))
        PQclear(result);
}

void CopyIn::add(std::span<const Value> row) {
    if (row.size() != types_.size()) {
        throw Error(ErrorCode::internal,
                    fmt::format("A row of {} values cannot be copied into {} columns.", row.size(), types_.size()));
    }
    append_number(buffer_, static_cast<std::uint16_t>(row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
        append_field(buffer_, row[i], types_[i]);
    if (buffer_.size() >= kSendBytes) send();
}

void CopyIn::send() {
    PGconn* connection = connection_.connection_.get();
    if (PQputCopyData(connection, buffer_.data(), static_cast<int>(buffer_.size())) != 1) connection_.raise(nullptr);
    buffer_.clear();
}

std::int64_t CopyIn::finish() {
    append_number(buffer_, std::uint16_t{0xFFFF});  // the end
    send();
    PGconn* connection = connection_.connection_.get();
    if (PQputCopyEnd(connection, nullptr) != 1) connection_.raise(nullptr);
    open_ = false;
    std::int64_t copied = 0;
    std::unique_ptr<PGresult, decltype(&PQclear)> failed(nullptr, PQclear);
    while (PGresult* raw = PQgetResult(connection)) {
        std::unique_ptr<PGresult, decltype(&PQclear)> result(raw, PQclear);
        if (PQresultStatus(raw) != PGRES_COMMAND_OK) {
            failed = std::move(result);
        } else {
            copied = Result(result.release()).affected();
        }
    }
    if (failed) connection_.raise(failed.get());
    return copied;
}

}  // namespace audiomuse::wrap::postgres
