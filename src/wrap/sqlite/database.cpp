#include "audiomuse/wrap/sqlite/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include "audiomuse/base/error.h"

namespace audiomuse::wrap::sqlite {

namespace {

[[noreturn]] void raise(sqlite3* database, std::string_view path, int code) {
    const char* why = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
    switch (code & 0xff) {  // the primary code of an extended one
        case SQLITE_FULL:
            throw Error(ErrorCode::io, fmt::format("The database {} could not grow because the disk is full ({}). "
                                                   "Free some space and try again.",
                                                   path, why));
        case SQLITE_READONLY:
            throw Error(ErrorCode::io, fmt::format("The database {} cannot be written ({}). Give the user that runs "
                                                   "AudioMuse the right to write the file and its folder.",
                                                   path, why));
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            throw Error(ErrorCode::io,
                        fmt::format("The database {} cannot be opened ({}). Check that its folder exists "
                                    "and that the user that runs AudioMuse may read and write it.",
                                    path, why));
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            throw Error(ErrorCode::io, fmt::format("The database {} is in use by another program for too long ({}). "
                                                   "Close the other program and try again.",
                                                   path, why));
        case SQLITE_IOERR:
            throw Error(ErrorCode::io, fmt::format("The database {} could not be read or written ({}). "
                                                   "Check the disk or network share it is on.",
                                                   path, why));
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            throw Error(ErrorCode::damaged,
                        fmt::format("The database {} is damaged or no database ({}). Restore it from "
                                    "a backup, or move it away to start with a new one.",
                                    path, why));
        case SQLITE_CONSTRAINT:
            throw Error(ErrorCode::conflict, fmt::format("The database {} refused the change ({}).", path, why));
        default:
            throw Error(ErrorCode::internal, fmt::format("SQLite failed on the database {} ({}).", path, why));
    }
}

std::string_view path_of(sqlite3* database) {
    const char* path = sqlite3_db_filename(database, "main");
    return path != nullptr ? path : "";
}

/// SQLite counts its memory under one lock for all connections, which readers beside each other would wait for at every
/// allocation. Nobody asks for the count.
void leave_memory_uncounted() {
    static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);  // before the first connection
    (void)once;
}

}  // namespace

std::string library_version() {
    return sqlite3_libversion();
}

void Statement::Finalizer::operator()(sqlite3_stmt* statement) const noexcept {
    sqlite3_finalize(statement);
}

void Statement::check(int code) const {
    if (code == SQLITE_OK) return;
    sqlite3* database = sqlite3_db_handle(statement_.get());
    raise(database, path_of(database), code);
}

void Statement::bind(int parameter, std::int64_t value) {
    check(sqlite3_bind_int64(statement_.get(), parameter, value));
}

void Statement::bind(int parameter, double value) {
    check(sqlite3_bind_double(statement_.get(), parameter, value));
}

void Statement::bind(int parameter, std::string_view value) {
    // A null pointer would bind NULL, so that an empty view needs an address.
    const char* data = value.data() != nullptr ? value.data() : "";
    check(sqlite3_bind_text64(statement_.get(), parameter, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind(int parameter, std::span<const std::byte> value) {
    const void* data = value.data() != nullptr ? static_cast<const void*>(value.data()) : "";
    check(sqlite3_bind_blob64(statement_.get(), parameter, data, value.size(), SQLITE_TRANSIENT));
}

void Statement::bind(int parameter, std::nullptr_t) {
    check(sqlite3_bind_null(statement_.get(), parameter));
}

bool Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    sqlite3* database = sqlite3_db_handle(statement_.get());
    raise(database, path_of(database), code);
}

void Statement::reset() noexcept {
    // The result repeats the error of the last step, which was thrown there.
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const {
    return sqlite3_column_double(statement_.get(), column);
}

std::string_view Statement::text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    if (data == nullptr) return {};
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::span<const std::byte> Statement::bytes(int column) const {
    const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_.get(), column));
    if (data == nullptr) return {};
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void Database::Closer::operator()(sqlite3* database) const noexcept {
    sqlite3_close_v2(database);
}

Database::Database(const std::filesystem::path& file, Access access, std::chrono::milliseconds busy_wait) {
    const int flags = access == Access::read_only    ? SQLITE_OPEN_READONLY
                      : access == Access::read_write ? SQLITE_OPEN_READWRITE
                                                     : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    leave_memory_uncounted();
    sqlite3* database = nullptr;
    const int code =
        sqlite3_open_v2(file.c_str(), &database, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    database_.reset(database);
    if (code != SQLITE_OK) raise(database, file.native(), code);
    sqlite3_busy_timeout(database, static_cast<int>(busy_wait.count()));
}

void Database::execute(const std::string& script) {
    const int code = sqlite3_exec(database_.get(), script.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) raise(database_.get(), path_of(database_.get()), code);
}

Statement Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) raise(database_.get(), path_of(database_.get()), code);
    return Statement(statement);
}

std::int64_t Database::changes() const {
    return sqlite3_changes64(database_.get());
}

bool Database::in_transaction() const {
    return sqlite3_get_autocommit(database_.get()) == 0;
}

}  // namespace audiomuse::wrap::sqlite
