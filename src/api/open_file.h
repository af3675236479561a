#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace audiomuse::api {

/// A regular file opened for reading. Move-free; shared between the ranges that send it. Reads are thread-safe.
class OpenFile {
public:
    /// Throws Error(not_found) when it is gone, Error(permission_denied), or Error(io) when it is no regular file.
    explicit OpenFile(const std::filesystem::path& path);
    ~OpenFile();
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    std::uint64_t size() const { return size_; }
    std::int64_t mtime_ns() const { return mtime_ns_; }
    /// Reads up to `out.size()` bytes at `offset`; fewer only at the end of the file. Throws Error(io).
    std::size_t read(std::uint64_t offset, std::span<char> out) const;

private:
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
    std::int64_t mtime_ns_ = 0;
};

}  // namespace audiomuse::api
