#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace audiomuse {

/// A file's bytes, mapped for reading: they take no memory of the process's own.
class MappedFile {
public:
    /// Throws Error(io) for a file that can't be read, or is empty.
    explicit MappedFile(const std::filesystem::path& file);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(data_), size_}; }

private:
    void* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace audiomuse
