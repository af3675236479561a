#include "audiomuse/store/index_blobs.h"

#include <vector>

#include "audiomuse/base/clock.h"
#include "sql/repositories.h"

namespace audiomuse::store::sql {

namespace {

constexpr std::size_t kPartBytes = std::size_t{4} << 20;

/// Cuts what is handed in into parts, and writes each as soon as it is full.
class PartWriter {
public:
    PartWriter(Connection& connection, const std::string& name) : connection_(connection), name_(name) {
        buffer_.reserve(kPartBytes);
    }

    void add(std::span<const std::byte> bytes) {
        total_ += static_cast<std::int64_t>(bytes.size());
        while (!bytes.empty()) {
            const std::size_t taken = std::min(bytes.size(), kPartBytes - buffer_.size());
            buffer_.insert(buffer_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
            bytes = bytes.subspan(taken);
            if (buffer_.size() == kPartBytes) flush();
        }
    }

    /// Writes the rest; returns the number of all bytes.
    std::int64_t finish() {
        if (!buffer_.empty()) flush();
        return total_;
    }

private:
    void flush() {
        connection_.run("INSERT INTO index_blob_parts (name, part, data) VALUES (?, ?, ?)",
                        {name_, part_++, std::span<const std::byte>(buffer_)});
        buffer_.clear();
    }

    Connection& connection_;
    const std::string& name_;
    std::vector<std::byte> buffer_;
    std::int64_t part_ = 0;
    std::int64_t total_ = 0;
};

class SqlIndexBlobs final : public IndexBlobs {
public:
    explicit SqlIndexBlobs(Engine& engine) : engine_(engine) {}

    std::int64_t save(
        const IndexBlobInfo& info,
        const std::function<void(const std::function<void(std::span<const std::byte>)>&)>& produce) override {
        return engine_.write([&](Connection& connection) {
            const std::int64_t version = *connection.find_integer(
                "INSERT INTO index_blobs (name, model, model_version, version, revision, count, bytes, saved_at) "
                "VALUES (?, ?, ?, 1, ?, ?, 0, ?) ON CONFLICT (name) DO UPDATE SET model = excluded.model, "
                "model_version = excluded.model_version, version = index_blobs.version + 1, "
                "revision = excluded.revision, count = excluded.count, saved_at = excluded.saved_at RETURNING version",
                {info.name, info.model.name, info.model.version, info.revision, info.count, unix_now()});
            connection.run("DELETE FROM index_blob_parts WHERE name = ?", {info.name});
            PartWriter writer(connection, info.name);
            produce([&](std::span<const std::byte> bytes) { writer.add(bytes); });
            connection.run("UPDATE index_blobs SET bytes = ? WHERE name = ?", {writer.finish(), info.name});
            return version;
        });
    }

    std::optional<IndexBlobInfo> info(const std::string& name) override {
        return engine_.read([&](Connection& connection) -> std::optional<IndexBlobInfo> {
            const auto rows = connection.query(
                "SELECT model, model_version, version, revision, count, bytes, saved_at FROM index_blobs WHERE name = "
                "?",
                {name});
            if (!rows->next()) return std::nullopt;
            return IndexBlobInfo{.name = name,
                                 .model = {rows->text(0), rows->text(1)},
                                 .version = rows->integer(2),
                                 .revision = rows->integer(3),
                                 .count = rows->integer(4),
                                 .bytes = rows->integer(5),
                                 .saved_at = rows->real(6)};
        });
    }

    bool load(const std::string& name, const std::function<void(std::span<const std::byte>)>& part) override {
        return engine_.read([&](Connection& connection) {
            if (!connection.find_integer("SELECT 1 FROM index_blobs WHERE name = ?", {name})) return false;
            const auto rows =
                connection.stream("SELECT data FROM index_blob_parts WHERE name = ? ORDER BY part", {name});
            while (rows->next())
                part(rows->bytes(0));
            return true;
        });
    }

private:
    Engine& engine_;
};

}  // namespace

std::unique_ptr<IndexBlobs> create_index_blobs(Engine& engine) {
    return std::make_unique<SqlIndexBlobs>(engine);
}

}  // namespace audiomuse::store::sql
