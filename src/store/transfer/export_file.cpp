#include "transfer/export_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "audiomuse/base/error.h"
#include "audiomuse/wrap/zlib/deflate.h"

namespace audiomuse::store::transfer {

namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

constexpr std::string_view kMagic = "audiomuse export";
constexpr std::uint32_t kFormatVersion = 1;
constexpr std::uint8_t kTableBlock = 1;
constexpr std::uint8_t kRowsBlock = 2;
constexpr std::uint8_t kEndBlock = 3;

// A block is closed at this size; a single larger row makes a larger block.
constexpr std::size_t kBlockBytes = std::size_t{256} << 10;
constexpr std::size_t kMaxBlockBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxStoredBytes = kMaxBlockBytes + kMaxBlockBytes / 512;  // what does not shrink grows a little
constexpr std::size_t kMaxColumns = 1000;
constexpr std::size_t kMaxTables = 1000;
constexpr int kLevel = 1;  // most bytes are vectors, which hardly shrink at any level

template <class Number>
void put(std::vector<std::byte>& out, Number number) {
    const auto bytes = std::as_bytes(std::span(&number, 1));
    out.insert(out.end(), bytes.begin(), bytes.end());
}

void put_sized(std::vector<std::byte>& out, std::span<const std::byte> bytes) {
    put(out, static_cast<std::uint32_t>(bytes.size()));
    out.insert(out.end(), bytes.begin(), bytes.end());
}

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

/// Thrown inside a block; the reader adds which file it is.
struct Malformed {
    const char* why;
};

/// Takes values from the front of a block.
class Cursor {
public:
    explicit Cursor(std::span<const std::byte> bytes) : bytes_(bytes) {}

    template <class Number>
    Number number() {
        Number value;
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return value;
    }
    std::span<const std::byte> sized() { return take(number<std::uint32_t>()); }
    std::string_view text() {
        const auto bytes = sized();
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    bool flag() {
        const auto value = number<std::uint8_t>();
        if (value > 1) throw Malformed{"a mark that is neither yes nor no"};
        return value == 1;
    }
    void end() const {
        if (!bytes_.empty()) throw Malformed{"a block that is too long"};
    }

private:
    std::span<const std::byte> take(std::size_t size) {
        if (size > bytes_.size()) throw Malformed{"a block that is too short"};
        const auto taken = bytes_.first(size);
        bytes_ = bytes_.subspan(size);
        return taken;
    }

    std::span<const std::byte> bytes_;
};

TableShape read_shape(Cursor cursor) {
    TableShape shape{.name = std::string(cursor.text()), .columns = {}};
    const std::size_t columns = cursor.number<std::uint16_t>();
    if (columns == 0 || columns > kMaxColumns) throw Malformed{"a table without columns or with too many"};
    for (std::size_t i = 0; i < columns; ++i) {
        ColumnShape column{.name = std::string(cursor.text())};
        const auto type = cursor.number<std::uint8_t>();
        if (type < 1 || type > 4) throw Malformed{"a column of no known type"};
        column.type = static_cast<ColumnType>(type);
        column.nullable = cursor.flag();
        shape.columns.push_back(std::move(column));
    }
    cursor.end();
    return shape;
}

sql::Value read_value(Cursor& cursor, const ColumnShape& column) {
    if (column.nullable && !cursor.flag()) return nullptr;
    switch (column.type) {
        case ColumnType::integer:
            return cursor.number<std::int64_t>();
        case ColumnType::real:
            return cursor.number<double>();
        case ColumnType::text:
            return cursor.text();
        case ColumnType::bytes:
            return cursor.sized();
    }
    throw Malformed{"a column of no known type"};
}

void put_value(std::vector<std::byte>& out, const sql::Value& value, const ColumnShape& column) {
    const bool null = std::holds_alternative<std::nullptr_t>(value);
    if (column.nullable) put(out, static_cast<std::uint8_t>(!null));
    if (null) return;
    switch (column.type) {
        case ColumnType::integer:
            return put(out, std::get<std::int64_t>(value));
        case ColumnType::real:
            return put(out, std::get<double>(value));
        case ColumnType::text:
            return put_sized(out, bytes_of(std::get<std::string_view>(value)));
        case ColumnType::bytes:
            return put_sized(out, std::get<std::span<const std::byte>>(value));
    }
}

std::filesystem::path unfinished(std::filesystem::path file) {
    return file += ".part";
}

/// A new name in a folder is on the disk when the folder is.
void sync_folder(const std::filesystem::path& file) {
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);  // where a file system can't, the rename is as safe as it gets
    ::close(descriptor);
}

}  // namespace

File::File(std::filesystem::path path, Use use) : path_(std::move(path)) {
    const int flags = use == Use::read ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC;
    // Saved settings may hold secrets.
    constexpr mode_t kOwnerOnly = 0600;
    descriptor_ = ::open(path_.c_str(), flags | O_CLOEXEC, kOwnerOnly);
    if (descriptor_ < 0) fail("opened");
}

