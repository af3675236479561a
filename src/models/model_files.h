// Model files in the folders where users put them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/models/embedding_model.h"

namespace audiomuse::models {

/// A file this program was tested with; one name may have several versions.
struct KnownFile {
    std::string_view name;
    std::string_view sha256;
};
bool is_known(std::string_view name, std::string_view sha256, std::span<const KnownFile> known);

/// The first regular file of that name: AUDIOMUSE_MODEL_DIR goes before the store.
std::optional<std::filesystem::path> find_file(std::string_view name, const ModelPlaces& places);

/// The folders find_file looks in, for a message.
std::string where(const ModelPlaces& places);

/// Throws Error(model_failed) when it cannot be read or is larger than any model of this kind.
std::vector<std::byte> read_file(const std::filesystem::path& path);

}  // namespace audiomuse::models
