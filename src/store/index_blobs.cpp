#include "audiomuse/store/index_blobs.h"

namespace audiomuse::store {

std::optional<std::vector<std::byte>> read_whole(IndexBlobs& blobs, const std::string& name) {
    const auto info = blobs.info(name);
    if (!info) return std::nullopt;
    std::vector<std::byte> image;
    image.reserve(static_cast<std::size_t>(info->bytes));
    const bool found =
        blobs.load(name, [&](std::span<const std::byte> part) { image.insert(image.end(), part.begin(), part.end()); });
    if (!found) return std::nullopt;
    return image;
}

}  // namespace audiomuse::store
