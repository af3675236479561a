// What the fuzz targets share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "support/temp_folder.h"

namespace audiomuse::fuzz {

/// Bytes as a file of the path /proc/self/fd/N: code that takes a path is given one, and no disk is written to.
class MemoryFile {
public:
    explicit MemoryFile(std::span<const std::uint8_t> bytes);
    ~MemoryFile();
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    int descriptor_;
    std::filesystem::path path_;
};

/// A folder of links to memory files, for code that looks at names. Removed at the end.
class LinkFolder {
public:
    const std::filesystem::path& path() const { return folder_.path(); }
    /// `name` in the folder now means `file`.
    std::filesystem::path link(std::string_view name, const MemoryFile& file) const;

private:
    testing_support::TempFolder folder_;
};

/// The libraries below are not instrumented, so libFuzzer sees nothing of what happens in them. What an input made them
/// say is told here instead: an input that gives a new `behaviour` is kept.
void note_behaviour(std::size_t behaviour);

/// Of a message, up to the first figure or quotation: what is said, not of what.
std::size_t kind_of_message(std::string_view message);

}  // namespace audiomuse::fuzz
