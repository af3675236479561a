// The file format of exports: tables of typed rows, compressed and checked. Knows no SQL and no catalogue.
//
//   file     magic "audiomuse export", u32 format version, u32 schema version, i64 change counter, blocks, SHA-256 of
//            all bytes before it, and nothing after it
//   block    u8 kind, u32 stored size, u32 plain size, stored bytes: the plain bytes as a zlib stream
//   kind 1   a table: text name, u16 number of columns; of each: text name, u8 type, u8 1 if it may be NULL
//   kind 2   rows of the table before: u32 number, then the rows; a value is u8 1 or 0 (NULL) where it may be NULL,
//   then
//            i64 (integer), binary64 (real), or u32 size and the bytes (text, bytes)
//   kind 3   the end: u32 number of tables, u64 number of rows
//
// Numbers are little-endian; a text is u32 size and its bytes. Sizes and numbers are held against limits before they
// are believed, so that a damaged or forged file costs no memory.
#pragma once

#include <sodium.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sql/connection.h"

namespace audiomuse::store::transfer {

enum class ColumnType : std::uint8_t { integer = 1, real = 2, text = 3, bytes = 4 };

struct ColumnShape {
    std::string name;
    ColumnType type = ColumnType::integer;
    bool nullable = false;
    bool operator==(const ColumnShape&) const = default;
};

struct TableShape {
    std::string name;
    std::vector<ColumnShape> columns;
    bool operator==(const TableShape&) const = default;
};

/// Far above what a catalogue counts to, and far below where adding two of them would overflow.
inline constexpr std::int64_t kMaxCounter = std::int64_t{1} << 53;

struct Header {
    int schema_version = 0;
    std::int64_t change_counter = 0;
};

struct Totals {
    std::uint32_t tables = 0;
    std::uint64_t rows = 0;
    std::uint64_t file_bytes = 0;
};

/// An open file that is closed at the end. Errors are Error(io) with the path and the system's reason.
class File {
public:
    enum class Use { read, write };
    File(std::filesystem::path path, Use use);  ///< for writing: made anew, for the owner alone
    ~File();
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::uint64_t size() const;
    void write(std::span<const std::byte> bytes);
    std::size_t read(std::span<std::byte> bytes);  ///< fewer than asked for only at the end
    void sync();

private:
    [[noreturn]] void fail(const char* what) const;

    std::filesystem::path path_;
    int descriptor_ = -1;
};

/// SHA-256 of bytes that come in pieces.
class Hash {
public:
    using Digest = std::array<std::byte, crypto_hash_sha256_BYTES>;
    Hash() { crypto_hash_sha256_init(&state_); }
    void add(std::span<const std::byte> bytes);
    Digest finish();

private:
    crypto_hash_sha256_state state_;
};

/// Writes "<file>.part", which becomes `file` in finish(); without it, nothing stays.
class ExportWriter {
public:
    ExportWriter(std::filesystem::path file, const Header& header);
    ~ExportWriter();
    ExportWriter(const ExportWriter&) = delete;
    ExportWriter& operator=(const ExportWriter&) = delete;

    void table(const TableShape& shape);
    /// A row of the last table: of each column a value of its type.
    void row(std::span<const sql::Value> values);
    Totals finish();

private:
    void flush_rows();
    void write_block(std::uint8_t kind, std::span<const std::byte> plain);
    void write(std::span<const std::byte> bytes);

    const std::filesystem::path path_;
    File file_;
    Hash hash_;
    TableShape shape_;
    std::vector<std::byte> rows_;  // of the block that is being filled
    std::uint32_t rows_in_block_ = 0;
    std::vector<std::byte> block_;
    Totals totals_;
    bool finished_ = false;
};

/// What a reader hands on. Values hold until the function returns.
class ExportVisitor {
public:
    virtual ~ExportVisitor() = default;
    virtual void table(const TableShape& shape) = 0;
    virtual void row(std::span<const sql::Value> values) = 0;
};

class ExportReader {
public:
    /// Opens the file and reads its header. Throws Error(unsupported_format) for one that is no export, Error(conflict)
    /// for one of a newer format, and else as read().
    explicit ExportReader(const std::filesystem::path& file);

    const Header& header() const { return header_; }
    /// Hands all tables and rows to `visitor`, and returns only if the file is whole; so nothing of it may be believed
    /// before. `progress` is called with how much of the file is read, 0 to 1. Throws Error(damaged) or Error(io).
    /// Once.
    Totals read(ExportVisitor& visitor, const std::function<void(double)>& progress);

private:
    struct Block {
        std::uint8_t kind = 0;
        std::span<const std::byte> plain;
    };
    [[noreturn]] void damaged(const std::string& why) const;
    void read_exactly(std::span<std::byte> bytes);
    Block read_block();
    void read_rows(std::span<const std::byte> plain, ExportVisitor& visitor);
    void read_end(std::span<const std::byte> plain);

    File file_;
    std::uint64_t size_ = 0;
    std::uint64_t position_ = 0;
    Hash hash_;
    Header header_;
    TableShape shape_;
    Totals totals_;
    std::vector<std::byte> stored_;
    std::vector<std::byte> plain_;
};

}  // namespace audiomuse::store::transfer
