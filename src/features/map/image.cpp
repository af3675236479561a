#include "audiomuse/features/map/image.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>

#include "audiomuse/base/error.h"

namespace audiomuse::features {
namespace {

static_assert(std::endian::native == std::endian::little, "The image is written in the machine's own byte order.");

constexpr std::string_view kTag = "AMMAP\r\n\x1A";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeadBytes = kTag.size() + 4 + 4 + 4 + 8 + 8;
constexpr std::size_t kTrackBytes = sizeof(std::int64_t) + sizeof(std::uint32_t) + 2 * sizeof(float);

template <class T>
void put(std::vector<std::byte>& out, const T* values, std::size_t count) {
    const auto* bytes = reinterpret_cast<const std::byte*>(values);
    out.insert(out.end(), bytes, bytes + count * sizeof(T));
}
template <class T>
T take(std::span<const std::byte>& rest) {
    T value;
    std::memcpy(&value, rest.data(), sizeof value);
    rest = rest.subspan(sizeof value);
    return value;
}

[[noreturn]] void damaged(const std::string& what) {
    throw Error(ErrorCode::damaged, "The saved map is damaged (" + what + ") and has to be drawn again.");
}

}  // namespace

std::vector<std::byte> map_image(const MusicMap& map) {
    std::vector<std::byte> out;
    out.reserve(kHeadBytes + map.size() * kTrackBytes);
    put(out, kTag.data(), kTag.size());
    put(out, &kVersion, 1);
    const auto projection = static_cast<std::uint32_t>(map.projection);
    put(out, &projection, 1);
    put(out, &map.unit, 1);
    put(out, &map.changed, 1);
    const std::uint64_t count = map.size();
    put(out, &count, 1);
    for (const TrackId id : map.ids)
        put(out, &id.value, 1);
    put(out, map.marks.data(), map.size());
    put(out, map.at.data(), map.size() * 2);
    return out;
}

MusicMap read_map_image(std::span<const std::byte> image) {
    if (image.size() < kHeadBytes || std::memcmp(image.data(), kTag.data(), kTag.size()) != 0)
        damaged("it does not begin as one");
    std::span<const std::byte> rest = image.subspan(kTag.size());
    if (const auto version = take<std::uint32_t>(rest); version != kVersion)
        damaged(fmt::format("its version {} is not known", version));
    MusicMap map;
    const auto projection = take<std::uint32_t>(rest);
    if (projection > static_cast<std::uint32_t>(Projection::umap)) damaged("an unknown projection");
    map.projection = static_cast<Projection>(projection);
    map.unit = take<float>(rest);
    if (!std::isfinite(map.unit) || map.unit <= 0) damaged("an impossible unit");
    map.changed = take<std::int64_t>(rest);
    const auto count = take<std::uint64_t>(rest);
    if (count != rest.size() / kTrackBytes || rest.size() % kTrackBytes != 0) damaged("wrong length");
    map.ids.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
        const TrackId id{take<std::int64_t>(rest)};
        if (!map.ids.empty() && !(map.ids.back() < id)) damaged("tracks out of order");
        map.ids.push_back(id);
    }
    for (std::uint64_t i = 0; i < count; ++i)
        map.marks.push_back(take<std::uint32_t>(rest));
    map.at = numeric::Matrix(count, 2);
    for (std::size_t i = 0; i < count * 2; ++i) {
        map.at.data()[i] = take<float>(rest);
        if (!std::isfinite(map.at.data()[i])) damaged("a coordinate that is no number");
    }
    return map;
}

}  // namespace audiomuse::features
