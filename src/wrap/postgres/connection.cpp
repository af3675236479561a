#include "audiomuse/wrap/postgres/connection.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <new>

#include "address.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "errors.h"
#include "values.h"

namespace audiomuse::wrap::postgres {

std::string library_version() {
    const int version = PQlibVersion();  // 150008
    return fmt::format("{}.{}", version / 10'000, version % 10'000);
}

namespace {

using Clock = std::chrono::steady_clock;

/// Searches of many words make many texts: the server forgets them all before they pile up.
constexpr std::size_t kKeptStatements = 300;

struct ResultClearer {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using RawResult = std::unique_ptr<PGresult, ResultClearer>;

PGconn* start_connecting(const Address& address) {
    std::vector<const char*> names;
    std::vector<const char*> values;
    for (const auto& [name, value] : address.keywords) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    PGconn* connection = PQconnectStartParams(names.data(), values.data(), 0);
    if (connection == nullptr) throw std::bad_alloc();
    return connection;
}

/// Waits until the socket can be read or written; false at `deadline`.
bool wait_for_socket(PGconn* connection, bool to_read, Clock::time_point deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) return false;
        pollfd socket{PQsocket(connection), static_cast<short>(to_read ? POLLIN : POLLOUT), 0};
        if (::poll(&socket, 1, static_cast<int>(left)) > 0) return true;
    }
}

/// Not PQconnectdb: the SQLSTATE of a refusal is in libpq's message only when that is asked for after the start.
void connect(PGconn* connection, const Address& address, std::chrono::milliseconds limit) {
    const auto deadline = Clock::now() + limit;
    const auto fail = [&] { return connect_error(address, PQerrorMessage(connection)); };
    if (PQstatus(connection) == CONNECTION_BAD) throw fail();
    PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
    for (auto next = PGRES_POLLING_WRITING; next != PGRES_POLLING_OK; next = PQconnectPoll(connection)) {
        if (next == PGRES_POLLING_FAILED) throw fail();
        if (!wait_for_socket(connection, next == PGRES_POLLING_READING, deadline))
            throw connect_error(address, "no answer in time");
    }
    PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
}

std::string statement_key(std::string_view sql, std::span<const unsigned> types) {
    std::string key(reinterpret_cast<const char*>(types.data()), types.size_bytes());
    key += sql;
    return key;
}

}  // namespace

void Connection::Closer::operator()(pg_conn* connection) const noexcept {
    PQfinish(connection);
}

Connection::Connection(const ConnectOptions& options) {
    const Address address = parse_address(options);
    address_ = address.shown;
    connection_.reset(start_connecting(address));
    PQsetNoticeProcessor(
        connection_.get(), [](void*, const char* text) { log::debug("PostgreSQL: {}", trim(text)); }, nullptr);
    connect(connection_.get(), address, options.connect_timeout);
}

void Connection::raise(const pg_result* result) const {
    const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    throw statement_error(address_, sqlstate != nullptr ? sqlstate : "",
                          message != nullptr ? message : PQerrorMessage(connection_.get()));
}

const std::string& Connection::prepare(std::string_view sql, std::span<const unsigned> types) {
    std::string key = statement_key(sql, types);
    if (const auto found = statements_.find(key); found != statements_.end()) return found->second;
    if (statements_.size() >= kKeptStatements) {
        execute("DEALLOCATE ALL");
        statements_.clear();
    }
    std::string name = "s" + std::to_string(next_statement_++);
    const RawResult result(PQprepare(connection_.get(), name.c_str(), std::string(sql).c_str(),
                                     static_cast<int>(types.size()), types.data()));
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) raise(result.get());
    return statements_.emplace(std::move(key), std::move(name)).first->second;
}

Result Connection::check(pg_result* raw) const {
    RawResult result(raw);
    const auto status = PQresultStatus(raw);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) raise(raw);
    return Result(result.release());
}

Result Connection::query(std::string_view sql, std::span<const Value> values) {
    const Parameters parameters(values);
    const std::string& name = prepare(sql, parameters.types());
    return check(PQexecPrepared(connection_.get(), name.c_str(), parameters.count(), parameters.values(),
                                parameters.lengths(), parameters.formats(), 1));
}

Result Connection::query_once(std::string_view sql, std::span<const Value> values) {
    const Parameters parameters(values);
    return check(PQexecParams(connection_.get(), std::string(sql).c_str(), parameters.count(),
                              parameters.types().data(), parameters.values(), parameters.lengths(),
                              parameters.formats(), 1));
}

void Connection::execute(const std::string& script) {
    const RawResult result(PQexec(connection_.get(), script.c_str()));
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) raise(result.get());
}

bool Connection::usable() const {
    return PQstatus(connection_.get()) == CONNECTION_OK;
}

bool Connection::in_transaction() const {
    const auto status = PQtransactionStatus(connection_.get());
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

bool Connection::failed_transaction() const {
    return PQtransactionStatus(connection_.get()) == PQTRANS_INERROR;
}

}  // namespace audiomuse::wrap::postgres
