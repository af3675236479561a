#include "model_files.h"

#include <fmt/format.h>

#include <fstream>
#include <system_error>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"

namespace audiomuse::models {

namespace fs = std::filesystem;

namespace {

std::vector<fs::path> folders(const ModelPlaces& places) {
    std::vector<fs::path> all;
    for (const fs::path& folder : {places.extra, places.store}) {
        if (!folder.empty()) all.push_back(folder);
    }
    return all;
}

}  // namespace

std::optional<fs::path> find_file(std::string_view name, const ModelPlaces& places) {
    for (const fs::path& folder : folders(places)) {
        std::error_code ignored;
        if (fs::is_regular_file(folder / name, ignored)) return folder / name;
    }
    return std::nullopt;
}

std::string where(const ModelPlaces& places) {
    std::vector<std::string> names;
    for (const fs::path& folder : folders(places))
        names.push_back(folder.string());
    return names.empty() ? "no folder (none is set)" : join(names, " and ");
}

std::vector<std::byte> read_file(const fs::path& path) {
    // Far above any model of this kind: a wrong file must not fill the memory.
    constexpr std::uintmax_t kLimit = 256 << 20;
    std::error_code error;
    const std::uintmax_t size = fs::file_size(path, error);
    if (error || size > kLimit) {
        throw Error(ErrorCode::model_failed, fmt::format("The model file {} cannot be used: {}.", path.string(),
                                                         error ? error.message() : "it is larger than 256 MB"));
    }
    std::vector<std::byte> bytes(size);
    std::ifstream file(path, std::ios::binary);
    if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size))) {
        throw Error(ErrorCode::model_failed, fmt::format("The model file {} cannot be read.", path.string()));
    }
    return bytes;
}

bool is_known(std::string_view name, std::string_view sha256, std::span<const KnownFile> known) {
    for (const KnownFile& file : known) {
        if (file.name == name && file.sha256 == sha256) return true;
    }
    return false;
}

}  // namespace audiomuse::models
