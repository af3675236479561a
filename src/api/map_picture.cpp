#include "map_picture.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace audiomuse::api {
namespace {

static_assert(std::endian::native == std::endian::little, "The columns are written as numbers lie in memory.");

constexpr std::uint32_t kVersion = 1;

void pad(std::string& out) {
    out.resize((out.size() + 3) / 4 * 4);
}

template <class T>
void put(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T, class Get>
void column(std::string& out, std::span<const MapPoint> points, const Get& get) {
    for (const MapPoint& point : points)
        put(out, static_cast<T>(get(point)));
    pad(out);
}

std::uint16_t place(float coordinate) {
    const float share = (std::clamp(coordinate, -kMapReach, kMapReach) / kMapReach + 1) / 2;
    return static_cast<std::uint16_t>(std::lround(share * 65535));
}

}  // namespace

std::string map_picture(std::span<const MapPoint> points, const std::vector<std::string>& artists,
                        const json::object& about) {
    const std::string about_text = to_text(about);
    std::string names;
    for (const std::string& artist : artists) {
        names += artist;
        names += '\0';
    }
    std::string out = "AMMP";
    put(out, kVersion);
    put(out, static_cast<std::uint32_t>(points.size()));
    put(out, static_cast<std::uint32_t>(artists.size()));
    put(out, static_cast<std::uint32_t>(about_text.size()));
    put(out, static_cast<std::uint32_t>(names.size()));
    out += about_text;
    pad(out);
    out += names;
    pad(out);
    std::uint32_t before = 0;
    for (const MapPoint& point : points) {
        put(out, point.number - before);
        before = point.number;
    }
    column<std::uint16_t>(out, points, [](const MapPoint& point) { return place(point.x); });
    column<std::uint16_t>(out, points, [](const MapPoint& point) { return place(point.y); });
    column<std::uint32_t>(out, points, [](const MapPoint& point) { return point.artist; });
    column<std::uint16_t>(out, points, [](const MapPoint& point) { return point.year; });
    column<std::uint8_t>(out, points, [](const MapPoint& point) { return point.style; });
    column<std::uint8_t>(out, points, [](const MapPoint& point) { return point.key; });
    column<std::uint8_t>(out, points, [](const MapPoint& point) { return point.tempo; });
    column<std::uint8_t>(out, points, [](const MapPoint& point) { return point.energy; });
    column<std::uint8_t>(out, points, [](const MapPoint& point) { return point.mood; });
    return out;
}

}  // namespace audiomuse::api
