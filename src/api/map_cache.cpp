#include "map_cache.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <unordered_map>

#include "audiomuse/base/log.h"
#include "audiomuse/features/map/update.h"
#include "audiomuse/wrap/zlib/gzip.h"
#include "cards.h"
#include "http_range.h"
#include "map_picture.h"
#include "style_families.h"

namespace audiomuse::api {
namespace {

constexpr std::size_t kLot = 2000;
constexpr int kSmall = 6;  // for gzip: made once, sent often

std::int64_t saved_version(store::Store& store) {
    const auto info = store.index_blobs().info(features::kMapBlob);
    return info ? info->version : 0;
}

/// One number for the saved map and the catalogue.
std::int64_t state_of(store::Store& store) {
    return store.change_counter() + (saved_version(store) << 40);
}

MapAnswer answer(std::string plain, std::size_t count) {
    MapAnswer made;
    made.gzip = wrap::zlib::gzip(plain, kSmall);
    made.etag = make_etag(hash64(plain));
    made.plain = std::move(plain);
    made.count = count;
    return made;
}

/// Calls `visit` with each present, analysed track of the map at `rows` (rising), in this order.
template <class Visit>
void each_track(store::Store& store, const features::MusicMap& map, std::span<const std::size_t> rows,
                const Visit& visit) {
    for (std::size_t begin = 0; begin < rows.size(); begin += kLot) {
        const auto lot = rows.subspan(begin, std::min(kLot, rows.size() - begin));
        std::vector<TrackId> ids;
        for (const std::size_t row : lot)
            ids.push_back(map.ids[row]);
        std::unordered_map<TrackId, store::AnalysisSummary> summaries;
        for (store::AnalysisSummary& summary : store.analyses().summaries(ids))
            summaries[summary.id] = std::move(summary);
        std::size_t at = 0;  // both follow the order of ids
        for (const store::TrackRow& track : store.tracks().get(ids)) {
            while (map.ids[lot[at]] != track.id)
                ++at;
            const auto summary = summaries.find(track.id);
            if (track.present && summary != summaries.end()) visit(lot[at], track, summary->second);
        }
    }
}

std::vector<std::size_t> all_rows(const features::MusicMap& map) {
    std::vector<std::size_t> rows(map.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        rows[i] = i;
    return rows;
}

/// The feature of each track that stands out most against those of all, in units of its deviation: what is strong
/// everywhere says nothing about a place.
void set_moods(std::vector<MapPoint>& points, const std::vector<std::array<float, 6>>& features) {
    constexpr std::size_t kFeatures = 6;
    std::array<double, kFeatures> mean{};
    std::array<double, kFeatures> deviation{};
    const auto count = static_cast<double>(std::max<std::size_t>(1, features.size()));
    for (const auto& row : features) {
        for (std::size_t f = 0; f < kFeatures; ++f)
            mean[f] += static_cast<double>(row[f]) / count;
    }
    for (const auto& row : features) {
        for (std::size_t f = 0; f < kFeatures; ++f)
            deviation[f] += std::pow(static_cast<double>(row[f]) - mean[f], 2) / count;
    }
    for (std::size_t i = 0; i < points.size(); ++i) {
        double most = -std::numeric_limits<double>::infinity();
        for (std::size_t f = 0; f < kFeatures; ++f) {
            if (deviation[f] < 1e-9) continue;
            const double stands_out = (static_cast<double>(features[i][f]) - mean[f]) / std::sqrt(deviation[f]);
            if (stands_out <= most) continue;
            most = stands_out;
            points[i].mood = static_cast<std::uint8_t>(f);
        }
    }
}

MapAnswer make_picture(store::Store& store, const features::MusicMap& map) {
    std::vector<MapPoint> points;
    std::vector<std::array<float, 6>> features;
    std::vector<std::string> artists;
    std::unordered_map<std::string, std::uint32_t> places;
    points.reserve(map.size());
    each_track(store, map, all_rows(map),
               [&](std::size_t row, const store::TrackRow& track, const store::AnalysisSummary& summary) {
                   const std::string& artist =
                       track.tags.artists.empty() ? track.tags.album_artist : track.tags.artists.front();
                   const auto [place, fresh] = places.try_emplace(artist, static_cast<std::uint32_t>(artists.size()));
                   if (fresh) artists.push_back(artist);
                   MapPoint point;
                   point.number = static_cast<std::uint32_t>(track.id.value);
                   point.x = map.at(row, 0);
                   point.y = map.at(row, 1);
                   point.artist = place->second;
                   point.year = static_cast<std::uint16_t>(std::clamp(track.tags.year, 0, 9999));
                   if (const auto style = style_family(summary.moods))
                       point.style = static_cast<std::uint8_t>(style_family_index(*style));
                   point.key = static_cast<std::uint8_t>(summary.key + (summary.scale == Scale::minor ? 12 : 0));
                   point.tempo = static_cast<std::uint8_t>(std::clamp(std::lround(summary.tempo_bpm), 0L, 255L));
                   point.energy = static_cast<std::uint8_t>(std::lround(display_energy(summary.energy) * 255));
                   points.push_back(point);
                   features.push_back(summary.other_features);
               });
    set_moods(points, features);
    json::array styles(kStyleFamilies.begin(), kStyleFamilies.end());
    json::array moods(kOtherFeatureNames.begin(), kOtherFeatureNames.end());
    return answer(map_picture(points, artists, {{"styles", std::move(styles)}, {"moods", std::move(moods)}}),
                  points.size());
}

/// AudioMuse-AI's sample of every so many: max(1, n * percent / 100) places, evenly from the first to the last.
std::vector<std::size_t> sample(std::size_t n, int percent) {
    std::vector<std::size_t> rows;
    if (n == 0) return rows;
    const std::size_t wanted = std::max<std::size_t>(1, n * static_cast<std::size_t>(percent) / 100);
    for (std::size_t i = 0; i < wanted; ++i) {
        const std::size_t row = wanted == 1 ? 0 : i * (n - 1) / (wanted - 1);
        if (rows.empty() || rows.back() != row) rows.push_back(row);
    }
    return rows;
}

std::string_view strongest(std::span<const float> moods) {
    if (moods.size() != kMoodNames.size()) return "unknown";
    const auto best = std::max_element(moods.begin(), moods.end());
    return *best > 0 ? kMoodNames[static_cast<std::size_t>(best - moods.begin())] : "unknown";
}

MapAnswer make_share(store::Store& store, const features::MusicMap& map, int percent) {
    std::string text = R"({"items":[)";
    std::size_t count = 0;
    each_track(store, map, sample(map.size(), percent),
               [&](std::size_t row, const store::TrackRow& track, const store::AnalysisSummary& summary) {
                   if (count++ > 0) text += ',';
                   text +=
                       to_text(json::object{{"artist", track.author},
                                            {"embedding_2d", {rounded(map.at(row, 0), 3), rounded(map.at(row, 1), 3)}},
                                            {"item_id", track.item_id},
                                            {"mood_vector", strongest(summary.moods)},
                                            {"title", track.tags.title}});
               });
    if (count == 0) return answer(R"({"items":[],"projection":"none"})", 0);
    text += R"(],"projection":"precomputed","count":)" + std::to_string(count) + "}";
    return answer(std::move(text), count);
}

}  // namespace

std::shared_ptr<const features::MusicMap> MapCache::map(store::Store& store) {
    return map_.get(saved_version(store), steady_now(), [&]() -> features::MusicMap {
        try {
            return features::load_map(store).value_or(features::MusicMap{});
        } catch (const Error& error) {
            if (error.code() != ErrorCode::damaged) throw;
            log::warn("{}", error.what());
            return {};
        }
    });
}

std::shared_ptr<const MapAnswer> MapCache::picture(store::Store& store) {
    return picture_.get(state_of(store), steady_now(), [&] { return make_picture(store, *map(store)); });
}

std::shared_ptr<const MapAnswer> MapCache::share(store::Store& store, int percent) {
    const auto at = std::find(kMapPercents.begin(), kMapPercents.end(), percent) - kMapPercents.begin();
    return shares_.at(static_cast<std::size_t>(at)).get(state_of(store), steady_now(), [&] {
        return make_share(store, *map(store), percent);
    });
}

}  // namespace audiomuse::api
