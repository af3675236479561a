// Where downloads lie while they are worked on.
#pragma once

#include <atomic>
#include <filesystem>

namespace audiomuse::library {

/// A folder of this process below another one, removed with it. What a killed process left there is removed when the
/// next one begins. Thread-safe.
class FetchFolder {
public:
    /// Throws Error(io) with the way out when it can't be made.
    explicit FetchFolder(const std::filesystem::path& parent);
    ~FetchFolder();
    FetchFolder(const FetchFolder&) = delete;
    FetchFolder& operator=(const FetchFolder&) = delete;

    /// A new folder for one file.
    std::filesystem::path new_place();
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
    int lock_ = -1;
    std::atomic<std::uint64_t> places_ = 0;
};

}  // namespace audiomuse::library