File::~File() {
    ::close(descriptor_);
}

void File::fail(const char* what) const {
    throw Error(ErrorCode::io, fmt::format("{} can't be {}: {}.", path_.native(), what, std::strerror(errno)));
}

std::uint64_t File::size() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) fail("read");
    if (!S_ISREG(status.st_mode)) {
        throw Error(ErrorCode::io, fmt::format("{} is not a file. Name the file of an export.", path_.native()));
    }
    return static_cast<std::uint64_t>(status.st_size);
}

void File::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("written");
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

std::size_t File::read(std::span<std::byte> bytes) {
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const ssize_t got = ::read(descriptor_, bytes.data() + filled, bytes.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail("read");
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    return filled;
}

void File::sync() {
    if (::fsync(descriptor_) != 0) fail("written");
}

void Hash::add(std::span<const std::byte> bytes) {
    crypto_hash_sha256_update(&state_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

Hash::Digest Hash::finish() {
    Digest digest;
    crypto_hash_sha256_final(&state_, reinterpret_cast<unsigned char*>(digest.data()));
    return digest;
}

ExportWriter::ExportWriter(std::filesystem::path file, const Header& header)
    : path_(std::move(file)), file_(unfinished(path_), File::Use::write) {
    std::vector<std::byte> bytes;
    const auto magic = bytes_of(kMagic);
    bytes.assign(magic.begin(), magic.end());
    put(bytes, kFormatVersion);
    put(bytes, static_cast<std::uint32_t>(header.schema_version));
    put(bytes, header.change_counter);
    write(bytes);
}

ExportWriter::~ExportWriter() {
    if (!finished_) ::unlink(file_.path().c_str());
}

void ExportWriter::table(const TableShape& shape) {
    flush_rows();
    shape_ = shape;
    std::vector<std::byte> plain;
    put_sized(plain, bytes_of(shape.name));
    put(plain, static_cast<std::uint16_t>(shape.columns.size()));
    for (const ColumnShape& column : shape.columns) {
        put_sized(plain, bytes_of(column.name));
        put(plain, static_cast<std::uint8_t>(column.type));
        put(plain, static_cast<std::uint8_t>(column.nullable));
    }
    write_block(kTableBlock, plain);
    ++totals_.tables;
}

void ExportWriter::row(std::span<const sql::Value> values) {
    if (rows_in_block_ == 0) put(rows_, std::uint32_t{0});  // the number, known when the block is full
    for (std::size_t i = 0; i < values.size(); ++i)
        put_value(rows_, values[i], shape_.columns[i]);
    ++rows_in_block_;
    ++totals_.rows;
    if (rows_.size() >= kBlockBytes) flush_rows();
}

void ExportWriter::flush_rows() {
    if (rows_in_block_ == 0) return;
    if (rows_.size() > kMaxBlockBytes) {
        throw Error(ErrorCode::limit_exceeded,
                    fmt::format("A row of the table {} is larger than an export can hold.", shape_.name));
    }
    std::memcpy(rows_.data(), &rows_in_block_, sizeof rows_in_block_);
    write_block(kRowsBlock, rows_);
    rows_.clear();
    rows_in_block_ = 0;
}

void ExportWriter::write_block(std::uint8_t kind, std::span<const std::byte> plain) {
    constexpr std::size_t kHead = sizeof kind + 2 * sizeof(std::uint32_t);
    block_.assign(kHead, std::byte{});
    wrap::zlib::deflate(plain, kLevel, block_);
    const auto stored = static_cast<std::uint32_t>(block_.size() - kHead);
    const auto size = static_cast<std::uint32_t>(plain.size());
    block_[0] = std::byte{kind};
    std::memcpy(block_.data() + sizeof kind, &stored, sizeof stored);
    std::memcpy(block_.data() + sizeof kind + sizeof stored, &size, sizeof size);
    write(block_);
}

void ExportWriter::write(std::span<const std::byte> bytes) {
    hash_.add(bytes);
    file_.write(bytes);
    totals_.file_bytes += bytes.size();
}

Totals ExportWriter::finish() {
    flush_rows();
    std::vector<std::byte> plain;
    put(plain, totals_.tables);
    put(plain, totals_.rows);
    write_block(kEndBlock, plain);
    const Hash::Digest digest = hash_.finish();
    file_.write(digest);
    totals_.file_bytes += digest.size();
    file_.sync();
    std::error_code error;
    std::filesystem::rename(file_.path(), path_, error);
    if (error) {
        throw Error(ErrorCode::io, fmt::format("{} can't be written: {}.", path_.native(), error.message()));
    }
    sync_folder(path_);
    finished_ = true;
    return totals_;
}

ExportReader::ExportReader(const std::filesystem::path& file) : file_(file, File::Use::read), size_(file_.size()) {
    std::array<std::byte, kMagic.size()> magic{};
    const std::size_t got = file_.read(magic);
    if (got != magic.size() || !std::ranges::equal(magic, bytes_of(kMagic))) {
        throw Error(ErrorCode::unsupported_format, fmt::format("{} is not an export of AudioMuse. Name a file that "
                                                               "'audiomuse export' wrote.",
                                                               file.native()));
    }
    position_ = got;
    hash_.add(magic);
    std::array<std::byte, 2 * sizeof(std::uint32_t) + sizeof(std::int64_t)> rest{};
    read_exactly(rest);
    Cursor cursor(rest);
    const auto format = cursor.number<std::uint32_t>();
    if (format != kFormatVersion) {
        throw Error(ErrorCode::conflict, fmt::format("The export {} is of format {}, and this AudioMuse reads format "
                                                     "{}. Import it with the version that wrote it, or a newer one.",
                                                     file.native(), format, kFormatVersion));
    }
    const auto schema = cursor.number<std::uint32_t>();
    constexpr std::uint32_t kMaxSchema = 1'000'000;
    if (schema == 0 || schema > kMaxSchema) damaged("its schema version makes no sense");
    header_ = {.schema_version = static_cast<int>(schema), .change_counter = cursor.number<std::int64_t>()};
    if (header_.change_counter < 0 || header_.change_counter > kMaxCounter)
        damaged("its change counter makes no sense");
}

void ExportReader::damaged(const std::string& why) const {
    throw Error(ErrorCode::damaged,
                fmt::format("The export {} is damaged or incomplete ({}, near byte {}). Nothing was "
                            "changed; take another copy of it.",
                            file_.path().native(), why, position_));
}

void ExportReader::read_exactly(std::span<std::byte> bytes) {
    const std::size_t got = file_.read(bytes);
    if (got != bytes.size()) damaged("it ends too early");
    position_ += got;
    hash_.add(bytes);
}

ExportReader::Block ExportReader::read_block() {
    std::array<std::byte, sizeof(std::uint8_t) + 2 * sizeof(std::uint32_t)> head{};
    read_exactly(head);
    Cursor cursor(head);
    const auto kind = cursor.number<std::uint8_t>();
    const auto stored = cursor.number<std::uint32_t>();
    const auto plain = cursor.number<std::uint32_t>();
    // A forged size is caught before memory is taken for it.
    if (stored > kMaxStoredBytes || stored > size_ - position_ || plain > kMaxBlockBytes) {
        damaged("it holds a block of an impossible size");
    }
    stored_.resize(stored);
    read_exactly(stored_);
    plain_.resize(plain);
    try {
        wrap::zlib::inflate(stored_, plain_);
    } catch (const Error&) {
        damaged("it holds a block that can't be unpacked");
    }
    return {kind, plain_};
}

void ExportReader::read_rows(std::span<const std::byte> plain, ExportVisitor& visitor) {
    if (totals_.tables == 0) throw Malformed{"rows of no table"};
    Cursor cursor(plain);
    const auto rows = cursor.number<std::uint32_t>();
    std::vector<sql::Value> values(shape_.columns.size());
    for (std::uint32_t i = 0; i < rows; ++i) {
        for (std::size_t c = 0; c < values.size(); ++c)
            values[c] = read_value(cursor, shape_.columns[c]);
        visitor.row(values);
    }
    cursor.end();
    totals_.rows += rows;
}

void ExportReader::read_end(std::span<const std::byte> plain) {
    Cursor cursor(plain);
    const auto tables = cursor.number<std::uint32_t>();
    const auto rows = cursor.number<std::uint64_t>();
    cursor.end();
    if (tables != totals_.tables || rows != totals_.rows) throw Malformed{"tables or rows are missing"};
    const Hash::Digest digest = hash_.finish();
    Hash::Digest said{};
    std::byte more{};
    if (file_.read(said) != said.size()) throw Malformed{"it ends too early"};
    if (said != digest) throw Malformed{"its checksum does not fit"};
    if (file_.read({&more, 1}) != 0) throw Malformed{"something follows its end"};
    totals_.file_bytes = position_ + said.size();
}

Totals ExportReader::read(ExportVisitor& visitor, const std::function<void(double)>& progress) {
    try {
        for (;;) {
            const Block block = read_block();
            if (progress) progress(std::min(1.0, static_cast<double>(position_) / static_cast<double>(size_)));
            if (block.kind == kTableBlock) {
                if (++totals_.tables > kMaxTables) throw Malformed{"too many tables"};
                shape_ = read_shape(Cursor(block.plain));
                visitor.table(shape_);
            } else if (block.kind == kRowsBlock) {
                read_rows(block.plain, visitor);
            } else if (block.kind == kEndBlock) {
                read_end(block.plain);
                return totals_;
            } else {
                throw Malformed{"it holds a block of no known kind"};
            }
        }
    } catch (const Malformed& malformed) {
        damaged(malformed.why);
    }
}

}  // namespace audiomuse::store::transfer
