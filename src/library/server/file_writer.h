// A file that is being downloaded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace audiomuse::library {

/// Removed again unless it is finished. Functions throw Error(io), with the way out.
class FileWriter {
public:
    explicit FileWriter(std::filesystem::path path);
    ~FileWriter();
    FileWriter(const FileWriter&) = delete;
    FileWriter& operator=(const FileWriter&) = delete;

    void append(std::string_view bytes);
    void begin_again();  ///< empties it
    void finish();
    std::uint64_t size() const { return size_; }

private:
    [[noreturn]] void fail() const;

    std::filesystem::path path_;
    int file_ = -1;
    std::uint64_t size_ = 0;
};

}  // namespace audiomuse::library
